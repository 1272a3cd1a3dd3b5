"""Processes that poll the table and do what is due."""

import _thread
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from django.db import Error, close_old_connections, connections

from quintet.core.deferred import schedule
from quintet.core.deferred.actions import KINDS, load_handlers
from quintet.core.deferred.errors import GivenBack
from quintet.core.deferred.heart import Heart
from quintet.core.deferred.models import UNFINISHED, Job
from quintet.core.deferred.processes import release_what_the_dead_held, worker_name
from quintet.core.deferred.running import Pulse, claim, run

log = logging.getLogger("quintet.deferred")

# How soon a new row is noticed: at once after other work, and otherwise before anybody wonders.
_NAP_SECONDS, _LONG_NAP_SECONDS, _AWAKE_SECONDS = 0.1, 0.6, 10.0
_LONGEST_ABSENCE_SECONDS = 10.0
# How long a handler that reports no progress may go on after the worker was asked to stop.
GRACE_SECONDS = 5.0
_RESPAWN_AFTER_SECONDS = 1.0


def run_forever(
    queues: Sequence[str] | None = None,
    stop: threading.Event | None = None,
    *,
    processes: int = 1,
    parent_pid: int = 0,
) -> None:
    """Do deferred actions until `stop` is set or, in a main thread, SIGTERM or SIGINT comes.

    queues      only these; None: all
    processes   actions done at once. With two or more and no `queues`, the first process serves the queue "default"
                alone, so that what takes long never holds up what takes seconds
    parent_pid  stop when this process is no longer its child

    An action in hand when told to stop ends if it can within a few seconds, or is given back without being counted.
    """
    sign = _StopSign(stop or threading.Event())
    if processes > 1:
        _Group(queues, sign, processes=processes, parent_pid=parent_pid).run()
    else:
        _Loop(queues, sign, parent_pid=parent_pid).run()


def command(queues: Sequence[str] | None = None, *, processes: int = 1, parent_pid: int = 0) -> list[str]:
    """The command line of a worker; it needs DJANGO_SETTINGS_MODULE in its environment."""
    parts = [sys.executable, "-m", "quintet.core.deferred", "--processes", str(processes)]
    if queues:
        parts += ["--queues", ",".join(queues)]
    return [*parts, "--parent", str(parent_pid)] if parent_pid else parts


def chores() -> list[tuple[float, Callable[[], object]]]:
    """What every worker sees to beside its actions: how many seconds apart, and what."""
    return [(2.0, schedule.enqueue_what_is_due), (2.0, release_what_the_dead_held), (60.0, say_what_is_unknown)]


def say_what_is_unknown() -> None:
    """A line in the log for what waits in vain for a worker that knows it."""
    unknown = Job.objects.filter(state__in=UNFINISHED).exclude(kind__in=sorted(KINDS))
    for kind in unknown.order_by("kind").values_list("kind", flat=True).distinct():
        log.warning("deferred actions of the kind %s wait for a worker that knows it", kind)


class _StopSign:
    """An event that a signal's handler can set too: the thread that it interrupts may hold the event's own lock."""

    def __init__(self, event: threading.Event) -> None:
        self._event, self._is_set = event, False

    def is_set(self) -> bool:
        return self._is_set or self._event.is_set()

    def wait(self, seconds: float) -> bool:
        self._event.wait(seconds)
        return self.is_set()

    def set_by_signal(self) -> None:
        self._is_set = True
        _thread.start_new_thread(self._event.set, ())


class _Loop:
    """One process that claims and runs."""

    def __init__(self, queues: Sequence[str] | None, stop: _StopSign, *, parent_pid: int) -> None:
        self.queues, self.stop, self.pulse = queues, stop, Pulse(stop)
        self.name = worker_name()
        self.heart = Heart(self.name, queues=queues or (), parent_pid=parent_pid, chores=chores())
        self._active_at = time.monotonic()
        self._absences = 0

    def run(self) -> None:
        load_handlers()
        with _listening(self.stop, self._lose_patience):
            self.heart.start()
            try:
                while not self.stop.is_set():
                    self._turn()
            finally:
                self.heart.end()
                connections.close_all()

    def _turn(self) -> None:
        try:
            close_old_connections()
            self._do_one()
            self._absences = 0
        except Error:
            # Locked, restarted, not migrated yet: whatever it is, it may be over soon.
            self._absences += 1
            log.warning("the database cannot be used; trying again", exc_info=True)
            connections.close_all()
            self.stop.wait(min(0.25 * 2 ** min(self._absences, 8), _LONGEST_ABSENCE_SECONDS))

    def _do_one(self) -> None:
        job = claim(self.name, queues=self.queues)
        if job is None:
            is_awake = time.monotonic() - self._active_at < _AWAKE_SECONDS
            self.stop.wait(_NAP_SECONDS if is_awake else _LONG_NAP_SECONDS)
            return
        self.pulse = Pulse(self.stop)
        with self.heart.keeping(job, self.pulse):
            run(job, self.pulse)
        self._active_at = time.monotonic()

    def _lose_patience(self) -> None:
        if self.pulse.in_handler:
            raise GivenBack("the worker is shutting down")


class _Group:
    """Several processes, started again when they die, stopped together."""

    def __init__(self, queues: Sequence[str] | None, stop: _StopSign, *, processes: int, parent_pid: int) -> None:
        self.stop, self.parent_pid = stop, parent_pid
        served = [queues if queues or number else ("default",) for number in range(processes)]
        self.commands = [command(each, parent_pid=os.getpid()) for each in served]
        self.running: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        with _listening(self.stop, lambda: None):
            try:
                self.running = [_start(arguments) for arguments in self.commands]
                while not self.stop.wait(_RESPAWN_AFTER_SECONDS):
                    if self.parent_pid and os.getppid() != self.parent_pid:
                        return
                    self._revive_the_dead()
            finally:
                self._end()

    def _revive_the_dead(self) -> None:
        for place, process in enumerate(self.running):
            if process.poll() is not None:
                log.error("a worker process ended (%s); starting it again", process.returncode)
                self.running[place] = _start(self.commands[place])

    def _end(self) -> None:
        for process in self.running:
            process.terminate()
        ends_at = time.monotonic() + GRACE_SECONDS + 2
        for process in self.running:
            try:
                process.wait(max(0.1, ends_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches it once, through the process that started it.
    return subprocess.Popen(arguments, start_new_session=True)


@contextmanager
def _listening(stop: _StopSign, lose_patience: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`. When that does not end it within the grace, or when the signal comes again,
    `lose_patience` is called."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # One signal may interrupt the handler of another; drawing a number cannot be interrupted.
    numbers = itertools.count()

    def asked(number: int, frame: FrameType | None) -> None:
        is_again = next(numbers) > 0
        stop.set_by_signal()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS, GRACE_SECONDS)
        if is_again:
            lose_patience()

    def enough(number: int, frame: FrameType | None) -> None:
        lose_patience()

    handlers = {signal.SIGTERM: asked, signal.SIGINT: asked, signal.SIGALRM: enough}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
