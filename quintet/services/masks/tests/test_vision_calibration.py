"""Scores say how often they are right."""

import dataclasses

import numpy as np
import pytest

from quintet.services.masks.tests.test_vision_looks import make_blotches
from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration, fitted
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.registry import find_model

STEEP = Calibration(slope=2.0, offset=-1.0)


def test_a_calibrated_score_is_found_again_and_keeps_its_place() -> None:
    scores = np.array([0.01, 0.2, 0.5, 0.7, 0.99], np.float32)
    calibrated = STEEP.of(scores)
    assert calibrated[2] == pytest.approx(1 / (1 + np.e))
    assert (np.diff(calibrated) > 0).all()
    assert [STEEP.before(score) for score in calibrated] == pytest.approx(scores.tolist(), abs=1e-4)
    assert AS_IT_IS.of(scores) is scores


def test_scores_that_were_bent_are_straightened() -> None:
    dice = np.random.default_rng(2)
    honest = dice.uniform(0.01, 0.99, 20_000)
    right = dice.random(20_000) < honest
    bent = np.array([STEEP.before(score) for score in honest])
    found = fitted(bent, right)
    assert (found.slope, found.offset) == pytest.approx((STEEP.slope, STEEP.offset), abs=0.1)


def test_a_detector_answers_calibrated_scores_and_holds_them_against_the_threshold() -> None:
    model = dataclasses.replace(find_model("fast"), calibration=AS_IT_IS)
    plain, steep = Detector(model), Detector(dataclasses.replace(model, calibration=STEEP))
    picture = make_blotches(416, 320)
    before = plain.detect(picture, 0.01)
    assert before
    expected = STEEP.of(np.array([face.score for face in before], np.float32))
    middle = float(np.sort(expected)[len(expected) // 2])
    after = steep.detect(picture, middle * 0.999)
    assert [face.score for face in after] == pytest.approx([s for s in expected.tolist() if s >= middle], abs=1e-4)
