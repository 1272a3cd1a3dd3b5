"""From what the network answers to faces on the picture."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.letterbox import Placement

Floats = NDArray[np.float32]

# Overlaps are compared pair by pair, so a noisy picture must not bring tens of thousands of candidates.
MOST_CANDIDATES = 1000


def points_of(height: int, width: int, strides: Sequence[int]) -> tuple[Floats, Floats]:
    """Centre x, y of every point in canvas pixels (points, 2), and its stride (points, 1); level by level."""
    return _points_of(height, width, tuple(strides))


# A video's frames all have one size, and pictures few.
@lru_cache(maxsize=32)
def _points_of(height: int, width: int, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    points, steps = [], []
    for stride in strides:
        y, x = np.mgrid[stride / 2 : height : stride, stride / 2 : width : stride]
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
) -> Floats:
    """Decode, keep what scores enough, and keep one of those that overlap.

    logits     (points, classes)
    distances  (points, 4): left, top, right, bottom from the point, in units of its stride
    canvas     height and width the network saw

    Returns    (faces, 6): class, score, x1, y1, x2, y2 in picture pixels; best score first
    """
    best = logits.max(1)
    # A score is a sigmoid: compare before it, so that only survivors are computed.
    kept = np.flatnonzero(best > np.log(threshold / (1 - threshold)))
    kept = kept[np.argsort(-best[kept], kind="stable")][:MOST_CANDIDATES]
    points, steps = points_of(*canvas, strides)
    reach = distances[kept] * steps[kept]
    boxes = placement.boxes_on_picture(np.concatenate([points[kept] - reach[:, :2], points[kept] + reach[:, 2:]], 1))
    kept, boxes = kept[(solid := (boxes[:, 2:] > boxes[:, :2]).all(1))], boxes[solid]
    alone = without_overlaps(boxes, overlap)[:most]
    kinds, scores = logits[kept].argmax(1), 1 / (1 + np.exp(-best[kept]))
    return np.concatenate([kinds[alone, None], scores[alone, None], boxes[alone]], 1).astype(np.float32)


def without_overlaps(boxes: Floats, overlap: float) -> NDArray[np.intp]:
    """Indices of boxes, best first, that no better kept box overlaps more than so much (IoU).

    A face has one class, the one it scores most in, so boxes of different classes push each other out too.
    """
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
