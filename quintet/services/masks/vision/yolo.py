"""Foreign networks that answer as YOLO exports do."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.decode import Floats, best_above, faces_among
from quintet.services.masks.vision.letterbox import Pixels, Placement
from quintet.services.masks.vision.registry import NOTHING, DamagedModel, Model

# Rounding may carry a probability a hair beyond 1.
_A_HAIR = 1e-3


def tensor_of(canvas: Pixels) -> Floats:
    """The canvas as such networks see it: float32 (1, 3, height, width), RGB, 0 to 1."""
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def foreign_faces_from(
    answers: Sequence[NDArray[np.generic]], model: Model, least: float, placement: Placement
) -> Floats:
    """As decode.faces_from, from boxes as centre and size in canvas pixels.

    answers  the network's outputs; the first counts: (1, 4 + C, N), or either of (1, N, 4 + C) and, with objectness
             before the classes, (1, N, 5 + C)

    Raises   DamagedModel for another shape, and for scores that are not what model.json calls them
    """
    rows = _by_channel(np.asarray(answers[0], np.float32), model)
    known = [column for column, ours in enumerate(model.classes) if ours != NOTHING]
    first = len(rows) - len(model.classes)
    scores = _probabilities(rows[4:], model)
    classes = scores[first - 4 :][known]
    if first == 5:
        classes = classes * scores[0]
    best = classes.max(0)
    kept = best_above(best, least)
    centre, half = rows[:2, kept].T, rows[2:4, kept].T / 2
    boxes = placement.boxes_on_picture(np.concatenate([centre - half, centre + half], 1))
    return faces_among(np.array(known)[classes[:, kept].argmax(0)], best[kept], boxes, model.overlap, model.most_faces)


def _by_channel(answer: Floats, model: Model) -> Floats:
    """(4 + C or 5 + C, N), whichever way round the network has it."""
    kinds = len(model.classes)
    if answer.ndim == 3 and answer.shape[0] == 1:
        if answer.shape[1] == 4 + kinds:
            return cast(Floats, answer[0])
        if answer.shape[2] in (4 + kinds, 5 + kinds):
            return cast(Floats, answer[0].T)
    raise DamagedModel(
        f"model {model.name!r} answers {answer.shape}, which with {kinds} classes is neither (1, {4 + kinds}, N) "
        f"nor (1, N, {4 + kinds}) nor, with objectness, (1, N, {5 + kinds}); export it without NMS, and name all of "
        "its classes"
    )


def _probabilities(scores: Floats, model: Model) -> Floats:
    if model.scores == "logits":
        return cast(Floats, 1 / (1 + np.exp(-np.clip(scores, -60, 60))))
    if scores.size and not (scores.min() >= -_A_HAIR and scores.max() <= 1 + _A_HAIR):
        raise DamagedModel(
            f"model {model.name!r} gives scores from {scores.min():.2f} to {scores.max():.2f}, which are no "
            'probabilities: if they have yet to go through a sigmoid, say "scores": "logits"'
        )
    return scores
