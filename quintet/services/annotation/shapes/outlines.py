"""From pixels to polygons, and back."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]


def outlines(bitmap: NDArray[np.bool_]) -> list[list[float]]:
    """The outer edges of what is set, along the sides of pixels: x, y, x, y, … of each piece; holes are left out.

    bitmap   (rows, columns); pixels that touch at a corner alone are two pieces

    >>> outlines(np.array([[True, True], [False, True]]))
    [[0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 1.0, 2.0, 1.0, 1.0, 0.0, 1.0]]
    """
    following = _edges(bitmap)
    found = []
    while following:
        start = min(following)
        loop = _loop(start, following)
        if sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*loop, loop[0]])) > 0:
            found.append([float(value) for corner in loop for value in corner])
    return found


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
    next_xs, next_ys = np.roll(xs, -1), np.roll(ys, -1)
    first, end = (np.clip(np.ceil(of(ys, next_ys) - 0.5), top, bottom).astype(int) for of in (np.minimum, np.maximum))
    crossed = end - first
    side = np.repeat(np.arange(len(xs)), crossed)
    rows = np.arange(crossed.sum()) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[side]
    share = (rows + 0.5 - ys[side]) / (next_ys - ys)[side]
    columns = np.clip(np.ceil(xs[side] + (next_xs - xs)[side] * share - 0.5), left, right).astype(int)
    turns = np.zeros((bottom - top, right - left + 1), np.int32)
    np.add.at(turns, (rows - top, columns - left), 1)
    return (slice(top, bottom), slice(left, right)), (np.cumsum(turns, axis=1)[:, :-1] & 1).astype(bool)


def _edges(bitmap: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """Where each side goes on to; what is set lies to the right of who walks along."""
    padded = np.pad(bitmap, 1)
    inside = padded[1:-1, 1:-1]
    sides = (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),
        (padded[1:-1, 2:], (1, 0), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (0, 1)),
        (padded[1:-1, :-2], (0, 1), (0, 0)),
    )
    following: dict[Corner, list[Corner]] = {}
    for neighbour, (ax, ay), (bx, by) in sides:
        rows, columns = np.nonzero(inside & ~neighbour)
        for y, x in zip(rows.tolist(), columns.tolist(), strict=True):
            following.setdefault((x + ax, y + ay), []).append((x + bx, y + by))
    return following


def _loop(start: Corner, following: dict[Corner, list[Corner]]) -> list[Corner]:
    """Walk until the beginning is reached; where two ways go on, to the right. Only corners are kept."""
    corners: list[Corner] = []
    here, step = start, (0, 0)
    while here in following:
        x, y = here
        ways = following[here]
        right = (x - step[1], y + step[0])
        there = right if right in ways else ways[0]
        ways.remove(there)
        if not ways:
            del following[here]
        towards = (there[0] - x, there[1] - y)
        if towards != step:
            corners.append(here)
        here, step = there, towards
    return corners
