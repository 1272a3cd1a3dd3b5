"""Faces are followed: one person counts once, whatever the detector misses, flickers or mistakes for a moment."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration
from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.tracking import (
    COUNTED_FRAMES,
    MISSED_FRAMES,
    Tracker,
    Tracklet,
    best_pairs,
    counts_as_a_person,
    overlaps,
)

Seen = Callable[[int], Sequence[Face]]


def face(x: float, y: float, side: float = 20, *, score: float = 0.9, wearing: Wearing = "with_mask") -> Face:
    return Face(x, y, x + side, y + side, wearing, score)


def followed(seen: Seen, frames: int = 60, stride: int = 2) -> list[Tracklet]:
    tracker = Tracker(stride=stride)
    for frame in range(0, frames, stride):
        tracker.step(frame, seen(frame))
    return tracker.everybody()


def counted(seen: Seen, frames: int = 60, stride: int = 2) -> list[Tracklet]:
    people = followed(seen, frames, stride)
    return [one for one in people if counts_as_a_person(best=one.best, frames=one.seen * stride)]


@pytest.mark.parametrize("stride", [1, 2, 5])
def test_somebody_who_walks_by_counts_once(stride: int) -> None:
    assert len(counted(lambda frame: [face(10 + 3 * frame, 50)], stride=stride)) == 1


def test_two_who_walk_past_each_other_count_twice_and_keep_their_names() -> None:
    people = counted(lambda frame: [face(0 + 4 * frame, 50), face(240 - 4 * frame, 56)])
    assert len(people) == 2
    assert people[0].box[0] > people[0].first_box[0]
    assert people[1].box[0] < people[1].first_box[0]


def test_somebody_behind_a_pillar_is_the_same_afterwards() -> None:
    assert len(counted(lambda frame: [] if 20 <= frame < 20 + MISSED_FRAMES - 4 else [face(10 + 2 * frame, 50)])) == 1


def test_somebody_who_is_away_too_long_is_somebody_else() -> None:
    assert len(counted(lambda frame: [] if 20 <= frame < 24 + MISSED_FRAMES else [face(50, 50)], frames=80)) == 2


def test_calibrated_scores_are_followed_as_the_networks_own_and_shown_as_they_are() -> None:
    calibration = Calibration(slope=3.6, offset=-0.5)
    own = [0.9, 0.3, 0.6, 0.27, 0.24, 0.7, 0.49, 0.66]

    def way(calibration: Calibration) -> Tracklet:
        tracker = Tracker(calibration=calibration)
        for frame, score in enumerate(calibration.of(np.array(own, np.float32)).tolist()):
            tracker.step(frame, [face(50, 50, score=score)] if score >= tracker.least else [])
        (one,) = tracker.everybody()
        return one

    told, plain = way(calibration), way(AS_IT_IS)
    assert (told.seen, told.last) == (plain.seen, plain.last) == (7, 7)
    assert told.best == pytest.approx(plain.best)
    assert told.votes == pytest.approx(plain.votes)
    assert told.score == pytest.approx(calibration.of(np.array([0.66], np.float32))[0])
    assert plain.score == pytest.approx(0.66)


def test_unsure_faces_go_on_with_somebody_and_begin_nobody() -> None:
    assert followed(lambda frame: [face(50, 50, score=0.4)]) == []
    people = counted(lambda frame: [face(50 + frame, 50, score=0.9 if frame < 4 else 0.3)])
    assert len(people) == 1
    assert people[0].last == 58


def test_a_small_face_that_moves_by_its_own_width_is_still_one() -> None:
    assert len(counted(lambda frame: [face(10 + 6 * frame, 50, 12)])) == 1


@pytest.mark.parametrize("score", [0.5, 0.64])
def test_who_is_never_sure_does_not_count(score: float) -> None:
    assert counted(lambda frame: [face(50, 50, score=score)]) == []


def test_a_flicker_does_not_count() -> None:
    assert counted(lambda frame: [face(50, 50)] if frame < COUNTED_FRAMES - 2 else []) == []
    assert len(counted(lambda frame: [face(50, 50)] if frame < COUNTED_FRAMES else [])) == 1


def test_what_somebody_wears_is_what_most_of_their_faces_say() -> None:
    def seen(frame: int) -> list[Face]:
        is_mistaken = frame % 6 == 0
        return [
            face(50, 50, wearing="without_mask" if is_mistaken else "with_mask", score=0.95 if is_mistaken else 0.7)
        ]

    assert [one.wearing for one in counted(seen)] == ["with_mask"]


def test_between_two_looks_a_box_moves_on() -> None:
    tracker = Tracker(stride=2)
    for frame in (0, 2, 4):
        tracker.step(frame, [face(10 + 5 * frame, 50)])
    (_, shown), *others = tracker.shown_at(5)
    assert not others
    assert shown.box == pytest.approx((35, 50, 55, 70))


def test_who_was_seen_once_and_not_surely_is_not_shown() -> None:
    tracker = Tracker(stride=2)
    tracker.step(0, [face(10, 50, score=0.6), face(90, 50, score=0.7)])
    assert [shown.x1 for _, shown in tracker.shown_at(0)] == [90]
    tracker.step(2, [face(10, 50, score=0.6)])
    assert [shown.x1 for _, shown in tracker.shown_at(2)] == [10, 90]
    tracker.step(4, [])
    assert [shown.x1 for _, shown in tracker.shown_at(4)] == [10]


def test_a_crowd_is_counted_within_a_tenth() -> None:
    """Perfect boxes with what detectors do to them: shaken, missed one time in ten, doubtful one time in ten."""
    chance = np.random.default_rng(5)
    starts = chance.uniform(0, 1800, (40, 2))
    speeds = chance.uniform(-3, 3, (40, 2))
    sides = chance.uniform(14, 60, 40)
    classes: list[Wearing] = ["with_mask" if one % 3 else "without_mask" for one in range(40)]

    def seen(frame: int) -> list[Face]:
        found = []
        for start, speed, side, wearing in zip(starts, speeds, sides, classes, strict=True):
            if chance.random() < 0.1:
                continue
            x, y = start + speed * frame + chance.normal(0, 0.05 * side, 2)
            score = chance.uniform(0.3, 0.5) if chance.random() < 0.1 else chance.uniform(0.6, 0.95)
            found.append(face(x, y, side * chance.uniform(0.93, 1.07), score=score, wearing=wearing))
        return found

    people = counted(seen, frames=200)
    assert 36 <= len(people) <= 44
    assert Counter(one.wearing for one in people)["without_mask"] == pytest.approx(14, abs=2)


def test_each_row_and_column_is_in_one_pair_at_most() -> None:
    likeness = np.array([[0.9, 0.8], [0.85, 0.1], [0.0, 0.0]])
    assert best_pairs(likeness, 0.2) == {0: 0}
    assert best_pairs(likeness, 0.05) == {0: 0, 1: 1}
    assert best_pairs(np.zeros((0, 3)), 0.2) == {}


def test_boxes_overlap_as_far_as_they_lie_on_one_another() -> None:
    ours = np.array([[0.0, 0, 10, 10], [0, 0, 0, 0]])
    found = overlaps(ours, np.array([[0.0, 0, 10, 10], [100, 100, 110, 110]]))
    assert found[0].tolist() == [1, 0]
    assert np.isfinite(found).all()
