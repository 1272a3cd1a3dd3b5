"""Exports and imports under way, what exports have been written, and what became of imports."""

from django.db import models

from quintet.services.annotation.models.tasks import Task


class Errand(models.Model):
    """One export or import that somebody waits for, or an import that is done.

    key      of an export: task, format and state of the task; of an import: person, and task or job, and when it is
             done something that no other has
    task     None when it has been deleted since; then the file goes too
    job_id   the deferred action that does it
    report   of an import: what was matched, what was not and why
    stored   the export's file in the store; empty until it is written
    """

    id: int
    key = models.CharField(max_length=250, unique=True)
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    job_id = models.BigIntegerField(null=True)
    stored = models.CharField(max_length=250, blank=True)
    report = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)
