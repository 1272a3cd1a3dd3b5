"""Looks at one camera's newest frame, so often a second; what it cannot look at in time it leaves out."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quintet.core.clock import now
from quintet.services.masks.vision.cameras.lately import Alarm, Minute, Tally
from quintet.services.masks.vision.cameras.reader import Slot
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.watching.board import Board, Look

log = logging.getLogger("quintet.masks.watcher")

_PATIENCE_SECONDS = 0.5
_REMEMBERED = 200


class Turns:
    """At most so many look at once, and whoever has waited longest is next: a semaphore would let those who come at the
    right moment go first, and some cameras would wait for seconds."""

    def __init__(self, at_once: int) -> None:
        self._guard = threading.Lock()
        self._free, self._waiting = at_once, deque[threading.Lock]()

    def __enter__(self) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *failure: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Looker(Protocol):
    """What finds faces: see Detector.detect."""

    def detect(self, pixels: Pixels) -> Sequence[Face]: ...


@dataclass(frozen=True)
class Sighting:
    """Somebody without a mask, with the snapshot that shows it."""

    look: Look
    jpeg: bytes


class Eye(threading.Thread):
    """One thread per camera, one detector for all. They take turns; each takes its frame when its turn has come, not
    before, so that waiting makes no frame old.

    each_seconds   how far apart looks are, if time allows
    """

    def __init__(
        self,
        slot: Slot,
        *,
        looker: Callable[[], Looker],
        turns: Turns,
        each_seconds: float,
        quiet_seconds: float,
        name: str = "camera",
    ) -> None:
        super().__init__(name=f"look at {name}", daemon=True)
        self.board, self.tally, self.sightings = Board(), Tally(), deque[Sighting](maxlen=8)
        self.latencies: deque[float] = deque(maxlen=_REMEMBERED)
        self.moments: deque[float] = deque(maxlen=_REMEMBERED)
        self.counting = threading.Lock()
        self._slot, self._looker, self._turns, self._each_seconds = slot, looker, turns, each_seconds
        self._alarm = Alarm(quiet_seconds)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask to stop, and send away who watches."""
        self._stopped.set()
        self.board.close()

    def run(self) -> None:
        seen, due = 0, time.monotonic()
        while not self._stopped.is_set():
            if not self._slot.wait_newer_than(seen, _PATIENCE_SECONDS):
                continue
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
            began = time.monotonic()
            try:
                with self._turns:
                    seen = self._look() or seen
            except Exception:
                # One frame that cannot be looked at must not be the last one.
                log.exception("a frame of %s cannot be looked at", self.name)
                self._stopped.wait(_PATIENCE_SECONDS)
            # What was missed is not made up for.
            due = max(due, began - self._each_seconds / 2) + self._each_seconds

    def _look(self) -> int | None:
        newest = self._slot.take()
        if newest is None or self._stopped.is_set():
            return None
        taken_at = now()
        pixels = newest.pixels()
        faces = tuple(self._looker().detect(pixels))
        moment = time.monotonic()
        look = Look(newest.number, taken_at, pixels, faces, moment - newest.at + newest.lag)
        self.board.show(look)
        self.latencies.append(look.latency)
        self.moments.append(moment)
        with self.counting:
            self.tally.add(taken_at, faces)
        if self._alarm.looked(faces, moment):
            self.sightings.append(Sighting(look, look.jpeg()))
        return newest.number

    def looks_per_second(self) -> float:
        """Over the last ten seconds."""
        since = time.monotonic() - 10.0
        recent = [moment for moment in list(self.moments) if moment >= since]
        return round((len(recent) - 1) / (recent[-1] - recent[0]), 1) if len(recent) > 1 else 0.0

    def minutes(self, *, before: datetime | None = None) -> list[Minute]:
        """What is to be written down: see Tally.take."""
        with self.counting:
            return self.tally.take(before=before)
