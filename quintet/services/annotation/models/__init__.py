"""The tables of annotation."""

from quintet.services.annotation.models.annotations import Form, Shape, Source, Tag, Track, TrackedShape
from quintet.services.annotation.models.data import Data, Frame, Upload
from quintet.services.annotation.models.errands import Errand
from quintet.services.annotation.models.projects import Project
from quintet.services.annotation.models.statuses import Status
from quintet.services.annotation.models.tasks import Attribute, Job, Label, Segment, Task

__all__ = [
    "Attribute",
    "Data",
    "Errand",
    "Form",
    "Frame",
    "Job",
    "Label",
    "Project",
    "Segment",
    "Shape",
    "Source",
    "Status",
    "Tag",
    "Task",
    "Track",
    "TrackedShape",
    "Upload",
]
