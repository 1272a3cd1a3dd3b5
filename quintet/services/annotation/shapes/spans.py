"""Pixels row by row: masks as people store them, as runs of pixels, are never unfolded farther than somebody looks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
# How many pixels are unfolded at once where rows are turned into columns.
_AT_ONCE = 1 << 22


class Spans(NamedTuple):
    """Neighbouring pixels of a row: from `starts` up to `ends`, which are not part of them. Ordered; none touch."""

    rows: Places
    starts: Places
    ends: Places

    @property
    def area(self) -> int:
        """How many pixels."""
        return int((self.ends - self.starts).sum())

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom; right and bottom are not part of it. Nothing has no box."""
        return int(self.starts.min()), int(self.rows[0]), int(self.ends.max()), int(self.rows[-1]) + 1


def spans_of_mask(points: Sequence[float]) -> Spans:
    """What a mask marks.

    points   counts of pixels in its box, row by row, background first; then left, top, right, bottom of the box, whose
             last pixels are part of it

    >>> spans_of_mask([1, 2, 2, 1, 10, 20, 12, 21])
    Spans(rows=array([20, 21]), starts=array([11, 12]), ends=array([13, 13]))
    """
    left, top, right, _ = (int(value) for value in points[-4:])
    found = spans_of_counts(points[:-4], right - left + 1)
    return Spans(found.rows + top, found.starts + left, found.ends + left)


def spans_of_counts(counts: Sequence[float], width: int) -> Spans:
    """Runs over rows so wide, background first."""
    ends = np.cumsum(np.asarray(counts, np.int64))
    starts, ends = _joined(ends[:-1:2], ends[1::2])
    first, rows_each = starts // width, (ends - 1) // width - starts // width + 1
    run = np.repeat(np.arange(len(starts)), rows_each)
    rows = np.arange(len(run)) - np.repeat(np.cumsum(rows_each) - rows_each - first, rows_each)
    before = rows * width
    return Spans(rows, np.maximum(starts[run] - before, 0), np.minimum(ends[run] - before, width))


def _joined(starts: Places, ends: Places) -> tuple[Places, Places]:
    """Without empty runs; those that touch are one."""
    is_something = ends > starts
    starts, ends = starts[is_something], ends[is_something]
    begins = np.ones(len(starts), bool)
    begins[1:] = starts[1:] > ends[:-1]
    return starts[begins], ends[np.append(begins[1:], len(ends) > 0)[: len(ends)]]


def counts_of(spans: Spans, width: int, height: int) -> list[int]:
    """The other way; spans lie within a field so wide and so high."""
    starts, ends = _joined(spans.rows * width + spans.starts, spans.rows * width + spans.ends)
    bounds = np.column_stack((starts, ends)).ravel()
    counts: list[int] = np.diff(bounds, prepend=0).tolist()
    rest = width * height - (int(ends[-1]) if len(ends) else 0)
    return [*counts, rest] if rest else counts


def mask_of(spans: Spans) -> list[float]:
    """The numbers of a mask in the smallest box. Raises ValueError where nothing is marked.

    >>> mask_of(spans_of_mask([1, 2, 2, 1, 10, 20, 12, 21]))
    [0.0, 2.0, 1.0, 1.0, 11.0, 20.0, 12.0, 21.0]
    """
    if not len(spans.rows):
        raise ValueError("a mask of nothing")
    left, top, right, bottom = spans.box
    inside = Spans(spans.rows - top, spans.starts - left, spans.ends - left)
    counts = counts_of(inside, right - left, bottom - top)
    return [float(value) for value in (*counts, left, top, right - 1, bottom - 1)]


def spans_of_bitmap(bitmap: NDArray[np.bool_]) -> Spans:
    """What is set in (rows, columns)."""
    edges = np.diff(np.pad(bitmap, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return Spans(rows.astype(np.int64), starts.astype(np.int64), np.nonzero(edges == -1)[1].astype(np.int64))


def bitmap_of(spans: Spans, left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    """What is set in this window, (rows, columns)."""
    inside = clipped(spans, left, top, right, bottom)
    edges = np.zeros((bottom - top, right - left + 1), np.int8)
    edges[inside.rows - top, inside.starts - left] = 1
    edges[inside.rows - top, inside.ends - left] -= 1
    return np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1].astype(bool)


def clipped(spans: Spans, left: int, top: int, right: int, bottom: int) -> Spans:
    """What lies in this window."""
    starts, ends = np.maximum(spans.starts, left), np.minimum(spans.ends, right)
    is_inside = (ends > starts) & (spans.rows >= top) & (spans.rows < bottom)
    return Spans(spans.rows[is_inside], starts[is_inside], ends[is_inside])


def turned(spans: Spans) -> Spans:
    """Rows for columns, as COCO counts them; unfolded a strip at a time."""
    if not len(spans.rows):
        return spans
    return Spans(*(np.concatenate(each) for each in zip(*_strips(spans), strict=True)))


def _strips(spans: Spans) -> Iterator[Spans]:
    left, top, right, bottom = spans.box
    wide = max(1, _AT_ONCE // (bottom - top))
    for begin in range(left, right, wide):
        strip = spans_of_bitmap(bitmap_of(spans, begin, top, min(begin + wide, right), bottom).T)
        yield Spans(strip.rows + begin, strip.starts + top, strip.ends + top)


def common_area(one: Spans, other: Spans) -> int:
    """How many pixels are in both."""
    if not len(one.rows) or not len(other.rows):
        return 0
    width = int(max(one.ends.max(), other.ends.max())) + 1
    places = np.column_stack((other.starts, other.ends)).ravel() + np.repeat(other.rows * width, 2)
    covered = np.repeat(np.cumsum(other.ends - other.starts), 2)
    covered[::2] -= other.ends - other.starts
    before = one.rows * width
    up_to_end, up_to_start = (np.interp(before + edge, places, covered) for edge in (one.ends, one.starts))
    return round(float((up_to_end - up_to_start).sum()))
