"""What annotation's tables say."""

from quintet.services.annotation.queries.doors import OpenJob, OpenTask, job, job_open_to, task_open_to
from quintet.services.annotation.queries.people import (
    Person,
    people,
    people_in_full,
    person,
    person_of,
    somebody_here,
)
from quintet.services.annotation.queries.projects import project_open_to, projects_seen_by
from quintet.services.annotation.queries.tasks import jobs_of, tasks_seen_by

__all__ = [
    "OpenJob",
    "OpenTask",
    "Person",
    "job",
    "job_open_to",
    "jobs_of",
    "people",
    "people_in_full",
    "person",
    "person_of",
    "project_open_to",
    "projects_seen_by",
    "somebody_here",
    "task_open_to",
    "tasks_seen_by",
]
