"""Projects: several tasks under one name."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.statuses import Status


class Project(models.Model):
    """Several tasks of the same people. Whoever owns it owns its tasks as well."""

    id: int
    name = models.CharField(max_length=256)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    bug_tracker = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ANNOTATION)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
