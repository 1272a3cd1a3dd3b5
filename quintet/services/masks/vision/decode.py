"""From what the network answers to faces on the picture."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.letterbox import Placement

Floats = NDArray[np.float32]

# Overlaps are compared pair by pair, so a noisy picture must not bring tens of thousands of candidates.
MOST_CANDIDATES = 1000
# Up to so many boxes a table of all pairs is the quicker way.
_ALL_PAIRS = 256


def points_of(height: int, width: int, strides: Sequence[int]) -> tuple[Floats, Floats]:
    """Centre x, y of every point in canvas pixels (points, 2), and its stride (points, 1); level by level."""
    return _points_of(height, width, tuple(strides))


# A video's frames all have one size, and pictures few.
@lru_cache(maxsize=32)
def _points_of(height: int, width: int, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    points, steps = [], []
    for stride in strides:
        # A level has a row for each stride that was begun, also where less than half of it lies on the canvas.
        y, x = np.mgrid[: -(-height // stride), : -(-width // stride)] * stride + stride / 2
        points.append(np.stack([x.ravel(), y.ravel()], 1))
        steps.append(np.full((x.size, 1), stride))
    found = np.concatenate(points).astype(np.float32), np.concatenate(steps).astype(np.float32)
    for array in found:
        array.flags.writeable = False
    return found


def faces_from(
    logits: Floats,
    distances: Floats,
    canvas: tuple[int, int],
    strides: Sequence[int],
    *,
    threshold: float,
    overlap: float,
    most: int,
    placement: Placement,
    softplus: bool = False,
) -> Floats:
    """Decode, keep what scores enough, and keep one of those that overlap.

    logits     (points, classes)
    distances  (points, 4): left, top, right, bottom from the point, in units of its stride
    canvas     height and width the network saw
    softplus   distances have yet to go through it: for all points the network would take a twentieth of its time

    Returns    (faces, 6): class, score, x1, y1, x2, y2 in picture pixels; best score first
    """
    # Far quicker than logits.max(1), which goes through thousands of rows one by one.
    best = np.max(logits.T.copy(), 0)
    # A score is a sigmoid: compare before it, so that only survivors are computed.
    kept = best_above(best, float(np.log(threshold / (1 - threshold))))
    points, steps = points_of(*canvas, strides)
    told = np.logaddexp(np.float32(0), distances[kept]) if softplus else distances[kept]
    here, reach = points[kept], told * steps[kept]
    boxes = placement.boxes_on_picture(np.concatenate([here - reach[:, :2], here + reach[:, 2:]], 1))
    return faces_among(logits[kept].argmax(1), 1 / (1 + np.exp(-best[kept])), boxes, overlap, most)


def best_above(scores: Floats, threshold: float) -> NDArray[np.intp]:
    """Where scores lie above the threshold, best first; only so many as can be compared in time."""
    kept = np.flatnonzero(scores > threshold)
    return kept[np.argsort(-scores[kept], kind="stable")][:MOST_CANDIDATES]


def faces_among(kinds: NDArray[np.intp], scores: Floats, boxes: Floats, overlap: float, most: int) -> Floats:
    """Candidates on the picture, best first, less those without an area and those that a better one overlaps.

    Returns    (faces, 6): class, score, x1, y1, x2, y2
    """
    solid = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(1))
    alone = solid[without_overlaps(boxes[solid], overlap)[:most]]
    return np.concatenate([kinds[alone, None], scores[alone, None], boxes[alone]], 1).astype(np.float32)


def overlaps(ours: Floats, theirs: Floats) -> Floats:
    """IoU of every box with every other (ours, theirs)."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = np.prod(ours[:, 2:] - ours[:, :2], 1)[:, None] + np.prod(theirs[:, 2:] - theirs[:, :2], 1)[None]
    shares: Floats = (shared / np.maximum(areas - shared, 1e-9)).astype(np.float32)
    return shares


def without_overlaps(boxes: Floats, overlap: float) -> NDArray[np.intp]:
    """Indices of boxes, best first, that no better kept box overlaps more than so much (IoU).

    A face has one class, the one it scores most in, so boxes of different classes push each other out too.
    """
    return _one_by_one(boxes, overlap) if len(boxes) > _ALL_PAIRS else _all_pairs(boxes, overlap)


def _all_pairs(boxes: Floats, overlap: float) -> NDArray[np.intp]:
    """By one table of all pairs: a few passes over it instead of a few for every box."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    sides = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - low
    shared = np.maximum(sides[..., 0], 0) * np.maximum(sides[..., 1], 0)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    push_out = shared > overlap * (areas[:, None] + areas - shared)
    out = np.zeros(len(boxes), bool)
    # Whoever pushes nobody out but itself needs no turn.
    for place in np.flatnonzero(push_out.sum(1) > 1):
        if not out[place]:
            out[place + 1 :] |= push_out[place, place + 1 :]
    return np.flatnonzero(~out)


def _one_by_one(boxes: Floats, overlap: float) -> NDArray[np.intp]:
    sides = boxes[:, 2:] - boxes[:, :2]
    areas = sides[:, 0] * sides[:, 1]
    left = np.arange(len(boxes))
    kept = []
    while len(left):
        first, left = left[0], left[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[left, :2])
        high = np.minimum(boxes[first, 2:], boxes[left, 2:])
        both = np.maximum(high - low, 0)
        shared = both[:, 0] * both[:, 1]
        left = left[shared <= overlap * (areas[first] + areas[left] - shared)]
    return np.array(kept, np.intp)
