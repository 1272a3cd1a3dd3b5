"""What annotation's tables say."""

from quintet.services.annotation.queries.doors import OpenJob, OpenTask, job_open_to, task_open_to
from quintet.services.annotation.queries.people import (
    Person,
    people,
    people_in_full,
    person,
    person_of,
    somebody_here,
)

__all__ = [
    "OpenJob",
    "OpenTask",
    "Person",
    "job_open_to",
    "people",
    "people_in_full",
    "person",
    "person_of",
    "somebody_here",
    "task_open_to",
]
