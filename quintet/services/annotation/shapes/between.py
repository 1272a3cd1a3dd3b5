"""Where a thing is on a frame between its keyframes."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot

from msgspec import UNSET
from msgspec.structs import asdict, replace

from quintet.services.annotation.shapes.figures import elements_of, rotation_of
from quintet.services.annotation.shapes.marks import FULL_TYPES, Element, FullKeyframe, Keyframe, Track
from quintet.services.annotation.shapes.plainly import plain_keyframe

Point = tuple[float, float]
# Lines and areas are only known where somebody drew them; the others stay where they were last seen.
_STAYS = frozenset({"rectangle", "points", "cuboid", "ellipse", "mask", "skeleton"})


def keyframes(track: Track) -> list[Keyframe]:
    """By frame; of two on the same frame the later one said counts."""
    by_frame = {shape.frame: shape for shape in track.shapes}
    return [by_frame[frame] for frame in sorted(by_frame)]


def shape_at(ordered: Sequence[Keyframe], frame: int) -> Keyframe | None:
    """What is to be seen on a frame: a keyframe, what lies between two, or None (not there yet, outside, gone).

    ordered   as `keyframes` gives them
    """
    place = bisect_right(ordered, frame, key=lambda shape: shape.frame) - 1
    if place < 0:
        return None
    before = ordered[place]
    if before.outside:
        return None
    if before.frame == frame:
        return before
    if place + 1 < len(ordered):
        return between(before, ordered[place + 1], frame)
    return replace(before, frame=frame, id=None) if before.type in _STAYS else None


def seen(ordered: Sequence[Keyframe], start: int, stop: int) -> Iterator[tuple[Keyframe, bool]]:
    """Every frame from start to stop (included) on which it is to be seen: the shape, and whether it is a keyframe."""
    for before, after in pairwise([*ordered, None]):
        assert before is not None
        if before.frame > stop:
            return
        end = stop if after is None else min(after.frame - 1, stop)
        if before.outside or end < start:
            continue
        if start <= before.frame:
            yield before, True
        if after is None and before.type not in _STAYS:
            return
        for frame in range(max(start, before.frame + 1), end + 1):
            yield (replace(before, frame=frame, id=None) if after is None else between(before, after, frame)), False


def between(before: Keyframe, after: Keyframe, frame: int) -> Keyframe:
    """What lies between two keyframes. Where the next one is outside, or another kind of figure, the first holds."""
    points = before.points
    if type(before) in FULL_TYPES or type(after) in FULL_TYPES:
        return _between_forms(before, after, frame)
    if not after.outside and after.type == before.type:
        share = (frame - before.frame) / (after.frame - before.frame)
        if before.type in ("rectangle", "cuboid") or len(points) == len(after.points) == 2:
            points = _moved(points, after.points, share)
        elif before.type in ("polygon", "polyline"):
            points = _between_curves(points, after.points, share, is_closed=before.type == "polygon")
    return replace(before, frame=frame, points=points, id=None)


def _between_forms(before: Keyframe, after: Keyframe, frame: int) -> Keyframe:
    """The same of figures of any form: angles go the shorter way, skeletons node by node; masks hold."""
    here = FullKeyframe(**asdict(before) | {"frame": frame, "id": None})
    if after.outside or after.type != before.type or here.type == "mask":
        return here
    share = (frame - before.frame) / (after.frame - before.frame)
    if here.type == "skeleton":
        here.elements = _between_skeletons(elements_of(before), elements_of(after), share)
        return here
    if here.type in ("rectangle", "ellipse"):
        way = (rotation_of(after) - rotation_of(before) + 180) % 360 - 180
        here.rotation = (rotation_of(before) + way * share) % 360 or UNSET
        here.points = _moved(before.points, after.points, share)
        return here
    return between(plain_keyframe(before, is_outline=False), plain_keyframe(after, is_outline=False), frame)


def _between_skeletons(before: Sequence[Element], after: Sequence[Element], share: float) -> list[Element]:
    """A node that is not to be seen on both sides stays where it was."""
    then = {element.label: element.points for element in after if not element.outside}
    return [
        element if element.outside or element.label not in then
        else replace(element, points=_moved(element.points, then[element.label], share))
        for element in before
    ]  # fmt: skip


def _moved(first: Sequence[float], second: Sequence[float], share: float) -> list[float]:
    return [a + (b - a) * share for a, b in zip(first, second, strict=False)]


def _between_curves(first: Sequence[float], second: Sequence[float], share: float, *, is_closed: bool) -> list[float]:
    a, b = _paired(first), _paired(second)
    if is_closed:
        a, b = [*a, a[0]], [*b, b[0]]
    moved = [(a[i][0] + (b[j][0] - a[i][0]) * share, a[i][1] + (b[j][1] - a[i][1]) * share) for i, j in _partners(a, b)]
    thinned = _thinned(moved, most=max(len(a), len(b)))
    if is_closed:
        thinned = thinned[:-1] if len(thinned) > 3 else moved[:-1]
    return [value for point in thinned for value in point]


def _paired(points: Sequence[float]) -> list[Point]:
    return list(zip(points[::2], points[1::2], strict=False))


def _along(curve: Sequence[Point]) -> list[float]:
    """How far along the curve each point lies, 0 … 1."""
    far, total = [0.0], 0.0
    for (ax, ay), (bx, by) in pairwise(curve):
        total += hypot(bx - ax, by - ay)
        far.append(total)
    return [each / total for each in far] if total else [i / max(1, len(far) - 1) for i in range(len(far))]


def _partners(a: Sequence[Point], b: Sequence[Point]) -> list[tuple[int, int]]:
    """Each point with the one that lies as far along the other curve, in order; none stays alone."""
    along_a, along_b = _along(a), _along(b)
    pairs = {(i, _nearest(along_b, far)) for i, far in enumerate(along_a)}
    chosen = {j for _, j in pairs}
    pairs |= {(_nearest(along_a, far), j) for j, far in enumerate(along_b) if j not in chosen}
    return sorted(pairs)


def _nearest(places: Sequence[float], far: float) -> int:
    after = bisect_right(places, far)
    candidates = [place for place in (after - 1, after) if 0 <= place < len(places)]
    return min(candidates, key=lambda place: abs(places[place] - far))


def _thinned(curve: Sequence[Point], *, most: int) -> list[Point]:
    """Without points that lie closer to the one before than half of what they would on average; the ends stay."""
    length = sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(curve))
    nearest = length / max(1, most - 1) / 2
    kept = [curve[0]]
    for point in curve[1:-1]:
        if hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= nearest:
            kept.append(point)
    return [*kept, curve[-1]]
