"""How far two sets of marks agree, frame by frame: the one is held to be true, the other is judged.

Figures belong together as they do in `likeness.matches`: those that are close enough, each at most once, so that they
are as close as can be in all. Their labels are looked at afterwards; only between equally good partners does the same
label decide.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from quintet.core.errors import BadInput
from quintet.services.annotation.shapes.between import keyframes, shape_at
from quintet.services.annotation.shapes.closeness import closeness
from quintet.services.annotation.shapes.figures import Box, Figure, box_around
from quintet.services.annotation.shapes.likeness import matches
from quintet.services.annotation.shapes.marks import Marks

# Between two that are equally close.
_SAME_LABEL = 1e-6
# Of figures on one frame that may be close: five hundred of each, all on one another, take some seconds.
_MOST_PAIRS = 250_000
# A class of its own: nothing was marked there, or it was not found.
NOTHING = 0


@dataclass(frozen=True)
class Thing:
    """Something on one frame. figure: None for a tag"""

    label: int
    figure: Figure | None


@dataclass
class FrameTally:
    """What was found on one frame."""

    matched: int = 0
    mismatched: int = 0
    missing: int = 0
    extra: int = 0

    @property
    def total(self) -> int:
        """All that either side has, what belongs together once."""
        return self.matched + self.mismatched + self.missing + self.extra


@dataclass
class Tally:
    """What was counted on some frames.

    pairs       (label in truth, label as judged) -> how many; NOTHING where the other side has no partner
    closeness   label -> how close each of the matched figures is
    frames      by number; those without anything are here, too
    """

    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    closeness: dict[int, list[float]] = field(default_factory=dict)
    frames: dict[int, FrameTally] = field(default_factory=dict)

    def count(self, frame: int, truth: int, judged: int) -> None:
        """One thing, or two that belong together."""
        self.pairs[truth, judged] += 1
        tally = self.frames[frame]
        if judged == NOTHING:
            tally.missing += 1
        elif truth == NOTHING:
            tally.extra += 1
        elif truth == judged:
            tally.matched += 1
        else:
            tally.mismatched += 1

    def add(self, other: "Tally") -> None:
        """Count another one in, of other frames or of another job."""
        self.pairs += other.pairs
        self.frames.update(other.frames)
        for label, values in other.closeness.items():
            self.closeness.setdefault(label, []).extend(values)


def things_on(marks: Marks, frames: Sequence[int]) -> dict[int, list[Thing]]:
    """What is to be seen on these frames, which ascend; of a track what lies between its keyframes as well."""
    found: dict[int, list[Thing]] = {frame: [] for frame in frames}
    for tag in marks.tags:
        if tag.frame in found:
            found[tag.frame].append(Thing(tag.label_id, None))
    for shape in marks.shapes:
        if shape.frame in found:
            found[shape.frame].append(Thing(shape.label_id, shape))
    for track in marks.tracks:
        ordered = keyframes(track)
        for frame in frames:
            if (figure := shape_at(ordered, frame)) is not None:
                found[frame].append(Thing(track.label_id, figure))
    return found


def compare(truth: Marks, judged: Marks, frames: Collection[int], *, least: float, pixels: float) -> Tally:
    """Count on these frames.

    least    how close figures must be to belong together, 0 … 1
    pixels   see `closeness`

    Raises BadInput where a crowd is too large.
    """
    ordered = sorted(frames)
    true, others, tally = things_on(truth, ordered), things_on(judged, ordered), Tally()
    for frame in ordered:
        tally.frames[frame] = FrameTally()
        _compare_tags(tally, frame, _tags(true[frame]), _tags(others[frame]))
        _compare_figures(tally, frame, _figures(true[frame]), _figures(others[frame]), least=least, pixels=pixels)
    return tally


def _tags(things: Sequence[Thing]) -> Counter[int]:
    return Counter(thing.label for thing in things if thing.figure is None)


def _figures(things: Sequence[Thing]) -> list[tuple[int, Figure]]:
    return [(thing.label, thing.figure) for thing in things if thing.figure is not None]


def _compare_tags(tally: Tally, frame: int, truth: Counter[int], judged: Counter[int]) -> None:
    """Equal ones first; what is left over belongs together in the order of the labels."""
    for label in sorted((truth & judged).elements()):
        tally.count(frame, label, label)
    ones, others = sorted((truth - judged).elements()), sorted((judged - truth).elements())
    for place in range(max(len(ones), len(others))):
        one = ones[place] if place < len(ones) else NOTHING
        tally.count(frame, one, others[place] if place < len(others) else NOTHING)


def _compare_figures(
    tally: Tally,
    frame: int,
    truth: Sequence[tuple[int, Figure]],
    judged: Sequence[tuple[int, Figure]],
    *,
    least: float,
    pixels: float,
) -> None:
    pairs = list(islice(_neighbours(truth, judged, pixels), _MOST_PAIRS + 1))
    if len(pairs) > _MOST_PAIRS:
        raise BadInput(f"On frame {frame} there are too many figures on one another to be compared.")
    close = {(i, j): closeness(truth[i][1], judged[j][1], pixels=pixels) for i, j in pairs}

    def alike(i: int, j: int) -> float:
        score = close[i, j]
        return score + _SAME_LABEL if score >= least and truth[i][0] == judged[j][0] else score

    found = matches(range(len(truth)), range(len(judged)), alike, least=least, among=close)
    for i, j in found:
        tally.count(frame, truth[i][0], judged[j][0])
        if truth[i][0] == judged[j][0]:
            tally.closeness.setdefault(truth[i][0], []).append(close[i, j])
    for label in _alone(truth, {i for i, _ in found}):
        tally.count(frame, label, NOTHING)
    for label in _alone(judged, {j for _, j in found}):
        tally.count(frame, NOTHING, label)


def _alone(figures: Sequence[tuple[int, Figure]], paired: Collection[int]) -> list[int]:
    return [label for place, (label, _) in enumerate(figures) if place not in paired]


def _neighbours(
    truth: Sequence[tuple[int, Figure]], judged: Sequence[tuple[int, Figure]], pixels: float
) -> Iterator[tuple[int, int]]:
    """Pairs that may be close: the boxes around them overlap. Of a crowd on a frame these are few."""
    boxes = [_wide(box_around(figure), pixels) for _, figure in judged]
    order = sorted(range(len(boxes)), key=lambda j: boxes[j][0])
    lefts = [boxes[j][0] for j in order]
    for i, (_, figure) in enumerate(truth):
        box = _wide(box_around(figure), pixels)
        for place in range(bisect_right(lefts, box[2])):
            j = order[place]
            if boxes[j][2] >= box[0] and boxes[j][1] <= box[3] and boxes[j][3] >= box[1]:
                yield i, j


def _wide(box: Box, pixels: float) -> Box:
    # Points lie apart by so much at most, on the average of two ends by twice that.
    return box[0] - pixels, box[1] - pixels, box[2] + pixels, box[3] + pixels


# What the numbers say.


@dataclass(frozen=True)
class Judgement:
    """Of one label, or of all of them.

    missing      true, and nobody marked it           extra      marked, and not true
    mismatched   in the right place, with another label; of one label: of what truly has it
    closeness    on the average of what is matched; None: nothing is
    precision, recall   None: nothing was marked, or nothing is true
    """

    matched: int
    mismatched: int
    missing: int
    extra: int
    precision: float | None
    recall: float | None
    closeness: float | None


def judgement(tally: Tally, label: int | None = None) -> Judgement:
    """What was counted of one label, or of all."""
    matched = mismatched = missing = extra = true = judged = 0
    for (one, other), count in tally.pairs.items():
        is_true, is_judged = one != NOTHING and label in (None, one), other != NOTHING and label in (None, other)
        true += count * is_true
        judged += count * is_judged
        matched += count * (is_true and is_judged and one == other)
        mismatched += count * (is_true and other not in (NOTHING, one))
        missing += count * (is_true and other == NOTHING)
        extra += count * (is_judged and one == NOTHING)
    values = [value for of, some in tally.closeness.items() if label in (None, of) for value in some]
    return Judgement(
        matched, mismatched, missing, extra, _share(matched, judged), _share(matched, true),
        _rounded(sum(values) / len(values)) if values else None,
    )  # fmt: skip


def kappa(pairs: Mapping[tuple[int, int], int]) -> float | None:
    """Cohen's: agreement beyond what chance would bring, 1 at most. None where there is nothing.

    Source  J. Cohen, A coefficient of agreement for nominal scales, 1960

    >>> kappa({(1, 1): 20, (1, 2): 5, (2, 1): 10, (2, 2): 15})
    0.4
    """
    total = sum(pairs.values())
    if not total:
        return None
    observed = sum(count for (one, other), count in pairs.items() if one == other)
    ones, others = Counter[int](), Counter[int]()
    for (one, other), count in pairs.items():
        ones[one] += count
        others[other] += count
    by_chance = sum(count * others[label] for label, count in ones.items())
    if by_chance == total * total:
        # Both sides know one class alone, and it is the same.
        return 1.0
    return _rounded((observed * total - by_chance) / (total * total - by_chance))


def worst_frames(found: Iterable[tuple[int, int, FrameTally]], most: int) -> list[tuple[int, int, FrameTally]]:
    """Of (frame, job, what was counted) those on which not all agrees: the least share of agreement first, then those
    with more to see."""
    wrong = [each for each in found if each[2].total > each[2].matched]
    wrong.sort(key=lambda each: (each[2].matched / each[2].total, -each[2].total, each[:2]))
    return wrong[:most]


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _rounded(value: float) -> float:
    return round(value, 6)
