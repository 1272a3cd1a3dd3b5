"""What is left to each person, and why."""

from enum import IntEnum
from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.masks import conf


class Kind(IntEnum):
    """What a quota counts; the numbers are the document's state_code (000:143-145)."""

    PICTURES = 0
    CAMERAS = 1
    VIDEOS = 2

    @property
    def column(self) -> str:
        """The quota's column."""
        return f"{self.name.lower()}_left"


class Quota(models.Model):
    """How many pictures, cameras and videos one person has left. Never below zero."""

    id: int
    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="masks_quota")
    pictures_left = models.BigIntegerField()
    cameras_left = models.BigIntegerField()
    videos_left = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(pictures_left__gte=0, cameras_left__gte=0, videos_left__gte=0),
                name="quota_is_never_negative",
            ),
        ]

    @classmethod
    def of(cls, owner_id: int) -> "Quota":
        """The person's quota; a newcomer gets one on first sight."""
        start = {
            "pictures_left": conf.NEW_PICTURES.value,
            "cameras_left": conf.NEW_CAMERAS.value,
            "videos_left": conf.NEW_VIDEOS.value,
        }
        return cls.objects.get_or_create(owner_id=owner_id, defaults=start)[0]


class LedgerEntry(models.Model):
    """One change of one quota, and why; only ever added to. `change` is negative for what was spent."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in Kind])
    change = models.BigIntegerField()
    reason = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["owner", "kind", "reason", "at"])]
