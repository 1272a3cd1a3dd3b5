"""What the table of deferred actions says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum

from quintet.core import conf
from quintet.core.clock import now
from quintet.core.deferred.models import DONE, FAILED, QUEUED, RUNNING, STATES, UNFINISHED, Job, State, Worker
from quintet.core.errors import NotFound

GENERAL_FAILURE = "The work could not be done."


@dataclass(frozen=True)
class Snapshot:
    """How far a deferred action is; one with parts is reckoned from all of them.

    done, total    in the handler's own units; total is 0 as long as it is not known
    error          why it failed, fit for the person who asked; empty unless it failed
    result         what the handler returned (of the row that joins the parts, where there are any); None before
    eta_seconds    how long it will still take if it goes on like this; None when nobody knows
    """

    id: int
    kind: str
    state: State
    done: int
    total: int
    error: str
    result: Any
    eta_seconds: int | None
    owner_id: int | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Nothing will change any more."""
        return self.state not in UNFINISHED


def job_of(owner_id: int, job_id: int) -> Snapshot:
    """An action that this person asked for. Raises NotFound."""
    job = Job.objects.filter(pk=job_id, owner_id=owner_id).first()
    if job is None:
        raise NotFound("no such deferred action of this person")
    return _with_parts([job])[0]


def jobs_of(owner_id: int, *, kind: str | None = None, limit: int = 100) -> list[Snapshot]:
    """What this person asked for, the newest first."""
    rows = Job.objects.filter(owner_id=owner_id, parent__isnull=True)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return _with_parts(list(rows.order_by("-id")[:limit]))


def snapshot(job_id: int) -> Snapshot | None:
    """Any action; None when there is no such row, or none any more."""
    return snapshots([job_id]).get(job_id)


def snapshots(job_ids: Iterable[int]) -> dict[int, Snapshot]:
    """Several at once, by number; those that are not there are left out. Two statements."""
    return {shown.id: shown for shown in _with_parts(list(Job.objects.filter(pk__in=list(job_ids))))}


def counts_by_state(*, queue: str | None = None) -> dict[State, int]:
    """How many rows are in each state; a state without rows counts 0."""
    rows = Job.objects.filter(queue=queue) if queue else Job.objects.all()
    found = dict(rows.values_list("state").annotate(Count("id")).order_by())
    return {state: found.get(state, 0) for state in STATES}


def oldest_due_at() -> datetime | None:
    """Since when the action that has waited longest could have run; None when none waits."""
    due = Job.objects.filter(state=QUEUED, run_after__lte=now()).order_by("run_after")
    return due.values_list("run_after", flat=True).first()


def worker_was_seen(*, within_seconds: float | None = None) -> bool:
    """Whether some worker is alive. Unless told otherwise it may be silent as long as a lease lasts, and 30 s."""
    patience = max(30, conf.LEASE_SECONDS.value) if within_seconds is None else within_seconds
    return Worker.objects.filter(seen_at__gte=now() - timedelta(seconds=patience)).exists()


def snapshot_of(job: Job) -> Snapshot:
    """One row as it stands, its parts left out."""
    state: State = job.state  # type: ignore[assignment]  # the table admits no other
    shown = Snapshot(
        id=job.pk, kind=job.kind, state=state, done=job.done_units, total=job.total_units,
        error=(job.said or GENERAL_FAILURE) if state == FAILED else "", result=job.result, eta_seconds=None,
        owner_id=job.owner_id, attempts=job.attempts, created_at=job.created_at, started_at=job.started_at,
        finished_at=job.finished_at,
    )  # fmt: skip
    return replace(shown, eta_seconds=_eta(shown))


def _eta(shown: Snapshot) -> int | None:
    if shown.state != RUNNING or shown.started_at is None or not 0 < shown.done <= shown.total:
        return None
    taken = (now() - shown.started_at).total_seconds()
    return round(taken / shown.done * (shown.total - shown.done))


def _with_parts(jobs: list[Job]) -> list[Snapshot]:
    parts: dict[int | None, list[Any]] = {}
    grouped = Job.objects.filter(parent_id__in=[job.pk for job in jobs]).values("parent_id", "state")
    for row in grouped.annotate(done=Sum("done_units"), total=Sum("total_units")).order_by():
        parts.setdefault(row["parent_id"], []).append(row)
    return [_as_a_whole(snapshot_of(job), parts.get(job.pk, [])) for job in jobs]


def _as_a_whole(shown: Snapshot, parts: list[Any]) -> Snapshot:
    if not parts:
        return shown
    shown = replace(shown, done=sum(row["done"] for row in parts), total=sum(row["total"] for row in parts))
    if shown.state != DONE or not any(row["state"] in UNFINISHED for row in parts):
        return shown
    shown = replace(shown, state=RUNNING, result=None, finished_at=None)
    return replace(shown, eta_seconds=_eta(shown))
