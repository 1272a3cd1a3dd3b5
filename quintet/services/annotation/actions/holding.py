"""Rows that are held until a transaction ends, so that those who come at the same time do so one after the other.

Whoever holds more than one holds them in this order, or two would wait for each other: a project, jobs by their
numbers, tasks by theirs, a task's data, and only then whatever else belongs to a task. Nothing that refers to one of
these is written without it being held: it might just be going. All of these need a transaction.
"""

from collections.abc import Collection

from quintet.core.errors import NotFound
from quintet.services.annotation.models import Job, Project, Task


def hold_project(project_id: int) -> None:
    """Nobody removes it meanwhile. Raises NotFound when it is gone."""
    if Project.objects.select_for_update().filter(pk=project_id).first() is None:
        raise NotFound("the project is gone")


def hold_jobs(task_ids: Collection[int]) -> None:
    """All jobs of these tasks, whatever their kind: nobody saves annotations in them."""
    list(Job.objects.select_for_update().filter(task_id__in=task_ids).order_by("id").values_list("id"))


def hold_job(job_id: int) -> Job:
    """Raises NotFound when it is gone."""
    found = Job.objects.select_for_update().filter(pk=job_id).first()
    if found is None:
        raise NotFound("the job is gone")
    return found


def hold_tasks(task_ids: Collection[int]) -> None:
    """Those of them that are there: nobody changes them or adds anything."""
    list(Task.objects.select_for_update().filter(pk__in=task_ids).order_by("id").values_list("id"))


def hold_task(task_id: int) -> Task:
    """Raises NotFound when it is gone."""
    found = Task.objects.select_for_update().filter(pk=task_id).first()
    if found is None:
        raise NotFound("the task is gone")
    return found
