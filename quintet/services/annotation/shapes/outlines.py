"""From pixels to polygons, and back."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quintet.services.annotation.shapes.scanlines import crossings
from quintet.services.annotation.shapes.spans import Spans, spans_of_bitmap

Corner = tuple[int, int]


def outlines(bitmap: NDArray[np.bool_]) -> list[list[float]]:
    """The outer edges of what is set, along the sides of pixels: x, y, x, y, … of each piece; holes are left out.

    bitmap   (rows, columns); pixels that touch at a corner alone are two pieces

    >>> outlines(np.array([[True, True], [False, True]]))
    [[0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 1.0, 2.0, 1.0, 1.0, 0.0, 1.0]]
    """
    return outlines_of_spans(spans_of_bitmap(bitmap))


def outlines_of_spans(spans: Spans) -> list[list[float]]:
    """The same of pixels row by row."""
    return [_flat(loop) for loop in _outer_loops(spans)]


def largest_outline(spans: Spans) -> list[float]:
    """The outer edge of the largest piece, its holes counted in."""
    return _flat(max(_outer_loops(spans), key=_doubled_area))


def _flat(loop: Sequence[Corner]) -> list[float]:
    return [float(value) for corner in loop for value in corner]


def _outer_loops(spans: Spans) -> list[list[Corner]]:
    following = _edges(spans)
    found = []
    for start in sorted(following):
        while start in following:
            loop = _loop(start, following)
            if _doubled_area(loop) > 0:
                found.append(loop)
    return found


def _doubled_area(loop: Sequence[Corner]) -> int:
    """Twice what a closed line encloses; of holes it is negative."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*loop, loop[0]]))


def covered(points: Sequence[float], *, width: int, height: int) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The pixels of a frame whose middles lie inside a polygon, which is what `outlines` goes around: rows and columns
    that hold all of them, and which of these pixels they are.

    points   x, y, x, y, …; where the polygon covers itself twice it is open

    >>> place, inside = covered([1.0, 0.0, 3.0, 0.0, 3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0], width=4, height=4)
    >>> place, inside.tolist()
    ((slice(0, 2, None), slice(1, 3, None)), [[True, True], [False, True]])
    """
    xs, ys = np.asarray(points, dtype=float).reshape(-1, 2).T
    left, right = (int(each) for each in np.clip(np.ceil([xs.min() - 0.5, xs.max() - 0.5]), 0, width))
    top, bottom = (int(each) for each in np.clip(np.ceil([ys.min() - 0.5, ys.max() - 0.5]), 0, height))
    # Only whether it is odd counts, so that a byte is enough for however many.
    turns = np.zeros((bottom - top, right - left + 1), np.uint8)
    for rows, crossed in crossings(points, first=0.5, step=1.0, lines=height):
        columns = np.clip(np.ceil(crossed - 0.5), left, right).astype(int)
        np.add.at(turns, (rows - top, columns - left), 1)
    return (slice(top, bottom), slice(left, right)), (np.cumsum(turns, axis=1, dtype=np.uint8)[:, :-1] & 1).astype(bool)


def _edges(spans: Spans) -> dict[Corner, list[Corner]]:
    """Where each side goes on to; what is set lies to the right of who walks along."""
    following: dict[Corner, list[Corner]] = {}
    for y, start, end in zip(spans.rows.tolist(), spans.starts.tolist(), spans.ends.tolist(), strict=True):
        following.setdefault((start, y + 1), []).append((start, y))
        following.setdefault((end, y), []).append((end, y + 1))
    for y, start, end, is_top in zip(*_levels(spans), strict=True):
        there, onwards = ((start, y), (end, y)) if is_top else ((end, y), (start, y))
        following.setdefault(there, []).append(onwards)
    return following


def _levels(spans: Spans) -> tuple[list[int], list[int], list[int], list[bool]]:
    """Sides that lie flat: row, start, end, and whether what is set lies below."""
    if not len(spans.rows):
        return [], [], [], []
    width = int(spans.ends.max()) + 1
    here, after = spans.rows * width, (spans.rows + 1) * width
    # A row's pixels begin at its upper side, and end at that of the next row.
    places = np.concatenate((here + spans.starts, here + spans.ends, after + spans.starts, after + spans.ends))
    places, where = np.unique(places, return_inverse=True)
    step = np.bincount(where, np.repeat((1.0, -1.0, -1.0, 1.0), len(spans.rows)))
    places, sides = places[step != 0], np.cumsum(step[step != 0])[:-1]
    flat = np.nonzero(sides)[0]
    rows = places[flat] // width
    starts, ends = places[flat] - rows * width, places[flat + 1] - rows * width
    return rows.tolist(), starts.tolist(), ends.tolist(), (sides[flat] > 0).tolist()


def _loop(start: Corner, following: dict[Corner, list[Corner]]) -> list[Corner]:
    """Walk until the beginning is reached; where two ways go on, to the right. Only corners are kept."""
    corners: list[Corner] = []
    here, step = start, (0, 0)
    while here in following:
        ways = following[here]
        there = ways[0] if len(ways) == 1 else _to_the_right(here, step, ways)
        ways.remove(there)
        if not ways:
            del following[here]
        towards = _direction(here, there)
        if towards != step:
            corners.append(here)
        here, step = there, towards
    return corners


def _direction(here: Corner, there: Corner) -> Corner:
    across, down = there[0] - here[0], there[1] - here[1]
    return (across > 0) - (across < 0), (down > 0) - (down < 0)


def _to_the_right(here: Corner, step: Corner, ways: Sequence[Corner]) -> Corner:
    wanted = -step[1], step[0]
    return next((there for there in ways if _direction(here, there) == wanted), ways[0])
