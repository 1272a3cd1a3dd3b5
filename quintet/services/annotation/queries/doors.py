"""May this person do that to this task or job: one statement each, and what every view of it needs to know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, F, OuterRef

from quintet.core.errors import NotAllowed, NotFound
from quintet.core.prepared import Prepared
from quintet.services.annotation import conf
from quintet.services.annotation.models import Job, Task
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.queries.tasks import COLUMNS
from quintet.services.annotation.rules import Deed, Ties, may_with_job, may_with_task


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that somebody may do something to.

    size, chunk_size …   of its data; data_id is None before any was uploaded
    """

    id: int
    name: str
    mode: str
    z_order: bool
    overlap: int | None
    segment_size: int
    updated_at: datetime
    data_id: int | None
    size: int
    chunk_size: int | None
    start_frame: int
    frame_filter: str


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that somebody may see or change. `stop_frame` is the last one.

    frames   those that it covers, where these are not all from start_frame to stop_frame
    """

    id: int
    task: OpenTask
    start_frame: int
    stop_frame: int
    version: int
    status: str
    assignee_id: int | None
    kind: str = Job.ANNOTATION
    frames: frozenset[int] | None = None


_TIES = ("owner_id", "assignee_id", "project__owner_id", "project__assignee_id", "creator_id")
_SHOWN = (
    "id", "name", "mode", "z_order", "overlap", "segment_size", "updated_at",
    "data__id", "data__size", "data__chunk_size", "data__start_frame", "data__frame_filter",
)  # fmt: skip
_TASK = Prepared(
    lambda task_id, person_id: (
        Task.objects.filter(pk=task_id)
        .annotate(works=Exists(Job.objects.filter(task_id=OuterRef("pk"), assignee_id=person_id)))
        .values_list("works", *_TIES, *_SHOWN)
    ),
    task_id=int,
    person_id=int,
)
_ROW = Prepared(
    lambda task_id, person_id: (
        Task.objects.filter(pk=task_id)
        .annotate(works=Exists(Job.objects.filter(task_id=OuterRef("pk"), assignee_id=person_id)))
        .values_list("works", *_TIES, *COLUMNS)
    ),
    task_id=int,
    person_id=int,
)
_JOB = Prepared(
    lambda job_id: Job.objects.filter(pk=job_id).values_list(
        "id", "segment__start_frame", "segment__stop_frame", "version", "status", "assignee_id", "kind", "frames",
        *(F(f"task__{name}") for name in (*_TIES, *_SHOWN)),
    ),
    job_id=int,
)  # fmt: skip


def task_open_to(person: Person, task_id: int, to: Deed = "see") -> OpenTask:
    """The task. Raises NotFound, and NotAllowed when this person may not do that to it."""
    return _task(_opened(_TASK, person, task_id, to))


def task_row_open_to(person: Person, task_id: int) -> Sequence[Any]:
    """The task as lists show it (queries.tasks.COLUMNS). Raises NotFound, NotAllowed."""
    return _opened(_ROW, person, task_id, "see")


def _opened(prepared: Prepared, person: Person, task_id: int, to: Deed) -> Sequence[Any]:
    rows = prepared.rows(task_id=task_id, person_id=person.user.pk)
    if not rows:
        raise NotFound("no such task")
    works, *rest = rows[0]
    if not may_with_task(to, person.groups, _ties(person, rest[:5], works=bool(works))):
        raise NotAllowed(f"may not {to} the task")
    return rest[5:]


def job_open_to(person: Person, job_id: int, to: Literal["see", "change"] = "see") -> OpenJob:
    """The job. Raises NotFound, and NotAllowed when this person may not do that to it."""
    found, tied = _job(job_id)
    ties = _ties(person, tied, works=found.assignee_id == person.user.pk)
    if found.kind != Job.ANNOTATION:
        # Who is judged by it shall not copy it.
        ties = replace(ties, is_free=False)
    if not may_with_job(to, person.groups, ties):
        raise NotAllowed(f"may not {to} the job")
    return found


def frames_covered(by: OpenJob) -> Collection[int]:
    """Numbers of a job's frames; looking one up takes no time."""
    return range(by.start_frame, by.stop_frame + 1) if by.frames is None else by.frames


def job(job_id: int) -> OpenJob:
    """The job, whoever asks. Raises NotFound."""
    return _job(job_id)[0]


def _job(job_id: int) -> tuple[OpenJob, Sequence[int | None]]:
    rows = _JOB.rows(job_id=job_id)
    if not rows:
        raise NotFound("no such job")
    found, start, stop, version, status, assignee, kind, frames, *rest = rows[0]
    covered = None if frames is None else frozenset(frames)
    return OpenJob(found, _task(rest[5:]), start, stop, version, status, assignee, kind, covered), rest[:5]


def _ties(person: Person, tied: Sequence[int | None], *, works: bool) -> Ties:
    owner, assignee, project_owner, project_assignee, creator = tied
    them = person.user.pk
    return Ties(
        owns=them in (owner, project_owner),
        assigned=them in (assignee, project_assignee),
        works=works,
        is_free=assignee is None and not conf.OWN_TASKS_ONLY.value,
        made=creator == them,
    )


def _task(shown: Sequence[Any]) -> OpenTask:
    found = OpenTask(*shown)
    return found if found.data_id is not None else replace(found, size=0, start_frame=0, frame_filter="")
