"""Which frames somebody annotates once more, to see how good the others are."""

import hashlib
from collections.abc import Iterable


def drawn(frames: Iterable[int], count: int, *, seed: int) -> list[int]:
    """So many of the frames, ascending, or all where there are fewer; always the same for the same seed.

    More frames for the same seed are the ones before and some more.

    >>> drawn(range(100), 3, seed=1)
    [30, 71, 72]
    >>> set(drawn(range(100), 3, seed=1)) < set(drawn(range(100), 4, seed=1))
    True
    """
    return sorted(sorted(frames, key=lambda frame: hashlib.sha256(f"{seed}:{frame}".encode()).digest())[:count])
