"""Claiming a row, running it, and writing down the outcome if the row is still ours. Every engine does it by this."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Protocol, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet

from quintet.core import conf
from quintet.core.clock import now
from quintet.core.deferred.actions import KINDS, enqueue, fail, hold_whole, ring_on_commit
from quintet.core.deferred.errors import Cancelled, GivenBack, GiveUp, LeaseLost, Retry, Stopped
from quintet.core.deferred.models import CANCELLED, DONE, JOIN, QUEUED, RUNNING, UNFINISHED, Job
from quintet.core.errors import BadInput, DomainError

log = logging.getLogger("quintet.deferred")

T = TypeVar("T")
_PROGRESS_EVERY_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 3600
_ERROR_CHARACTERS = 4000
# Between attempts to write an outcome down while the database cannot be reached.
_WRITE_AGAIN_AFTER_SECONDS = (0.2, 0.5, 1, 2, 4, 8)


class Flag(Protocol):
    """What can be seen to be set: an event, or its like between processes."""

    def is_set(self) -> bool: ...


class Pulse:
    """What a worker and the handler that it runs tell each other.

    stop          the worker wants to end: give the row back
    lost          the row is not ours any more
    in_handler    only now may an impatient worker raise something into this thread
    """

    def __init__(self, stop: Flag | None = None) -> None:
        self.stop = stop or threading.Event()
        self.lost = threading.Event()
        self.in_handler = False


class Work:
    """One attempt at a deferred action, as its handler sees it."""

    def __init__(self, job: Job, pulse: Pulse) -> None:
        self.job_id, self.attempt, self.owner_id = job.pk, job.attempts, job.owner_id
        self.parent_id, self.part_no, self.args = job.parent_id, job.part_no, job.args
        self._job, self._pulse = job, pulse
        self._units: dict[str, int] = {}
        # What is done within the first half second is not worth a write.
        self._written_at = time.monotonic()
        self._then: list[Callable[[], object]] = []
        self._otherwise: list[Callable[[], object]] = []

    @property
    def mark(self) -> str:
        """<row>-<lease>: no other attempt, of this action or any other, has the same."""
        return f"{self._job.pk}-{self._job.lease}"

    def name_for(self, name: str) -> str:
        """A name for an output that no other attempt writes to: clip.mp4 becomes clip.17-2.mp4."""
        path = PurePosixPath(name)
        return str(path.with_name(f"{path.stem}.{self.mark}{path.suffix}"))

    def progress(self, done: int, total: int = 0) -> None:
        """Say how far it is; call it as often as you like, outside transactions. Written at most twice a second.

        Raises LeaseLost, Cancelled or GivenBack: clean up and let it pass.
        """
        self._units = {"done_units": max(0, int(done)), **({"total_units": int(total)} if total > 0 else {})}
        if self._pulse.stop.is_set():
            raise GivenBack("the worker is shutting down")
        moment = time.monotonic()
        is_early = moment - self._written_at < _PROGRESS_EVERY_SECONDS
        if is_early and not self._pulse.lost.is_set():
            return
        self._written_at = moment
        if not _bear_an_absence(partial(renew, self._job, **self._units)):
            raise _why_it_is_not_ours(self._job)

    def finally_(self, then: Callable[[], object]) -> None:
        """Call this in the transaction that marks the action done: what it writes to the database becomes true
        together with "done", once, or not at all. When it raises, the attempt has failed."""
        self._then.append(then)

    def otherwise(self, clean_up: Callable[[], object]) -> None:
        """Call this when this attempt's outcome does not count: it failed, was cancelled, or came too late."""
        self._otherwise.append(clean_up)

    def split(
        self, kind: str, parts: Sequence[Mapping[str, Any]], *, join: str, units: Sequence[int] | None = None
    ) -> None:
        """When this action is done its parts are enqueued with it, and once they are all done, the one that joins them.

        parts   the arguments of each
        join    the kind of the last one; it gets this action's own arguments, and its result becomes this action's
        units   how much there is to do in each part, if that is known
        """
        if self.parent_id is not None:
            raise ValueError("a part cannot have parts")
        amounts = units if units is not None else [0] * len(parts)
        self.finally_(partial(_enqueue_parts, self._job, kind, list(zip(parts, amounts, strict=True)), join))

    def results_of_parts(self) -> list[Any]:
        """For the action that joins: what each part returned, in order."""
        parts = Job.objects.filter(parent_id=self.parent_id, part_no__gte=0).order_by("part_no")
        return list(parts.values_list("result", flat=True))


