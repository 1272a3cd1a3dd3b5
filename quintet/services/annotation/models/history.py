"""What each save did, so that it can be undone."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.tasks import Job


class Save(models.Model):
    """One save of a job's annotations.

    version   of the job after it
    kind      put, create, update, delete, clear, import, restore, function or labels; earlier: all before histories
              were kept
    counts    {"added": …, "removed": …, "changed": …}, each {"tags": …, "shapes": …, "tracks": …}
    undo      packed: what stood there before, and the ids of what came; empty where nothing can be undone any more
    """

    id: int
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="saves", db_index=False)
    version = models.PositiveBigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10)
    counts = models.JSONField(default=dict)
    undo = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "version"], name="one_save_per_version"),
        ]
