"""Polygons looked at along level lines: as many at once as memory bears, however many corners they have."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
# How many crossings of sides and lines are held at once.
_AT_ONCE = 1 << 20
# Lines that two polygons are compared on, and crossings that this may take: a hundredth of a percent, and some tens of
# milliseconds.
_LINES, _CROSSINGS = 2048, 1 << 19


def crossings(points: Sequence[float], *, first: float, step: float, lines: int) -> Iterator[tuple[Places, Numbers]]:
    """Where the sides of a closed polygon cross lines: the lines' numbers, and x. Each line is crossed an even number
    of times.

    points   x, y, x, y, …
    first, step, lines   line n lies at y = first + n * step
    """
    xs, ys = np.asarray(points, dtype=float).reshape(-1, 2).T
    next_xs, next_ys = np.roll(xs, -1), np.roll(ys, -1)
    begin, end = (
        np.clip(np.ceil((of(ys, next_ys) - first) / step), 0, lines).astype(np.int64) for of in (np.minimum, np.maximum)
    )  # fmt: skip
    crossed = end - begin
    for some in _some(crossed):
        side = np.repeat(np.arange(some.start, some.stop), crossed[some])
        before = np.cumsum(crossed[some]) - crossed[some]
        line = np.arange(len(side)) - np.repeat(before - begin[some], crossed[some])
        share = (first + line * step - ys[side]) / (next_ys - ys)[side]
        yield line, xs[side] + (next_xs - xs)[side] * share


def _some(counts: Places) -> Iterator[slice]:
    """Neighbours that make no more than is held at once together."""
    sums, begin = np.cumsum(counts), 0
    while begin < len(counts):
        done = int(sums[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(sums, done + _AT_ONCE, side="right")))
        yield slice(begin, stop)
        begin = stop


def likeness_on_lines(one: Sequence[float], other: Sequence[float]) -> float:
    """Common area by joint area of two polygons, reckoned from what evenly spaced lines have of each.

    one, other   x, y, x, y, …; where one covers itself twice it is open

    >>> round(likeness_on_lines([0, 0, 4, 0, 4, 4, 0, 4], [2, 0, 6, 0, 6, 4, 2, 4]), 6)
    0.333333
    """
    ys = np.concatenate([np.asarray(points, dtype=float)[1::2] for points in (one, other)])
    top, height = float(ys.min()), float(np.ptp(ys))
    if not height:
        return 0.0
    # Of a line that goes up and down many times each crosses as many sides.
    ways = sum(float(np.abs(np.diff(np.append(points[1::2], points[1]))).sum()) for points in (one, other))
    lines = int(min(_LINES, max(16, _CROSSINGS * height / ways)))
    step = height / lines
    found = [
        (line, x, np.full(len(line), which))
        for which, points in enumerate((one, other))
        for line, x in crossings(points, first=top + step / 2, step=step, lines=lines)
    ]
    line, x, which = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((x, line))
    x, which = x[order], which[order]
    # After the last crossing of a line nothing is inside of either any more.
    inside_one, inside_other = (np.cumsum(which == each)[:-1] & 1 for each in (0, 1))
    wide = np.diff(x)
    joint = float(wide[(inside_one | inside_other) == 1].sum())
    return float(wide[(inside_one & inside_other) == 1].sum()) / joint if joint > 0 else 0.0
