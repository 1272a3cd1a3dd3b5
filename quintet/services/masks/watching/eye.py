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


class Looker(Protocol):
    """What finds faces: see Detector.detect."""

    def detect(self, pixels: Pixels) -> Sequence[Face]: ...


@dataclass(frozen=True)
class Sighting:
    """Somebody without a mask, with the snapshot that shows it."""

    look: Look
    jpeg: bytes


class Eye(threading.Thread):
    """One thread per camera, one detector for all. At most `gate` of them look at once; each takes its frame when its
    turn has come, not before, so that waiting makes no frame old.

    each_seconds   how far apart looks are, if time allows
    """

    def __init__(
        self,
        slot: Slot,
        *,
        looker: Callable[[], Looker],
        gate: threading.Semaphore,
        each_seconds: float,
        quiet_seconds: float,
        name: str = "camera",
    ) -> None:
        super().__init__(name=f"look at {name}", daemon=True)
        self.board, self.tally, self.sightings = Board(), Tally(), deque[Sighting](maxlen=8)
        self.latencies: deque[float] = deque(maxlen=_REMEMBERED)
        self.moments: deque[float] = deque(maxlen=_REMEMBERED)
        self.counting = threading.Lock()
        self._slot, self._looker, self._gate, self._each_seconds = slot, looker, gate, each_seconds
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
            try:
                with self._gate:
                    seen = self._look() or seen
            except Exception:
                # One frame that cannot be looked at must not be the last one.
                log.exception("a frame of %s cannot be looked at", self.name)
                self._stopped.wait(_PATIENCE_SECONDS)
            # What was missed is not made up for.
            due = max(due + self._each_seconds, time.monotonic() - self._each_seconds / 2)

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
