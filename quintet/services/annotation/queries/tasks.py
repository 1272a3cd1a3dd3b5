"""Tasks as they are shown: a page of them is four statements, however many it holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from quintet.core.prepared import PAGE, Prepared
from quintet.services.annotation import conf
from quintet.services.annotation.models import Attribute, Job, Label, Task
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.rules import sees_all

# What of a task and of its data is shown.
COLUMNS = (
    "id", "name", "mode", "owner_id", "assignee_id", "bug_tracker", "created_at", "updated_at", "overlap",
    "segment_size", "z_order", "status", "project_id",
    "data__id", "data__chunk_size", "data__compressed_chunk_type", "data__original_chunk_type", "data__size",
    "data__image_quality",
)  # fmt: skip
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class ShownTasks:
    """Rows of tasks (COLUMNS), and what belongs to each by the task's number.

    labels   [id, name, color, [[attribute's id, name, mutable, input_type, default_value, values], …]]
    jobs     (segment's id, start_frame, stop_frame, job's id, assignee, status), in order
    skeletons   by the label's number, of those that have one; nothing unless that was asked for
    """

    rows: Sequence[Row]
    labels: Mapping[int, list[Row]]
    jobs: Mapping[int, list[Row]]
    skeletons: Mapping[int, Any] = field(default_factory=dict)


def tasks_seen_by(person: Person) -> QuerySet[Task]:
    """Those that lists show to this person, in no order."""
    if sees_all(person.groups):
        return Task.objects.all()
    them = person.user.pk
    ties = Q(owner_id=them) | Q(assignee_id=them) | Q(project__owner_id=them) | Q(project__assignee_id=them)
    if not conf.OWN_TASKS_ONLY.value:
        ties |= Q(assignee_id=None)
    return Task.objects.filter(ties | Exists(Job.objects.filter(task_id=OuterRef("pk"), assignee_id=them)))


_NEWEST = Prepared(lambda: Task.objects.order_by("-id").values_list(*COLUMNS)[PAGE])
_ONE = Prepared(lambda task_id: Task.objects.filter(pk=task_id).values_list(*COLUMNS), task_id=int)


def newest_tasks(*, offset: int, limit: int) -> Sequence[Row]:
    """Rows of all tasks, newest first."""
    return _NEWEST.rows(limit=limit, offset=offset)


def task_row(task_id: int) -> Sequence[Row]:
    """The row of one task, if it is there."""
    return _ONE.rows(task_id=task_id)


def in_full(rows: Sequence[Row], *, with_skeletons: bool = False) -> ShownTasks:
    """What belongs to these tasks; two statements, with the skeletons of their labels three."""
    ids = [row[0] for row in rows]
    labels: dict[int, list[Row]] = {task_id: [] for task_id in ids}
    jobs: dict[int, list[Row]] = {task_id: [] for task_id in ids}
    for task_id, label_id, name, color, *attribute in _of(_LABELS, ids):
        shown = labels[task_id]
        if not shown or shown[-1][0] != label_id:
            shown.append((label_id, name, color, []))
        if attribute[0] is not None:
            shown[-1][3].append(attribute)
    for task_id, *job in _of(_JOBS, ids):
        jobs[task_id].append(job)
    if not with_skeletons:
        return ShownTasks(rows, labels, jobs)
    told = Label.objects.filter(task_id__in=ids, skeleton__isnull=False).values_list("id", "skeleton")
    return ShownTasks(rows, labels, jobs, dict(told))


def jobs_of(task_id: int) -> Sequence[Row]:
    """(segment's id, start_frame, stop_frame, id, assignee, status) of each job, in order."""
    return [row[1:] for row in _of(_JOBS, [task_id])]


# How many tasks a prepared statement asks for; a page is filled up with numbers that no row has.
_SIZES = (1, 10, 100, 1000)


def _slots(size: int) -> dict[str, type]:
    return {f"task_{place}": int for place in range(size)}


def _labels(**task_ids: int) -> QuerySet[Label, Any]:
    attributes = (f"attributes__{name}" for name in ("id", "name", "mutable", "input_type", "default_value", "values"))
    rows = Label.objects.filter(task_id__in=list(task_ids.values())).order_by("id", F("attributes__id"))
    return rows.values_list("task_id", "id", "name", "color", *attributes)


def _jobs(**task_ids: int) -> QuerySet[Job, Any]:
    rows = Job.objects.filter(task_id__in=list(task_ids.values()), kind=Job.ANNOTATION).order_by("segment_id", "id")
    return rows.values_list(
        "task_id", "segment_id", "segment__start_frame", "segment__stop_frame", "id", "assignee_id", "status"
    )


_LABELS = {size: Prepared(_labels, **_slots(size)) for size in _SIZES}
_JOBS = {size: Prepared(_jobs, **_slots(size)) for size in _SIZES}


def _of(prepared: Mapping[int, Prepared], ids: Sequence[int]) -> Iterable[Row]:
    for begin in range(0, len(ids), _SIZES[-1]):
        some = ids[begin : begin + _SIZES[-1]]
        size = next(size for size in _SIZES if size >= len(some))
        values = {f"task_{place}": some[place] if place < len(some) else 0 for place in range(size)}
        yield from prepared[size].rows(**values)  # type: ignore[arg-type]  # mypy takes them for `using`


def attributes_of(task_id: int) -> dict[int, list[Attribute]]:
    """A task's attributes by their label's number."""
    found: dict[int, list[Attribute]] = {}
    for attribute in Attribute.objects.filter(label__task_id=task_id).order_by("id"):
        found.setdefault(attribute.label_id, []).append(attribute)
    return found
