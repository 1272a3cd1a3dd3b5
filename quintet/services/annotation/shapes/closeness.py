"""How close two figures are that were drawn apart: by two people, or by one and the truth.

Areas are as alike as `likeness` says, those of different forms as their outlines are. What has no area is close when
its points are.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from msgspec.structs import replace

from quintet.services.annotation.shapes.figures import Figure, form_of
from quintet.services.annotation.shapes.likeness import box_of, likeness, likeness_of_outlines

Point = tuple[float, float]
_STATIONS = 16
_AREAS = {"rectangle", "polygon", "ellipse", "mask"}


def closeness(one: Figure, other: Figure, *, pixels: float) -> float:
    """0 … 1. Cuboids are as close as the rectangles around them.

    pixels   how far apart points are on the average when they are not close at all: points are compared one by one,
             lines at stations along their way, whichever end they begin at
    """
    kinds = {form_of(one), form_of(other)}
    if len(kinds) > 1:
        return likeness_of_outlines(one, other) if kinds <= _AREAS else 0.0
    if one.type == "cuboid":
        return likeness(_as_rectangle(one), _as_rectangle(other))
    if one.type == "points":
        return _nearness(_paired(one.points), _paired(other.points), pixels)
    if one.type == "polyline":
        along, across = _stations(_paired(one.points)), _stations(_paired(other.points))
        return max(_nearness(along, across, pixels), _nearness(along, across[::-1], pixels))
    return likeness(one, other)


def _as_rectangle(figure: Figure) -> Figure:
    return replace(figure, type="rectangle", points=list(box_of(figure.points)))


def _paired(points: Sequence[float]) -> list[Point]:
    return list(zip(points[::2], points[1::2], strict=False))


def _nearness(ones: Sequence[Point], others: Sequence[Point], pixels: float) -> float:
    if len(ones) != len(others):
        return 0.0
    apart = sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in zip(ones, others, strict=True)) / len(ones)
    return max(0.0, 1.0 - apart / pixels)


def _stations(line: Sequence[Point]) -> list[Point]:
    """Points at equal distances along it, the ends among them."""
    lengths = [hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(line)]
    total, found, done, side = sum(lengths), [], 0.0, 0
    for station in range(_STATIONS):
        wanted = total * station / (_STATIONS - 1)
        while side < len(lengths) - 1 and done + lengths[side] < wanted:
            done += lengths[side]
            side += 1
        share = min(1.0, (wanted - done) / lengths[side]) if lengths[side] else 0.0
        (ax, ay), (bx, by) = line[side], line[side + 1]
        found.append((ax + (bx - ax) * share, ay + (by - ay) * share))
    return found
