"""Which frames of an upload are a task's, and how they are cut into segments."""

import re
from collections.abc import Sequence

_STEP = re.compile(r"step\s*=\s*([1-9]\d{0,8})", re.ASCII)


def step_of(frame_filter: str) -> int | None:
    """The N of `step=N`; None where it is not said.

    >>> step_of("step=5"), step_of("every other one")
    (5, None)
    """
    found = _STEP.search(frame_filter)
    return int(found[1]) if found else None


def selected(count: int, *, start: int, stop: int | None, step: int) -> range:
    """Numbers of the frames that were chosen among `count`; `stop` is the last one that may be.

    >>> list(selected(10, start=2, stop=7, step=3))
    [2, 5]
    """
    last = count - 1 if stop is None else min(stop, count - 1)
    return range(start, last + 1, step)


def overlap_of(segment_size: int, size: int, *, asked: int | None, is_video: bool) -> int:
    """Frames that neighbouring segments share, in truth: never more than half a segment."""
    segment = segment_size or size
    wanted = asked if asked is not None else (5 if is_video else 0)
    return min(wanted, segment // 2)


def segments(size: int, *, segment_size: int, overlap: int, first: int = 0) -> Sequence[tuple[int, int]]:
    """First and last frame of each; the last segment may lie wholly inside the one before.

    >>> segments(90, segment_size=30, overlap=5)
    [(0, 29), (25, 54), (50, 79), (75, 89)]
    >>> segments(5, segment_size=2, overlap=1)
    [(0, 1), (1, 2), (2, 3), (3, 4), (4, 4)]
    """
    length = segment_size or size
    starts = range(0, size, length - overlap) if segment_size else [0]
    return [(first + start, first + min(start + length, size) - 1) for start in starts]
