"""Follows faces from frame to frame, so that one person counts once.

Association in two steps, as ByteTrack has it: sure faces first, then what is left of the unsure ones, which may go on
with somebody known but never begin anybody. Where somebody will be is reckoned with a constant velocity; what they
wear is what most of their faces, weighed by score, say they wear.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration
from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.letterbox import CLASSES

Floats = NDArray[np.float64]
# A face, and its score before calibration.
Scored = tuple[Face, float]

# Scores before calibration: of a face that is sure, and the least that goes on with somebody known.
SURE, LEAST = 0.5, 0.25
# A person counts who was seen this surely once, and on so many frames. Looser, and every flicker is a person: three
# times too many were counted on a clip of 27.
COUNTED_SCORE, COUNTED_FRAMES = 0.65, 8
# How many frames somebody may be out of sight (behind another head, turned away) and still be the same.
MISSED_FRAMES = 25
# Least overlaps of a sure and of an unsure face with where somebody should be. Boxes are compared grown by GROWN of
# their sides in each direction: small faces that move fast would else not meet themselves.
OVERLAP_SURE, OVERLAP_UNSURE, GROWN = 0.2, 0.4, 0.3
# How much of the last step goes into the velocity.
SMOOTHING = 0.4


@dataclass
class Tracklet:
    """One person's way through the frames.

    first, last    frames in which they were seen, both included
    seen           in how many frames they were looked for and found
    box            x1, y1, x2, y2 where they were last seen; first_box: where first
    velocity       of the box, pixels a frame
    votes          score given to each class of CLASSES, before calibration
    best, score    the highest score, before calibration, and the last one, as it is shown
    """

    number: int
    first: int
    last: int
    first_box: Floats
    box: Floats
    votes: Floats
    best: float
    score: float
    seen: int = 1
    velocity: Floats = field(default_factory=lambda: np.zeros(4))

    @property
    def wearing(self) -> Wearing:
        """What the votes say."""
        return CLASSES[int(self.votes.argmax())]  # type: ignore[return-value]

    def box_at(self, frame: int) -> Floats:
        """Where they should be."""
        return self.box + self.velocity * (frame - self.last)

    def meet(self, frame: int, face: Face, raw: float) -> None:
        """It was them.

        raw  the face's score before calibration
        """
        box = np.array(face.box)
        corners = (box - self.box) / max(1, frame - self.last)
        # Of the centre alone: a box that grows by a turn of the head does not go on growing.
        step = np.tile((corners[:2] + corners[2:]) / 2, 2)
        self.velocity = step if self.seen == 1 else (1 - SMOOTHING) * self.velocity + SMOOTHING * step
        self.box, self.last, self.score = box, frame, face.score
        self.best, self.seen = max(self.best, raw), self.seen + 1
        self.votes[CLASSES.index(face.wearing)] += raw


class Tracker:
    """Steps through the frames of one stretch of video.

    stride       how many frames lie between two that are looked at, the first included
    calibration  what the scores of the faces went through
    """

    def __init__(self, *, stride: int = 1, calibration: Calibration = AS_IT_IS) -> None:
        self.stride, self.calibration = stride, calibration
        self.alive: list[Tracklet] = []
        self.ended: list[Tracklet] = []

    @property
    def least(self) -> float:
        """Faces that score less need not be looked for."""
        return float(self.calibration.of(np.array([LEAST], np.float32))[0])

    def step(self, frame: int, faces: Sequence[Face]) -> None:
        """What was found on a frame, later than the last one: all faces that score `least` or more."""
        self._end_those_out_of_sight(frame)
        scored = [(face, self.calibration.before(face.score)) for face in faces]
        sure = [one for one in scored if one[1] >= SURE]
        unsure = [one for one in scored if LEAST <= one[1] < SURE]
        free, new = _associate(frame, self.alive, sure, OVERLAP_SURE)
        _associate(frame, free, unsure, OVERLAP_UNSURE)
        self.alive += [self._begin(frame, *one, number) for number, one in enumerate(new)]

    def _begin(self, frame: int, face: Face, raw: float, number: int) -> Tracklet:
        votes = np.zeros(len(CLASSES))
        votes[CLASSES.index(face.wearing)] = raw
        box = np.array(face.box)
        number += len(self.alive) + len(self.ended)
        return Tracklet(number, frame, frame, box, box, votes, raw, face.score)

    def _end_those_out_of_sight(self, frame: int) -> None:
        self.ended += [one for one in self.alive if frame - one.last > MISSED_FRAMES]
        self.alive = [one for one in self.alive if frame - one.last <= MISSED_FRAMES]

    def shown_at(self, frame: int) -> Iterator[tuple[Tracklet, Face]]:
        """Who is in sight at a frame, on which they were looked for or just before: seen twice, or surely once."""
        for one in self.alive:
            is_in_sight = frame - one.last < 2 * self.stride
            if is_in_sight and (one.seen > 1 or one.best >= COUNTED_SCORE):
                x1, y1, x2, y2 = one.box_at(frame).tolist()
                yield one, Face(x1, y1, x2, y2, one.wearing, one.score)

    def everybody(self) -> list[Tracklet]:
        """All, by number: those who count and those who do not."""
        return sorted(self.ended + self.alive, key=lambda one: one.number)


def counts_as_a_person(*, best: float, frames: int) -> bool:
    """Whether somebody was seen surely and long enough.

    frames  on which they were found, times the stride at which they were looked for
    """
    return best >= COUNTED_SCORE and frames >= COUNTED_FRAMES


def _associate(
    frame: int, tracklets: Sequence[Tracklet], faces: Sequence[Scored], least: float
) -> tuple[list[Tracklet], list[Scored]]:
    """Let tracklets meet faces; returns who met none, and faces that nobody met."""
    if not tracklets or not faces:
        return list(tracklets), list(faces)
    expected = np.array([one.box_at(frame) for one in tracklets])
    pairs = best_pairs(overlaps(expected, np.array([face.box for face, _ in faces])), least)
    for one, face in pairs.items():
        tracklets[one].meet(frame, *faces[face])
    met = set(pairs.values())
    return (
        [one for place, one in enumerate(tracklets) if place not in pairs],
        [face for place, face in enumerate(faces) if place not in met],
    )


def best_pairs(likeness: Floats, least: float) -> dict[int, int]:
    """Row -> column, each at most once, the most alike first.

    Greedy: where it differs from the best sum of all, two faces overlap so much that neither way is sure.
    """
    rows, columns = np.nonzero(likeness >= least)
    order = np.argsort(-likeness[rows, columns], kind="stable")
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in pairs and column not in taken:
            pairs[row] = column
            taken.add(column)
    return pairs


def overlaps(ours: Floats, theirs: Floats) -> Floats:
    """How much each of our boxes overlaps each of theirs (intersection over union, all grown by GROWN)."""
    ours, theirs = _grown(ours), _grown(theirs)
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas, other_areas = ((boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (ours, theirs))
    union = np.maximum(areas[:, None] + other_areas[None] - shared, 1e-9)
    result: Floats = shared / union
    return result


def _grown(boxes: Floats) -> Floats:
    sides = boxes[:, 2:] - boxes[:, :2]
    # A velocity may have shrunk a box to nothing.
    sides = np.maximum(sides, 1)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = sides * (0.5 + GROWN)
    return np.concatenate([centres - half, centres + half], 1)
