"""Videos that were uploaded, and what was seen in them."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Video(models.Model):
    """One video of one person, from the upload on. One was spent for it; whoever ends it otherwise gives that back.

    folder              in the store: everything that belongs to it lies there
    original            its name there; empty when it is not kept any more. So with the other names
    result              the MP4 with boxes
    tracks, events      the same as data: result.json, events.csv
    job_id              the deferred action that works on it
    reason              why it failed, in words fit for the person
    seconds, frames     how long it is, and how many frames were looked at; known when it is done
    with_mask …         people, each counted once
    """

    PROCESSING, DONE, FAILED, CANCELLED = "processing", "done", "failed", "cancelled"
    STATES = (PROCESSING, DONE, FAILED, CANCELLED)

    id: int
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    folder = models.CharField(max_length=64, unique=True)
    original = models.CharField(max_length=100, blank=True)
    result = models.CharField(max_length=100, blank=True)
    tracks = models.CharField(max_length=100, blank=True)
    events = models.CharField(max_length=100, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    result_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, default=PROCESSING, choices=[(state, state) for state in STATES])
    reason = models.CharField(max_length=200, blank=True)
    job_id = models.BigIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    seconds = models.FloatField(default=0)
    frames = models.PositiveBigIntegerField(default=0)
    with_mask = models.PositiveIntegerField(default=0)
    without_mask = models.PositiveIntegerField(default=0)
    mask_worn_incorrect = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state="processing", finished_at__isnull=True)
                | models.Q(~models.Q(state="processing"), finished_at__isnull=False),
                name="video_finished_has_a_moment",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-id"], name="video_of_owner"),
            models.Index(fields=["finished_at"], name="video_finished"),
        ]
