"""What people and programs marked. Many rows, so: few columns, packed points, deleted by one statement per table.

Rows are written in bulk, with ids from the tables' own sequences. A label is told by its number alone: labels
go with their task, whose jobs lose their annotations first.
"""

from typing import ClassVar

from django.db import models

from quintet.services.annotation.models.tasks import Job, Label


class Source(models.TextChoices):
    """Who marked it."""

    MANUAL = "manual"
    AUTO = "auto"


class Form(models.TextChoices):
    """What kind of figure it is."""

    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    POLYLINE = "polyline"
    POINTS = "points"
    CUBOID = "cuboid"
    ELLIPSE = "ellipse"
    MASK = "mask"
    SKELETON = "skeleton"


class _Annotation(models.Model):
    """What all of them have.

    frame        of the task, from 0
    attributes   {attribute id: value} of those that were said
    """

    id: int
    label = models.ForeignKey(Label, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    frame = models.PositiveIntegerField()
    group = models.PositiveIntegerField(null=True)
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.MANUAL)
    attributes = models.JSONField(default=dict)

    class Meta:
        abstract = True


class _Figure(models.Model):
    """Where it is.

    points   64-bit floats, little-endian: x, y, x, y, …
    more     of figures that CVAT 1.x has not: {"rotation": degrees} or {"elements": […]} where there are any
    """

    form = models.CharField(max_length=9, choices=Form.choices)
    occluded = models.BooleanField(default=False)
    z_order = models.IntegerField(default=0)
    points = models.BinaryField()
    more = models.JSONField(null=True)

    class Meta:
        abstract = True


class Tag(_Annotation):
    """A label on a whole frame."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tags", db_index=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["job", "frame"], name="tags_of_job")]


class Shape(_Annotation, _Figure):
    """A figure on one frame."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="shapes", db_index=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job", "frame"], name="shapes_of_job"),
            models.Index(fields=["job"], name="beyond_of_job", condition=models.Q(more__isnull=False)),
        ]


class Track(_Annotation):
    """One thing through many frames. `frame` is its first; its attributes are those that do not change."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tracks")


class TrackedShape(_Figure):
    """A keyframe of a track.

    job          the track's, so that a job's are read and deleted by one statement
    outside      the thing is not to be seen from here on
    attributes   {attribute id: value} of those that change here
    """

    id: int
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_index=False)
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="shapes")
    frame = models.PositiveIntegerField()
    outside = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job", "track"], name="tracked_shapes_of_job"),
            models.Index(fields=["job"], name="tracked_beyond_of_job", condition=models.Q(more__isnull=False)),
        ]
