"""The tables of annotation."""

from quintet.services.annotation.models.annotations import Form, Shape, Source, Tag, Track, TrackedShape
from quintet.services.annotation.models.data import Data, Frame, Resumable, Upload
from quintet.services.annotation.models.errands import Errand
from quintet.services.annotation.models.functions import FunctionRequest
from quintet.services.annotation.models.history import Save
from quintet.services.annotation.models.hooks import Delivery, Webhook
from quintet.services.annotation.models.projects import Project
from quintet.services.annotation.models.statuses import Status
from quintet.services.annotation.models.tasks import Attribute, Job, Label, Segment, Task

__all__ = [
    "Attribute",
    "Data",
    "Delivery",
    "Errand",
    "Form",
    "Frame",
    "FunctionRequest",
    "Job",
    "Label",
    "Project",
    "Resumable",
    "Save",
    "Segment",
    "Shape",
    "Source",
    "Status",
    "Tag",
    "Task",
    "Track",
    "TrackedShape",
    "Upload",
    "Webhook",
]
