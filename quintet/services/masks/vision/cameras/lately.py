"""What one camera showed of late: by the minute, and whether somebody has to be told."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import CLASSES
from quintet.services.masks.vision.tracking import Tracker, Tracklet

_SEEN_LEAST = 3


@dataclass
class Minute:
    """What the looks of one minute showed. `most` and `sum`: class -> faces in the fullest frame, in all frames."""

    minute: datetime
    looks: int = 0
    most: dict[str, int] = field(default_factory=dict)
    sum: dict[str, int] = field(default_factory=dict)
    most_faces: int = 0

    def add(self, faces: Sequence[Face]) -> None:
        """One look."""
        self.looks += 1
        self.most_faces = max(self.most_faces, len(faces))
        for name in CLASSES:
            count = sum(1 for face in faces if face.wearing == name)
            self.most[name] = max(self.most.get(name, 0), count)
            self.sum[name] = self.sum.get(name, 0) + count


class Tally:
    """Looks by the minute, until somebody takes them to write them down."""

    def __init__(self) -> None:
        self._minutes: deque[Minute] = deque(maxlen=120)

    def add(self, at: datetime, faces: Sequence[Face]) -> None:
        """One look at that moment."""
        minute = at.replace(second=0, microsecond=0)
        if not self._minutes or self._minutes[-1].minute != minute:
            self._minutes.append(Minute(minute))
        self._minutes[-1].add(faces)

    def take(self, *, before: datetime | None = None) -> list[Minute]:
        """Minutes that are over by then (all without a moment), oldest first; they are gone from here."""
        taken = []
        while self._minutes and (before is None or self._minutes[0].minute < before.replace(second=0, microsecond=0)):
            taken.append(self._minutes.popleft())
        return taken


class Alarm:
    """Says when to tell that somebody without a mask is there: a person who was found in three looks, so that no single
    mistaken frame tells of anybody, and each person once, as long as they do not go out of sight.

    quiet_seconds   how long nobody is told again; whoever comes meanwhile is told of afterwards, if still there
    """

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._tracker, self._look = Tracker(), 0
        self._told: list[Tracklet] = []
        self._told_at: float | None = None

    def looked(self, faces: Sequence[Face], at: float) -> bool:
        """Whether to tell now.

        at   seconds of a clock that never goes back
        """
        self._look += 1
        self._tracker.step(self._look, faces)
        # A camera never ends: who is out of sight is forgotten.
        self._tracker.ended.clear()
        self._told = [one for one in self._told if any(one is other for other in self._tracker.alive)]
        unmasked = [one for one in self._tracker.alive if self._is_unmasked(one)]
        is_quiet = self._told_at is not None and at - self._told_at < self._quiet_seconds
        if is_quiet or not any(self._is_news(one) for one in unmasked):
            return False
        # The snapshot shows them all.
        self._told, self._told_at = [*self._told, *filter(self._is_news, unmasked)], at
        return True

    def _is_unmasked(self, one: Tracklet) -> bool:
        return one.last == self._look and one.seen >= _SEEN_LEAST and one.wearing == "without_mask"

    def _is_news(self, one: Tracklet) -> bool:
        return not any(one is other for other in self._told)
