"""One part of a video: decoded, looked at, drawn, encoded; and what was seen in it, as numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.tracking import LEAST, Tracker, Tracklet
from quintet.services.masks.vision.video.decoding import frames_of
from quintet.services.masks.vision.video.drawing import Pen, Planes, planes_of
from quintet.services.masks.vision.video.encoding import encoding
from quintet.services.masks.vision.video.planning import Part
from quintet.services.masks.vision.video.probing import Footage, is_full_range

# Every second frame is looked at; nobody's face goes far in a twenty-fifth of a second.
STRIDE = 2

# Who was seen: as in Tracklet, frames counted from the part's first; and from when to when they are shown with a box
# (0, -1: never), and on how many frames.
PERSON = np.dtype(
    [
        ("number", "i4"), ("first", "i4"), ("last", "i4"), ("seen", "i4"), ("best", "f4"), ("votes", "f4", 3),
        ("first_box", "f4", 4), ("box", "f4", 4), ("velocity", "f4", 4), ("enters", "i4"),
        ("leaves", "i4"), ("frames", "i4"),
    ]
)  # fmt: skip
# Where: a row for each person and frame.
PLACE = np.dtype([("number", "i4"), ("frame", "i4"), ("box", "f4", 4), ("score", "f4")])


class Looks(Protocol):
    """A detector."""

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Face]: ...


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen in one part.

    times    int64: when each frame is shown, ticks of the output's clock
    people   of dtype PERSON, by number
    places   of dtype PLACE, by number and then by frame
    """

    times: NDArray[np.int64]
    people: NDArray[np.void]
    places: NDArray[np.void]

    def write(self, target: Path) -> None:
        """As an .npz file."""
        np.savez(target, times=self.times, people=self.people, places=self.places)

    @classmethod
    def read(cls, source: Path) -> "Seen":
        """What `write` wrote."""
        with np.load(source, allow_pickle=False) as held:
            return cls(held["times"], held["people"], held["places"])

    def of(self, number: int) -> NDArray[np.void]:
        """Where one person was."""
        begin, end = np.searchsorted(self.places["number"], [number, number + 1])
        return self.places[begin:end]


def calculate_part(
    source: Path,
    footage: Footage,
    part: Part,
    detector: Looks,
    target: Path,
    *,
    threads: int = 1,
    side: int = 0,
    tell: Callable[[int], object] | None = None,
) -> Seen:
    """Write the part with boxes to `target`, an MP4, and say what was seen. A part without a frame writes nothing.

    side  pixels of the long side that the detector looks at; a larger frame is brought down to it on the way
    tell  called after each frame with how many there were; it may raise
    """
    tracker, pen = Tracker(stride=STRIDE), Pen(footage.width, footage.height, matrix=footage.colours[3])
    times: list[int] = []
    places: list[tuple[int, int, tuple[float, ...], float]] = []
    frames = frames_of(source, footage, part, threads=threads)
    first = next(frames, None)
    if first is None:
        return _seen(times, tracker, places)
    with encoding(target, footage, threads=threads) as encoder:
        for number, (ticks, frame) in enumerate(_with(first, frames)):
            if number % STRIDE == 0:
                tracker.step(number, faces_in(frame, footage, detector, side))
            shown = list(tracker.shown_at(number))
            places += [(one.number, number, face.box, face.score) for one, face in shown]
            upright = upright_copy(frame, footage)
            pen.draw(planes_of(upright), [face for _, face in shown])
            encoder.write(upright, ticks - times[0] if times else 0)
            times.append(ticks)
            if tell is not None:
                tell(len(times))
    return _seen(times, tracker, places)


def _with(first: tuple[int, VideoFrame], rest: Iterator[tuple[int, VideoFrame]]) -> Iterator[tuple[int, VideoFrame]]:
    yield first
    yield from rest


def faces_in(frame: VideoFrame, footage: Footage, detector: Looks, side: int) -> list[Face]:
    """Faces on a frame, in pixels of the upright picture.

    A frame comes down to the detector's size while its colours are converted: a whole frame is never in RGB.
    """
    width, height = footage.coded
    scale = min(1.0, side / max(width, height)) if side else 1.0
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Bilinear shrinking averages, as Pillow's does, with which the detector was trained.
    pixels = frame.reformat(*small, format="rgb24", interpolation="BILINEAR").to_ndarray()
    found = detector.detect(np.ascontiguousarray(np.rot90(pixels, footage.quarter_turns)), LEAST)
    rows, columns = (small[0], small[1]) if footage.quarter_turns % 2 else (small[1], small[0])
    by_x, by_y = footage.width / columns, footage.height / rows
    return [
        Face(face.x1 * by_x, face.y1 * by_y, face.x2 * by_x, face.y2 * by_y, face.wearing, face.score) for face in found
    ]


def upright_copy(frame: VideoFrame, footage: Footage) -> VideoFrame:
    """A copy to draw on (the decoder still looks at its own): eight bits, limited range, upright, with even sides."""
    width, height = footage.coded
    is_full = is_full_range(frame)
    if is_full or frame.format.name != "yuv420p" or (frame.width, frame.height) != footage.coded:
        ranges = ("JPEG", "MPEG") if is_full else (None, None)
        frame = frame.reformat(width, height, "yuv420p", src_color_range=ranges[0], dst_color_range=ranges[1])
    copy = VideoFrame(footage.width, footage.height, "yuv420p")
    ours, theirs = planes_of(copy), planes_of(frame)
    for target, source in _pairs(ours, theirs):
        target[:] = np.rot90(source, footage.quarter_turns)
    return copy


def _pairs(ours: Planes, theirs: Planes) -> Iterator[tuple[Pixels, Pixels]]:
    yield from ((ours.y, theirs.y), (ours.u, theirs.u), (ours.v, theirs.v))


def _seen(times: list[int], tracker: Tracker, places: list[tuple[int, int, tuple[float, ...], float]]) -> Seen:
    where = np.array(places, PLACE)
    where = where[np.argsort(where["number"], kind="stable")]
    people = [_person(one, where["frame"][where["number"] == one.number]) for one in tracker.everybody()]
    return Seen(np.array(times, np.int64), np.array(people, PERSON), where)


def _person(one: Tracklet, shown: NDArray[np.int32]) -> tuple[object, ...]:
    enters, leaves = (int(shown[0]), int(shown[-1])) if len(shown) else (0, -1)
    return (
        one.number, one.first, one.last, one.seen, one.best, tuple(one.votes), tuple(one.first_box), tuple(one.box),
        tuple(one.velocity), enters, leaves, len(shown),
    )  # fmt: skip
