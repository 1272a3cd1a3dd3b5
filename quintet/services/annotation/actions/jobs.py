"""Jobs change hands and get on."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.services.annotation.actions.holding import hold_job, hold_task
from quintet.services.annotation.actions.webhooks import about_job, tell
from quintet.services.annotation.models import Job, Status, Task
from quintet.services.annotation.queries import Person, job_open_to
from quintet.services.annotation.rules.webhooks import JOB_ASSIGNED, JOB_STATUS, TASK_STATUS


def change_job(person: Person, job_id: int, told: Mapping[str, Any]) -> None:
    """Change status or assignee; the task's status follows from its jobs. Raises NotFound, NotAllowed."""
    opened = job_open_to(person, job_id, "change")
    kept = {{"assignee": "assignee_id"}.get(name, name): value for name, value in told.items()}
    with transaction.atomic():
        job = hold_job(job_id)
        was = job.status, job.assignee_id
        for name, value in kept.items():
            setattr(job, name, value)
        job.save(update_fields=list(kept))
        _follow(person, opened.task.id)
        _tell(person, job, *was)


def _follow(person: Person, task_id: int) -> None:
    # Two jobs of one task that are completed at once must see one another.
    task = hold_task(task_id)
    status = _status_of(task_id)
    Task.objects.filter(pk=task_id).update(status=status, updated_at=now())
    if status != task.status:
        tell(task_id, TASK_STATUS, {"before": task.status}, by=person)


def _tell(person: Person, job: Job, status: str, assignee_id: int | None) -> None:
    if job.status != status:
        tell(job.task_id, JOB_STATUS, {"job": about_job(job), "before": status}, by=person)
    if job.assignee_id != assignee_id:
        tell(job.task_id, JOB_ASSIGNED, {"job": about_job(job), "before": assignee_id}, by=person)


def _status_of(task_id: int) -> str:
    jobs = Job.objects.filter(task_id=task_id, kind=Job.ANNOTATION)
    found = set(jobs.values_list("status", flat=True))
    return next((status for status in Status.values if status in found), Status.ANNOTATION.value)
