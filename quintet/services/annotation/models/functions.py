"""Whole tasks annotated by a detector."""

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.tasks import Task


class FunctionRequest(models.Model):
    """One run of a function over all frames of a task.

    function   its id, as GET /lambda/functions lists it
    told       threshold, mapping {label of the function: label of the task}, cleanup, as asked
    job_id     the deferred action that does it, whose state and progress are this one's
    """

    id: int
    key = models.CharField(max_length=36, unique=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="function_requests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    function = models.CharField(max_length=128)
    told = models.JSONField(default=dict)
    job_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
