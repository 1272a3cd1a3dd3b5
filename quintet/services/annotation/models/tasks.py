"""Tasks, what may be marked in them, and the jobs they are cut into."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.projects import Project
from quintet.services.annotation.models.statuses import Status


class Task(models.Model):
    """Frames that are annotated with one set of labels.

    mode           empty as long as there is no data; annotation: images; interpolation: a video
    creator        who made it, whoever owns it now; may upload its data
    overlap        frames that neighbouring segments share; None until the first data came, then what really applies
    segment_size   as it was asked for; 0: one segment
    """

    NOTHING, IMAGES, VIDEO = "", "annotation", "interpolation"

    id: int
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="tasks")
    name = models.CharField(max_length=256)
    mode = models.CharField(max_length=13, blank=True, default=NOTHING)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    bug_tracker = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    overlap = models.PositiveIntegerField(null=True)
    segment_size = models.PositiveIntegerField(default=0)
    z_order = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ANNOTATION)


class Label(models.Model):
    """A class of things. Labels of a task come in the order of their ids.

    color      "#rrggbb"
    skeleton   of a skeleton's label: {"nodes": [{"name": …, "x": 0…1, "y": 0…1}], "edges": [[0, 1], …]}
    """

    id: int
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=64)
    color = models.CharField(max_length=7)
    skeleton = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["task", "name"], name="label_names_differ"),
        ]


class Attribute(models.Model):
    """What is said of a thing beside its label; attributes of a label come in the order of their ids.

    values   one per line
    """

    id: int
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="attributes")
    name = models.CharField(max_length=64)
    mutable = models.BooleanField()
    input_type = models.CharField(max_length=16)
    default_value = models.CharField(max_length=128, blank=True)
    values = models.TextField(max_length=4096, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["label", "name"], name="attribute_names_differ"),
        ]


class Segment(models.Model):
    """Neighbouring frames, the last one included, that are annotated together."""

    id: int
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="segments")
    start_frame = models.PositiveIntegerField()
    stop_frame = models.PositiveIntegerField()


class Job(models.Model):
    """A segment in somebody's hands.

    task      the segment's, so that one row says who may open it
    version   grows with each save of annotations
    kind      what is not `annotation` is kept apart: no list of CVAT 1.x's, no merged view and no export shows ground
              truth, nor a replica, in which somebody else annotates the same segment once more
    frames    of a ground-truth job: those that it covers, ascending
    """

    ANNOTATION, GROUND_TRUTH, REPLICA = "annotation", "ground_truth", "replica"

    id: int
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="jobs")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="jobs")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ANNOTATION)
    version = models.PositiveBigIntegerField(default=0)
    kind = models.CharField(max_length=12, default=ANNOTATION)
    frames = models.JSONField(null=True)
