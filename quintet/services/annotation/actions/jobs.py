"""Jobs change hands and get on."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.services.annotation.models import Job, Status, Task
from quintet.services.annotation.queries import Person, job_open_to


def change_job(person: Person, job_id: int, told: Mapping[str, Any]) -> None:
    """Change status or assignee; the task's status follows from its jobs. Raises NotFound, NotAllowed."""
    opened = job_open_to(person, job_id, "change")
    kept = {{"assignee": "assignee_id"}.get(name, name): value for name, value in told.items()}
    with transaction.atomic():
        # Two jobs of one task that are completed at once must see one another.
        Task.objects.select_for_update().filter(pk=opened.task.id).first()
        Job.objects.filter(pk=job_id).update(**kept)
        Task.objects.filter(pk=opened.task.id).update(status=_status_of(opened.task.id), updated_at=now())


def _status_of(task_id: int) -> str:
    jobs = Job.objects.filter(task_id=task_id, kind=Job.ANNOTATION)
    found = set(jobs.values_list("status", flat=True))
    return next((status for status in Status.values if status in found), Status.ANNOTATION.value)
