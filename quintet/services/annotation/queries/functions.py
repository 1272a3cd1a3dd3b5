"""Runs of functions over tasks, and how far they are."""

from dataclasses import dataclass

from quintet.core.deferred.queries import Snapshot, snapshots
from quintet.core.errors import NotFound
from quintet.core.wire import is_storable
from quintet.services.annotation.models import Data, FunctionRequest
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.queries.tasks import tasks_seen_by

_SHOWN_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A run, and how far it is."""

    row: FunctionRequest
    how: Snapshot


def request_called(key: str) -> ShownRequest:
    """One run, whoever asks. Raises NotFound, also when it was forgotten."""
    row = FunctionRequest.objects.filter(key=key).first() if is_storable(key) else None
    shown = _with_snapshots([row]) if row is not None else []
    if not shown:
        raise NotFound("no such request")
    return shown[0]


def requests_seen_by(person: Person) -> list[ShownRequest]:
    """Those of the tasks that lists show to this person, the newest first."""
    rows = FunctionRequest.objects.filter(task__in=tasks_seen_by(person)).order_by("-id")
    return _with_snapshots(list(rows[:_SHOWN_AT_ONCE]))


def running_request(task_id: int) -> ShownRequest | None:
    """The one that is queued or being done for this task."""
    rows = list(FunctionRequest.objects.filter(task_id=task_id).order_by("-id"))
    return next((shown for shown in _with_snapshots(rows) if not shown.how.is_finished), None)


def _with_snapshots(rows: list[FunctionRequest]) -> list[ShownRequest]:
    found = snapshots([row.job_id for row in rows if row.job_id is not None])
    return [ShownRequest(row, found[row.job_id]) for row in rows if row.job_id in found]


def frames_to_look_at(task_id: int, first: int, count: int) -> list[int]:
    """Numbers of these frames without those that were deleted."""
    told = Data.objects.filter(task_id=task_id).values_list("size", "deleted_frames").first()
    if told is None:
        return []
    size, deleted = told[0], set(told[1])
    return [number for number in range(first, min(first + count, size)) if number not in deleted]
