"""Who left one part and entered the next is one person."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.detector import Wearing
from quintet.services.masks.vision.letterbox import CLASSES
from quintet.services.masks.vision.tracking import (
    MISSED_FRAMES,
    OVERLAP_SURE,
    best_pairs,
    counts_as_a_person,
    overlaps,
)
from quintet.services.masks.vision.video.parts import STRIDE, Seen


@dataclass
class Person:
    """Somebody who was seen in a video.

    stretches       which part they were in, and their number there, in order
    first, last     frames of the whole video in which they were found
    enters, leaves  frames from and to which they are shown with a box, and on how many
    """

    first: int
    last: int
    seen: int
    best: float
    votes: NDArray[np.float32]
    box: NDArray[np.float32]
    velocity: NDArray[np.float32]
    enters: int
    leaves: int
    frames: int
    stretches: list[tuple[int, int]] = field(default_factory=list)

    @property
    def wearing(self) -> Wearing:
        """What most of their faces say, weighed by score."""
        return CLASSES[int(self.votes.argmax())]  # type: ignore[return-value]

    @property
    def counts(self) -> bool:
        """Whether they were seen surely and long enough."""
        return counts_as_a_person(best=self.best, frames=self.seen * STRIDE)


def stitched(parts: Iterable[Seen]) -> list[Person]:
    """Everybody who is shown, by when they were first found. Parts in order; one at a time is held."""
    everybody: list[Person] = []
    begins_at = 0
    for place, seen in enumerate(parts):
        new = [_person(row, place, begins_at) for row in seen.people]
        waiting = [one for one in everybody if begins_at - one.last <= MISSED_FRAMES]
        early = [one for one in new if one[0].first - begins_at <= MISSED_FRAMES]
        pairs = _who_is_who(waiting, early)
        known = {id(early[there][0]) for there in pairs.values()}
        for here, there in pairs.items():
            _go_on(waiting[here], early[there][0])
        everybody += [one for one, _ in new if id(one) not in known]
        begins_at += len(seen.times)
    shown = [one for one in everybody if one.frames]
    return sorted(shown, key=lambda one: (one.first, one.stretches))


# A person, and where they entered.
_Entered = tuple[Person, NDArray[np.float32]]


def _person(row: np.void, place: int, begins_at: int) -> _Entered:
    person = Person(
        first=int(row["first"]) + begins_at,
        last=int(row["last"]) + begins_at,
        seen=int(row["seen"]),
        best=float(row["best"]),
        votes=row["votes"].copy(),
        box=row["box"].copy(),
        velocity=row["velocity"].copy(),
        enters=int(row["enters"]) + begins_at,
        leaves=int(row["leaves"]) + begins_at,
        frames=int(row["frames"]),
        stretches=[(place, int(row["number"]))],
    )
    return person, row["first_box"]


def _who_is_who(waiting: list[Person], early: list[_Entered]) -> dict[int, int]:
    if not waiting or not early:
        return {}
    likeness = np.zeros((len(waiting), len(early)))
    for there, (one, entered_at) in enumerate(early):
        expected = np.array([was.box + was.velocity * (one.first - was.last) for was in waiting], float)
        gaps = np.array([one.first - was.last for was in waiting])
        likeness[:, there] = np.where(
            gaps <= MISSED_FRAMES, overlaps(expected, entered_at[None].astype(float))[:, 0], 0
        )
    return best_pairs(likeness, OVERLAP_SURE)


def _go_on(known: Person, entered: Person) -> None:
    known.last, known.box, known.velocity = entered.last, entered.box, entered.velocity
    if entered.frames:
        known.enters = known.enters if known.frames else entered.enters
        known.leaves = entered.leaves
        known.frames += entered.frames
    known.seen += entered.seen
    known.best = max(known.best, entered.best)
    known.votes = known.votes + entered.votes
    known.stretches += entered.stretches
