"""From pixels to polygons."""

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
