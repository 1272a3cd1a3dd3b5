"""Scores as shares: of those near 0.8, about eight in ten are right.

A network's own scores order faces well and say little else. Platt scaling keeps the order: the logit of the calibrated
score is a straight line over the logit of the network's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Scores of 0 and 1 have no logit.
_EDGE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """slope, offset   of the line; as they stand here nothing changes."""

    slope: float = 1.0
    offset: float = 0.0

    def of(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated scores of the network's."""
        if self == AS_IT_IS:
            return scores
        return _score(self.slope * _logit(scores) + self.offset).astype(np.float32)

    def before(self, score: float) -> float:
        """The network's score that is calibrated to this one."""
        if self == AS_IT_IS:
            return score
        return float(_score((_logit(np.float64(score)) - self.offset) / self.slope))


AS_IT_IS = Calibration()


def fitted(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """The line that makes what happened likeliest (Newton's method; Platt 1999).

    scores   the network's, 0..1
    right    whether each detection was right
    """
    logits, happened = _logit(scores), right.astype(np.float64)
    line = np.array([1.0, 0.0])
    inputs = np.stack([logits, np.ones_like(logits)], 1)
    for _ in range(50):
        likely = _score(inputs @ line)
        slope = inputs.T @ (likely - happened)
        bend = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + 1e-9 * np.eye(2)
        line = line - np.linalg.solve(bend, slope)
    return Calibration(float(line[0]), float(line[1]))


def _logit(scores: NDArray[np.floating] | np.float64) -> NDArray[np.float64]:
    inside = np.clip(np.asarray(scores, np.float64), _EDGE, 1 - _EDGE)
    logits: NDArray[np.float64] = np.log(inside / (1 - inside))
    return logits


def _score(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return scores
