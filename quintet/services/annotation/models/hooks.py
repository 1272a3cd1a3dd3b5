"""Who is told of what happens to jobs."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.projects import Project
from quintet.services.annotation.models.tasks import Task


class Webhook(models.Model):
    """An address that events of one task, or of all tasks of a project, are sent to.

    shown    the address without path, which may be a secret; the whole of it and the secret are in `sealed`
    events   names of the events it wants; empty: all
    """

    id: int
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="webhooks")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="webhooks")
    shown = models.CharField(max_length=300)
    sealed = models.TextField()
    events = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class Delivery(models.Model):
    """One attempt to tell a webhook of an event.

    event     its number, which the receiver hears too: a repeated attempt has the same
    status    the answer's, None where there was none
    outcome   what was wrong, in words without the address; empty when it was accepted
    """

    id: int
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["webhook", "at"], name="deliveries_of_webhook")]
