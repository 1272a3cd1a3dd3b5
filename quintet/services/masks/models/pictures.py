"""Pictures that were looked at, and batches of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Batch(models.Model):
    """Pictures that came together, and the deferred action that looks at them.

    archive  where the uploaded ZIP lies until its pictures have been taken out; empty for files that came singly
    refused  why the whole batch came to nothing, in words fit for the person; empty when it did not
    """

    id: int
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job_id = models.BigIntegerField(null=True, blank=True)
    archive = models.CharField(max_length=300, blank=True)
    refused = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Picture(models.Model):
    """One picture of one person. What is drawn is drawn anew when asked for; the original and the faces are kept.

    original, thumbnail  names in the store; empty when nothing is kept
    faces                [{"box": [x1, y1, x2, y2], "class", "score"}], pixels of the upright picture
    reason               why it was refused, in words fit for the person
    """

    WAITING, DONE, REFUSED = "waiting", "done", "refused"

    id: int
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=[(s, s) for s in (WAITING, DONE, REFUSED)])
    reason = models.CharField(max_length=200, blank=True)
    original = models.CharField(max_length=300, blank=True)
    thumbnail = models.CharField(max_length=300, blank=True)
    format = models.CharField(max_length=8, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    faces = models.JSONField(default=list)
    with_mask = models.PositiveIntegerField(default=0)
    without_mask = models.PositiveIntegerField(default=0)
    mask_worn_incorrect = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_picture_per_position"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-id"]),
            models.Index(fields=["created_at"]),
        ]


class Tally(models.Model):
    """How many faces of each class one person's pictures, videos or cameras showed in one hour. It outlives them.

    source  picture, video or camera
    looked  how many pictures, videos, or minutes of cameras
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=8)
    hour = models.DateTimeField()
    looked = models.PositiveBigIntegerField(default=0)
    with_mask = models.PositiveBigIntegerField(default=0)
    without_mask = models.PositiveBigIntegerField(default=0)
    mask_worn_incorrect = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "source", "hour"], name="one_tally_per_hour"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["hour"])]
