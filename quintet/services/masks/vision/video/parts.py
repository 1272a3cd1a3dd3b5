"""One part of a video: decoded, looked at, drawn, encoded; and what was seen in it, as numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.tracking import Tracker, Tracklet
from quintet.services.masks.vision.video.decoding import frames_of
from quintet.services.masks.vision.video.drawing import Pen, Planes, planes_of
from quintet.services.masks.vision.video.encoding import encoding
from quintet.services.masks.vision.video.planning import Part
from quintet.services.masks.vision.video.probing import Footage, is_full_range

# Every second frame is looked at; nobody's face goes far in a twenty-fifth of a second.
STRIDE = 2
_MOST_AT_ONCE, _BYTES_AT_ONCE = 16, 64 * 1024 * 1024

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
    calibration: Calibration = AS_IT_IS,
    tell: Callable[[int], object] | None = None,
) -> Seen:
    """Write the part with boxes to `target`, an MP4, and say what was seen. A part without a frame writes nothing.

    side         pixels of the long side that the detector looks at; a larger frame is brought down to it on the way
    calibration  what the detector's scores went through
    tell         called after each frame with how many there were; it may raise
    """
    tracker = Tracker(stride=STRIDE, calibration=calibration)
    pen = Pen(footage.width, footage.height, matrix=footage.colours[3])
    lens, least = Lens(footage, detector, side=side), tracker.least
    times: list[int] = []
    places: list[tuple[int, int, tuple[float, ...], float]] = []
    batches = _batches(frames_of(source, footage, part, threads=threads), footage)
    first = next(batches, None)
    if first is None:
        return _seen(times, tracker, places)
    with encoding(target, footage, threads=threads) as encoder:
        for batch in chain([first], batches):
            found = [lens.faces_in(frame, least) for _, frame in batch[::STRIDE]]
            for place, (ticks, frame) in enumerate(batch):
                number = len(times)
                if place % STRIDE == 0:
                    tracker.step(number, found[place // STRIDE])
                shown = list(tracker.shown_at(number))
                places += [(one.number, number, face.box, face.score) for one, face in shown]
                upright, planes = lens.upright_copy(frame)
                pen.draw(planes, [face for _, face in shown])
                encoder.write(upright, ticks - times[0] if times else 0)
                times.append(ticks)
                if tell is not None:
                    tell(len(times))
    return _seen(times, tracker, places)


def _batches(frames: Iterator[tuple[int, VideoFrame]], footage: Footage) -> Iterator[list[tuple[int, VideoFrame]]]:
    """Some frames at a time, always a multiple of STRIDE: decoder, detector and encoder each find the processor's
    caches as they left them, which saves a twentieth of all time."""
    width, height = footage.coded
    amount = max(1, min(_MOST_AT_ONCE, _BYTES_AT_ONCE // (width * height * 3 // 2)) // STRIDE) * STRIDE
    while batch := list(islice(frames, amount)):
        yield batch


class Lens:
    """Makes of a frame what the detector looks at, and what is drawn on.

    side  pixels of the long side that the detector looks at; 0: all there are
    """

    def __init__(self, footage: Footage, detector: Looks, *, side: int = 0) -> None:
        self.footage, self.detector = footage, detector
        width, height = footage.coded
        scale = min(1.0, side / max(width, height)) if side else 1.0
        self.small = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Kept, because working out how to shrink takes as long as shrinking.
        self.shrinking, self.converting = VideoReformatter(), VideoReformatter()

    def shrunk(self, frame: VideoFrame) -> Pixels:
        """The upright picture at the detector's size; it comes down to that while its colours are converted."""
        # Bilinear shrinking averages, as Pillow's does, with which the detector was trained.
        small = self.shrinking.reformat(frame, *self.small, format="bgr24", interpolation="BILINEAR").to_ndarray()
        return np.rot90(_in_rgb(small), self.footage.quarter_turns)

    def faces_in(self, frame: VideoFrame, least: float) -> list[Face]:
        """Faces on a frame that score so much at least, in pixels of the upright picture."""
        upright = self.shrunk(frame)
        by_y, by_x = self.footage.height / upright.shape[0], self.footage.width / upright.shape[1]
        return [
            Face(face.x1 * by_x, face.y1 * by_y, face.x2 * by_x, face.y2 * by_y, face.wearing, face.score)
            for face in self.detector.detect(upright, least)
        ]

    def upright_copy(self, frame: VideoFrame) -> tuple[VideoFrame, Planes]:
        """A copy to draw on (the decoder still looks at its own): eight bits, limited range, upright, even sides."""
        width, height = self.footage.coded
        is_full = is_full_range(frame)
        if is_full or frame.format.name != "yuv420p" or (frame.width, frame.height) != self.footage.coded:
            ranges = ("JPEG", "MPEG") if is_full else (None, None)
            frame = self.converting.reformat(
                frame, width, height, "yuv420p", src_color_range=ranges[0], dst_color_range=ranges[1]
            )
        copy = VideoFrame(self.footage.width, self.footage.height, "yuv420p")
        ours, theirs = planes_of(copy), planes_of(frame)
        for target, source in ((ours.y, theirs.y), (ours.u, theirs.u), (ours.v, theirs.v)):
            target[:] = np.rot90(source, self.footage.quarter_turns)
        return copy, ours


def _in_rgb(pixels: NDArray[Any]) -> Pixels:
    # FFmpeg shrinks into BGR in half the time that it takes for RGB, and numpy copies planes of a colour at once.
    ordered = np.empty(pixels.shape, np.uint8)
    for colour in range(3):
        ordered[..., colour] = pixels[..., 2 - colour]
    return ordered


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
