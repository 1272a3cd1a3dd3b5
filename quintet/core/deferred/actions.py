"""What services do with deferred actions: declare them, enqueue them, cancel them."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import autodiscover_modules

from quintet.core import conf
from quintet.core.clock import now
from quintet.core.deferred import bell, queries
from quintet.core.deferred.models import CANCELLED, DONE, FAILED, QUEUED, UNFINISHED, Job, State, Worker

log = logging.getLogger("quintet.deferred")

Handler = TypeVar("Handler", bound=Callable[..., Any])
OnFailure = Callable[..., None]
_WORKER_FORGOTTEN_AFTER = timedelta(days=1)
_DELETED_AT_ONCE = 500


@dataclass(frozen=True)
class Kind:
    """What is known of one kind of deferred action."""

    name: str
    handler: Callable[..., Any]
    queue: str
    max_attempts: int
    on_failure: OnFailure | None


@dataclass(frozen=True)
class Repetition:
    """That a kind comes again: every so many seconds, or daily at a time of the server's own time zone."""

    kind: str
    seconds: int | None
    daily_at: time | None

    @property
    def rule(self) -> str:
        """In words; when they change, the next moment is reckoned anew."""
        return f"every {self.seconds} s" if self.daily_at is None else f"daily at {self.daily_at:%H:%M}"


KINDS: dict[str, Kind] = {}
REPETITIONS: dict[str, Repetition] = {}


def deferred(
    kind: str, *, queue: str = "default", max_attempts: int = 3, on_failure: OnFailure | None = None
) -> Callable[[Handler], Handler]:
    """Declare a function `(work: Work, **args)` as what does a kind of deferred action.

    kind        "<service>.<verb>_<object>"; it stands in the table, so it is renamed only when no row has it
    queue       "default" for what takes seconds; another name for what takes long, so that it holds nobody up
    on_failure  called as `(job: Snapshot, **args)` in the transaction that marks the row failed or cancelled

    The function must bear being run again from its beginning: a worker may die in the middle.
    """

    def declare(handler: Handler) -> Handler:
        known = KINDS.get(kind)
        if known and known.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"{kind} is declared twice")
        KINDS[kind] = Kind(kind, handler, queue, max_attempts, on_failure)
        return handler

    return declare


def every(kind: str, *, seconds: int | None = None, daily_at: str | None = None) -> None:
    """Say that a declared kind (without arguments) comes again and again.

    seconds    how far apart
    daily_at   "HH:MM" in the server's time zone

    However many workers there are, each occurrence is enqueued once. Those that were missed while no worker ran come
    once, and none comes while the one before is unfinished.
    """
    if (seconds is None) == (daily_at is None):
        raise ValueError("either seconds or daily_at")
    REPETITIONS[kind] = Repetition(kind, seconds, time.fromisoformat(daily_at) if daily_at else None)


def load_handlers(modules: Iterable[str] = ()) -> None:
    """Import what declares deferred actions: the `actions` of every installed app, `modules`, and the modules that
    the Django setting DEFERRED_MODULES names (what is no app, such as a bridge)."""
    autodiscover_modules("actions")
    for module in (*modules, *getattr(settings, "DEFERRED_MODULES", ())):
        import_module(module)


def kind_of(name: str) -> Kind | None:
    """What is known of a kind; None when no loaded module declares it."""
    if name not in KINDS:
        load_handlers()
    return KINDS.get(name)


def enqueue(
    kind: str,
    args: Mapping[str, Any] | None = None,
    *,
    queue: str | None = None,
    run_after: datetime | None = None,
    priority: int = 0,
    owner_id: int | None = None,
    parent: int | None = None,
    part_no: int | None = None,
    max_attempts: int | None = None,
    units: int = 0,
    waits_for_parts: bool = False,
) -> Job:
    """Put an action into the table, in the caller's transaction: it exists when that commits, and only then.

    args       JSON; keys are the handler's parameters. Numbers of rows rather than what they hold
    priority   higher goes first
    parent     the row this one is a part of; with `part_no` it is enqueued once, and the same row is returned again
    units      how much there is to do, if that is known beforehand
    waits_for_parts  it is not due before all numbered parts of `parent` are done

    A kind that nobody declares is kept until a worker comes that knows it.
    """
    known = kind_of(kind)
    if known is None:
        log.warning("a deferred action of the unknown kind %s was enqueued; it waits for a worker that knows it", kind)
    moment = now()
    is_due = not waits_for_parts and (run_after is None or run_after <= moment)
    values: dict[str, Any] = {
        "kind": kind,
        "args": dict(args or {}),
        "queue": queue or (known.queue if known else "default"),
        "run_after": None if waits_for_parts else run_after or moment,
        "priority": priority,
        "owner_id": owner_id,
        "max_attempts": max_attempts or (known.max_attempts if known else 3),
        "total_units": units,
        "created_at": moment,
        "rung_at": moment if is_due else None,
    }
    if part_no is None:
        job = Job.objects.create(parent_id=parent, **values)
    else:
        job, is_new = Job.objects.get_or_create(parent_id=parent, part_no=part_no, defaults=values)
        is_due = is_due and is_new
    if is_due:
        ring_on_commit([job])
    return job


