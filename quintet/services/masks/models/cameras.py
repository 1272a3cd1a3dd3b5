"""Cameras, what they showed, and who was told of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Camera(models.Model):
    """A camera that an administrator made known and that at most one person has bound.

    bound_at        since when the owner has it: what it showed before is none of their business
    source          where it is read, without user info and query; the whole of it is sealed in `source_sealed`
    state           connecting, live or lost, since `state_since`; why, in words fit for people, in `state_why`
    watcher         where the process that reads it can be asked: unix:<path> or tcp:<host>:<port>
    lease           grows with each process that takes the camera; what is written under an older number is refused
    lease_until     when another process may take it
    webhook         whom events are told to, without path; address and secret are sealed in `webhook_sealed`
    """

    CONNECTING, LIVE, LOST = "connecting", "live", "lost"

    id: int
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="masks_cameras"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    bound_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=600, blank=True, default="")
    source_sealed = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, blank=True, default="")
    state_since = models.DateTimeField(null=True, blank=True)
    state_why = models.CharField(max_length=200, blank=True, default="")
    watcher = models.CharField(max_length=300, blank=True, default="")
    lease = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    webhook = models.CharField(max_length=300, blank=True, default="")
    webhook_sealed = models.TextField(blank=True, default="")


class CameraMinute(models.Model):
    """What one camera showed in one minute.

    looks    how many of its frames were looked at; sums divided by it are means
    most_…   the most faces in one frame
    sum_…    faces of all frames together
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="minutes")
    minute = models.DateTimeField()
    looks = models.PositiveIntegerField(default=0)
    most_faces = models.PositiveIntegerField(default=0)
    sum_faces = models.PositiveBigIntegerField(default=0)
    most_with_mask = models.PositiveIntegerField(default=0)
    sum_with_mask = models.PositiveBigIntegerField(default=0)
    most_without_mask = models.PositiveIntegerField(default=0)
    sum_without_mask = models.PositiveBigIntegerField(default=0)
    most_mask_worn_incorrect = models.PositiveIntegerField(default=0)
    sum_mask_worn_incorrect = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["camera", "minute"], name="one_row_per_camera_and_minute"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["minute"])]


class CameraEvent(models.Model):
    """Somebody without a mask was seen.

    faces     [{"box", "class", "score"}] of the frame, pixels of the snapshot
    snapshot  the frame's name in the store, boxes drawn
    """

    id: int
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    faces = models.JSONField(default=list)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    snapshot = models.CharField(max_length=300)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["camera", "-id"]),
            models.Index(fields=["at"]),
        ]


class CameraDelivery(models.Model):
    """One attempt to tell a webhook of an event.

    status   what the receiver answered; nothing when there was no answer
    outcome  in words fit for people; empty when it was accepted
    """

    id: int
    event = models.ForeignKey(CameraEvent, on_delete=models.CASCADE, related_name="deliveries")
    at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()
