"""What one camera shows just now, for all who watch it: drawn and encoded once, and only if anybody wants pictures."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from quintet.services.masks.rules import counts_of
from quintet.services.masks.vision.cameras.reader import State
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.pictures import encode_picture


@dataclass
class Look:
    """One frame that was looked at.

    number     of the frame among those of its reader
    latency    seconds from the frame's arrival to its faces, with what it came late
    """

    number: int
    at: datetime
    pixels: Pixels
    faces: tuple[Face, ...]
    latency: float
    _drawing: threading.Lock = field(default_factory=threading.Lock)

    def jpeg(self) -> bytes:
        """The frame with its boxes."""
        with self._drawing:
            return self._jpeg

    @cached_property
    def _jpeg(self) -> bytes:
        return encode_picture(draw_faces(self.pixels, self.faces), "JPEG")

    def described(self) -> dict[str, object]:
        """Without the picture, as JSON takes it."""
        height, width = self.pixels.shape[:2]
        return {
            "at": self.at.isoformat(),
            "width": width,
            "height": height,
            "faces": [described(face) for face in self.faces],
            "counts": counts_of(face.wearing for face in self.faces),
            "latency_ms": round(self.latency * 1000),
        }


def described(face: Face) -> dict[str, object]:
    """As pictures describe it on the wire."""
    box = [round(float(side), 1) for side in face.box]
    return {"box": box, "class": face.wearing, "score": round(float(face.score), 4)}


class Board:
    """The newest look at one camera and the camera's state; who waits is told of whatever is newer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._state: tuple[State, str, datetime | None] = ("connecting", "", None)
        self._look: Look | None = None
        self._is_closed = False

    def show(self, look: Look) -> None:
        """Replace what is there."""
        with self._changed:
            self._look = look
            self._tell()

    def say(self, state: State, why: str, since: datetime) -> None:
        """The state is another one now. The last look stays: it is what is shown while the camera is lost."""
        with self._changed:
            self._state = (state, why, since)
            self._tell()

    def close(self) -> None:
        """Nobody looks any more; who waits is sent away."""
        with self._changed:
            self._is_closed = True
            self._tell()

    def _tell(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def wait(self, version: int, timeout: float) -> int | None:
        """Wait until there is something newer than that version, or the time is over; the version there is now.
        None when nothing will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._version > version, timeout=timeout)
            return None if self._is_closed else self._version

    def wait_for_look(self, timeout: float) -> None:
        """Wait for the first look, or until the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._look is not None, timeout=timeout)

    @property
    def look(self) -> Look | None:
        return self._look

    @property
    def state(self) -> State:
        return self._state[0]

    def described(self) -> dict[str, object]:
        """The state, as JSON takes it."""
        state, why, since = self._state
        return {"state": state, "why": why, "since": since.isoformat() if since else None}
