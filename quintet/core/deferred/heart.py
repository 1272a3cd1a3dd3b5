"""The thread that keeps a worker's lease, shows that the worker lives, and notices when its parent does not."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from quintet.core.clock import now
from quintet.core.deferred.models import Job, Worker
from quintet.core.deferred.running import Pulse, lease_seconds, renew

log = logging.getLogger("quintet.deferred")

_LONGEST_BEAT_SECONDS, _TICK_SECONDS = 10.0, 1.0


class Heart(threading.Thread):
    """Beats until `end`. A handler that holds the interpreter's lock for a whole lease stops it, and loses its row.

    name        of the worker
    queues      what it serves, for people to read; None: it is not listed as a worker
    parent_pid  when this process has another parent than that, it is asked to stop
    chores      what else is to be done: how many seconds apart, and what
    """

    def __init__(
        self,
        name: str,
        *,
        queues: Sequence[str] | None,
        parent_pid: int = 0,
        chores: Sequence[tuple[float, Callable[[], object]]] = (),
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._worker, self._queues, self._parent_pid = name, queues, parent_pid
        self._rounds: list[tuple[float, Callable[[], object]]] = [(self._beat_seconds, self._beat), *chores]
        self._held: tuple[Job, Pulse] | None = None
        self._ended = threading.Event()
        self._is_listed = False

    @contextmanager
    def keeping(self, job: Job, pulse: Pulse) -> Iterator[None]:
        """While this lasts the row's lease is renewed."""
        self._held = (job, pulse)
        try:
            yield
        finally:
            self._held = None

    def end(self) -> None:
        """Stop beating, and take the worker off the list."""
        self._ended.set()
        if self.is_alive():
            self.join(timeout=5)

    def run(self) -> None:
        # Who is listed says so at once; a lease that was just taken needs no renewal yet.
        due = [time.monotonic() + (seconds if self._queues is None else 0) for seconds, _ in self._rounds]
        while not self._ended.is_set():
            if self._parent_pid and os.getppid() != self._parent_pid:
                self._parent_pid = 0
                os.kill(os.getpid(), signal.SIGTERM)
            for place, (seconds, step) in enumerate(self._rounds):
                if time.monotonic() >= due[place]:
                    due[place] = time.monotonic() + seconds
                    self._bear(step)
            self._ended.wait(min(_TICK_SECONDS, self._beat_seconds))
        self._bear(self._leave)
        connection.close()

    @property
    def _beat_seconds(self) -> float:
        return min(lease_seconds() / 3, _LONGEST_BEAT_SECONDS)

    def _bear(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:
            # Neither a lock nor an absent database stops a heart: there is a next beat.
            log.exception("a worker's heart missed a beat")
            connection.close()

    def _beat(self) -> None:
        if held := self._held:
            job, pulse = held
            # The row may have been finished in the meantime; then nobody looks at `lost` any more.
            if not renew(job):
                pulse.lost.set()
        if self._queues is not None:
            self._show()

    def _show(self) -> None:
        moment = now()
        if not Worker.objects.filter(name=self._worker).update(seen_at=moment):
            queues = ",".join(self._queues or ()) or "all"
            Worker.objects.create(name=self._worker, queues=queues[:200], started_at=moment, seen_at=moment)
        self._is_listed = True

    def _leave(self) -> None:
        if self._is_listed:
            Worker.objects.filter(name=self._worker).delete()