def claim(worker: str, *, queues: Sequence[str] | None = None, job_id: int | None = None) -> Job | None:
    """Take the most urgent row that is due or whose worker is silent; None when there is none for us.

    Rows of kinds that no loaded module declares are left for a worker that knows them.
    """
    while True:
        # Nothing is locked while SQLite looks: the conditional UPDATE alone decides there.
        skips = connection.features.has_select_for_update_skip_locked
        with transaction.atomic() if skips else nullcontext():
            job = _most_urgent(queues, job_id)
            if job is None:
                return None
            if job.attempts < job.max_attempts:
                if _take(job, worker):
                    return job
                continue
        log.error("deferred action %s (%s) was begun %s times and never ended", job.pk, job.kind, job.attempts)
        fail(job, error=f"its worker fell silent; it was begun {job.attempts} times")


def _most_urgent(queues: Sequence[str] | None, job_id: int | None) -> Job | None:
    moment = now()
    rows = Job.objects.filter(kind__in=sorted(KINDS))
    if queues is not None:
        rows = rows.filter(queue__in=queues)
    if job_id is not None:
        rows = rows.filter(pk=job_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    silent = rows.filter(state=RUNNING, lease_until__lt=moment).order_by("lease_until").first()
    return silent or rows.filter(state=QUEUED, run_after__lte=moment).order_by("-priority", "id").first()


def _take(job: Job, worker: str) -> bool:
    moment = now()
    unchanged = Job.objects.filter(pk=job.pk, state=job.state, lease=job.lease, lease_until=job.lease_until)
    job.state, job.worker, job.lease, job.attempts, job.done_units, job.started_at, job.lease_until = (
        RUNNING, worker, job.lease + 1, job.attempts + 1, 0, moment, _lease_end(moment),
    )  # fmt: skip
    taken = ("state", "worker", "lease", "attempts", "done_units", "started_at", "lease_until")
    return bool(unchanged.update(**{name: getattr(job, name) for name in taken}))


def renew(job: Job, **values: int) -> bool:
    """Hold the row for another lease, and write `values` into it; False when it is not ours any more."""
    return bool(_ours(job).update(lease_until=_lease_end(now()), **values))


def run(job: Job, pulse: Pulse | None = None) -> None:
    """Do a claimed action in this thread and write its outcome down. Raises nothing that the handler raised."""
    pulse = pulse or Pulse()
    work = Work(job, pulse)
    try:
        pulse.in_handler = True
        try:
            outcome = KINDS[job.kind].handler(work, **job.args)
        finally:
            pulse.in_handler = False
        _insist(partial(_accept, work, outcome))
    except GivenBack:
        _insist(partial(give_back, job))
    except Stopped as stopped:
        log.info("deferred action %s (%s) was left: %s", job.pk, job.kind, type(stopped).__name__)
    except (KeyboardInterrupt, SystemExit):
        _insist(partial(give_back, job))
        raise
    # Panics of compiled extensions are no Exceptions, and must not end the worker.
    except BaseException as failure:  # noqa: BLE001
        _insist(partial(_write_failure, job, failure))
    if work._otherwise and not _was_accepted(job):
        _clean_up(work)


def _clean_up(work: Work) -> None:
    for clean_up in work._otherwise:
        try:
            clean_up()
        except Exception:
            log.exception("deferred action %s could not be cleaned up after", work.job_id)


def give_back(job: Job) -> bool:
    """Let another worker do it at once; this attempt is not counted."""
    return bool(
        _ours(job).update(
            state=QUEUED, attempts=F("attempts") - 1, run_after=now(), lease_until=None, rung_at=None, worker=""
        )
    )


def _accept(work: Work, outcome: object) -> None:
    job, moment = work._job, now()
    units = dict(work._units)
    if total := units.get("total_units", job.total_units):
        units["done_units"] = units["total_units"] = total
    with transaction.atomic():
        hold_whole(job)
        # Nobody else can have taken the row, and nobody can until this commits: what follows happens once.
        if not _ours(job).update(
            state=DONE, result=outcome, finished_at=moment, lease_until=None, error="", said="", **units
        ):
            raise _why_it_is_not_ours(job)
        for then in work._then:
            then()
        if job.parent_id is not None:
            _tell_the_whole(job.parent_id, job.part_no, outcome, moment)


def _tell_the_whole(whole_id: int, part_no: int | None, outcome: object, moment: datetime) -> None:
    if part_no == JOIN:
        Job.objects.filter(pk=whole_id, state=DONE).update(result=outcome, finished_at=moment)
        return
    parts = Job.objects.filter(parent_id=whole_id)
    if not parts.filter(part_no__gte=0, state__in=UNFINISHED).exists():
        waiting = list(parts.filter(part_no=JOIN, state=QUEUED, run_after__isnull=True))
        Job.objects.filter(pk__in=[join.pk for join in waiting]).update(run_after=moment, rung_at=moment)
        ring_on_commit(waiting)


def _enqueue_parts(whole: Job, kind: str, parts: Sequence[tuple[Mapping[str, Any], int]], join: str) -> None:
    for number, (args, amount) in enumerate(parts):
        enqueue(kind, args, parent=whole.pk, part_no=number, priority=whole.priority, units=amount)
    waits = bool(parts)
    enqueue(join, whole.args, parent=whole.pk, part_no=JOIN, priority=whole.priority, waits_for_parts=waits)


def _write_failure(job: Job, failure: BaseException) -> None:
    error = _storable("".join(traceback.format_exception(failure)))[-_ERROR_CHARACTERS:]
    # What a domain refuses it refuses again.
    if isinstance(failure, GiveUp | DomainError) or job.attempts >= job.max_attempts:
        log.error("deferred action %s (%s) failed", job.pk, job.kind, exc_info=failure)
        fail(job, error=error, said=_storable(_fit_for_the_person(failure)))
        return
    seconds = min(2**job.attempts, _LONGEST_BACK_OFF_SECONDS)
    if isinstance(failure, Retry) and failure.after_seconds is not None:
        seconds = failure.after_seconds
    log.warning("deferred action %s (%s) is tried again in %s s", job.pk, job.kind, seconds, exc_info=failure)
    later = now() + timedelta(seconds=seconds)
    _ours(job).update(state=QUEUED, run_after=later, error=error, lease_until=None, rung_at=None, worker="")


def _fit_for_the_person(failure: BaseException) -> str:
    if isinstance(failure, GiveUp):
        return failure.said
    if isinstance(failure, BadInput):
        return " ".join(message for messages in failure.fields.values() for message in messages)
    return ""


def _storable(said: str) -> str:
    return said.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _ours(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, lease=job.lease, state=RUNNING)


def _was_accepted(job: Job) -> bool:
    # Also when the connection broke after COMMIT was sent, so that it looked as if it had failed.
    return Job.objects.filter(pk=job.pk, lease=job.lease, state=DONE).exists()


def _why_it_is_not_ours(job: Job) -> Stopped:
    is_cancelled = Job.objects.filter(pk=job.pk, state=CANCELLED).exists()
    return Cancelled("it was cancelled") if is_cancelled else LeaseLost("another worker has it")


def _lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=lease_seconds())


def lease_seconds() -> int:
    """How long a worker may be silent; at least 1."""
    return max(1, conf.LEASE_SECONDS.value)


def _bear_an_absence(renewal: Callable[[], bool]) -> bool:
    # A lease that cannot be renewed is not lost yet: it may be renewed at the next occasion.
    try:
        return renewal()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return True


def _insist(write: Callable[[], T]) -> T:
    """Write an outcome down although the database may be away for a while: hours of work may hang on it."""
    for seconds in _WRITE_AGAIN_AFTER_SECONDS:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            log.warning("the outcome of a deferred action cannot be written yet", exc_info=True)
            connection.close()
            time.sleep(seconds)
    return write()