def ring_on_commit(jobs: Iterable[Job]) -> None:
    """Tell the broker, where there is one, once the rows are there for all to see."""
    if conf.JOBS.value != "celery":
        return
    for job in jobs:
        # Robust: what was committed is no longer refused because a bell could not be rung.
        transaction.on_commit(partial(_ring, job.pk, job.queue), robust=True)


def _ring(job_id: int, queue: str) -> None:
    if not bell.ring(job_id, queue):
        # The next sweep rings then, rather than waiting as for a bell that was heard.
        Job.objects.filter(pk=job_id, state=QUEUED).update(rung_at=None)


def cancel(job_id: int) -> bool:
    """Take back what is not finished; False when there was nothing to take back.

    What is queued never starts. What is running is told at its next progress, and its result counts for nothing.
    A part is cancelled with its whole.
    """
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id).first()
        return job is not None and end_whole(job.parent_id or job.pk, CANCELLED)


def hold_whole(job: Job) -> None:
    """Lock what this row is a part of. First in every transaction that writes more than one row of a whole: the last
    two parts to finish would else not see one another, and two that fail would wait for one another."""
    if job.parent_id is not None:
        Job.objects.select_for_update().filter(pk=job.parent_id).first()


def fail(job: Job, *, error: str, said: str = "") -> bool:
    """Mark a running row failed for good, if its lease is still the one that `job` has; a part fails its whole.
    False when somebody was faster."""
    with transaction.atomic():
        hold_whole(job)
        if not _end(Job.objects.filter(pk=job.pk, lease=job.lease, state__in=UNFINISHED), FAILED, error, said):
            return False
        if job.parent_id is not None:
            end_whole(job.parent_id, FAILED, error=f"part {job.part_no} failed: see row {job.pk}", said=said)
        return True


def end_whole(job_id: int, state: State, *, error: str = "", said: str = "") -> bool:
    """Mark a row and its unfinished parts: the row as `state`, the parts as cancelled. Needs a transaction."""
    row = Job.objects.filter(pk=job_id)
    row.select_for_update().first()
    parts = _end(Job.objects.filter(parent_id=job_id, state__in=UNFINISHED), CANCELLED)
    # A row that has done its own work is ended by its parts as long as they are not done.
    open_states = (*UNFINISHED, DONE) if parts or state == FAILED else UNFINISHED
    return bool(_end(row.filter(state__in=open_states), state, error, said) or parts)


def _end(rows: QuerySet[Job], state: State, error: str = "", said: str = "") -> int:
    ended = [row for row in rows.order_by("pk") if rows.filter(pk=row.pk).update(
        state=state, error=error, said=said, finished_at=now(), lease_until=None
    )]  # fmt: skip
    for job in Job.objects.filter(pk__in=[row.pk for row in ended]):
        _tell_of_failure(job)
    return len(ended)


def _tell_of_failure(job: Job) -> None:
    known = kind_of(job.kind)
    if known is None or known.on_failure is None:
        return
    try:
        with transaction.atomic():
            known.on_failure(queries.snapshot_of(job), **job.args)
    except Exception:
        # Else the row would be taken over and fail again for ever.
        log.exception("what follows the failure of deferred action %s (%s) failed itself", job.pk, job.kind)


@deferred("deferred.drop_finished")
def drop_finished(work: object) -> dict[str, int]:
    """Housekeeping: finished rows go after QUINTET_JOBS_KEEP_DAYS, workers that are gone after a day."""
    limit = now() - timedelta(days=conf.JOBS_KEEP_DAYS.value)
    old = Job.objects.exclude(state__in=UNFINISHED).filter(finished_at__lt=limit, parts__isnull=True)
    # Parts stay as long as what they are parts of; it goes in a later round, when it has none left.
    ends = old.filter(parent__isnull=True) | old.filter(parent__state__in=(DONE, FAILED, CANCELLED))
    gone = 0
    while batch := list(ends.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        gone += Job.objects.filter(pk__in=batch).delete()[0]
    Worker.objects.filter(seen_at__lt=now() - _WORKER_FORGOTTEN_AFTER).delete()
    return {"rows": gone}


every("deferred.drop_finished", seconds=3600)
