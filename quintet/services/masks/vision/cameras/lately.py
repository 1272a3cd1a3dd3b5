"""What one camera showed of late: by the minute, and whether somebody has to be told."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import CLASSES

_SEEN_LEAST, _AMONG = 3, 10


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
    """Says when to tell that somebody without a mask is there: seen in three of the last ten looks, so that no single
    mistaken frame tells of anybody; then quiet for a while.

    quiet_seconds   how long
    """

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._looks: deque[bool] = deque(maxlen=_AMONG)
        self._told_at: float | None = None

    def looked(self, faces: Sequence[Face], at: float) -> bool:
        """Whether to tell now.

        at   seconds of a clock that never goes back
        """
        is_unmasked = any(face.wearing == "without_mask" for face in faces)
        self._looks.append(is_unmasked)
        is_quiet = self._told_at is not None and at - self._told_at < self._quiet_seconds
        if is_quiet or not is_unmasked or sum(self._looks) < _SEEN_LEAST:
            return False
        self._told_at = at
        return True
