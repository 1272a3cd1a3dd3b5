"""Two looks at one picture: at it, and at its mirror image in another size."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.vision.decode import Floats, overlaps, without_overlaps
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.engines import Array
from quintet.services.masks.vision.letterbox import GREY, Pixels, resize_letterboxed
from quintet.services.masks.vision.looks import SAME, joined, mirrored_back
from quintet.services.masks.vision.registry import find_model


def faces(*rows: Sequence[float]) -> Floats:
    return np.array(rows, np.float32).reshape(-1, 6)


def test_what_both_found_has_the_mean_score_and_a_box_between_the_two() -> None:
    found = joined(faces((0, 0.9, 0, 0, 10, 10)), faces((0, 0.3, 0, 0, 10, 14)), overlap=0.5)
    assert found == pytest.approx(faces((0, 0.6, 0, 0, 10, 11)))


def test_where_they_disagree_on_the_class_the_surer_one_counts_for_half() -> None:
    found = joined(faces((0, 0.4, 0, 0, 10, 10)), faces((1, 0.8, 0, 0, 10, 10)), overlap=0.5)
    assert found == pytest.approx(faces((1, 0.4, 0, 0, 10, 10)))


def test_what_one_look_alone_found_keeps_half_its_score() -> None:
    ours, theirs = faces((0, 0.9, 0, 0, 10, 10)), faces((1, 0.8, 50, 50, 60, 60))
    assert joined(ours, theirs, overlap=0.5)[:, 1] == pytest.approx([0.45, 0.4])
    assert joined(ours, faces(), overlap=0.5) == pytest.approx(faces((0, 0.45, 0, 0, 10, 10)))
    assert joined(faces(), faces(), overlap=0.5).shape == (0, 6)


def plainly_joined(ours: Floats, theirs: Floats, overlap: float) -> list[list[float]]:
    """Pair by pair, as the docstring says it."""
    rows, met = [], set()
    shares = overlaps(ours[:, 2:], theirs[:, 2:])
    for place, one in enumerate(ours):
        other = int(shares[place].argmax()) if len(theirs) else -1
        if other < 0 or shares[place, other] <= SAME or int(shares[:, other].argmax()) != place:
            rows.append([one[0], one[1] / 2, *one[2:]])
            continue
        two = theirs[other]
        met.add(other)
        weight = one[1] / (one[1] + two[1])
        said = (one[1] + two[1]) / 2 if one[0] == two[0] else max(one[1], two[1]) / 2
        kind = one[0] if one[1] >= two[1] else two[0]
        rows.append([kind, said, *(one[2:] * weight + two[2:] * (1 - weight))])
    rows += [[two[0], two[1] / 2, *two[2:]] for place, two in enumerate(theirs) if place not in met]
    rows.sort(key=lambda row: -row[1])
    kept: list[list[float]] = []
    for row in rows:
        box = np.array([row[2:]], np.float32)
        if all(overlaps(box, np.array([other[2:]], np.float32))[0, 0] <= overlap for other in kept):
            kept.append(row)
    return kept


def test_any_two_looks_are_joined_as_pair_by_pair() -> None:
    dice = np.random.default_rng(4)
    for _ in range(100):
        looks = []
        for _ in range(2):
            count = int(dice.integers(0, 25))
            kinds, scores = dice.integers(0, 3, (count, 1)), dice.uniform(0.05, 1, (count, 1))
            low = dice.uniform(0, 60, (count, 2))
            high = low + dice.uniform(5, 40, (count, 2))
            rows = np.concatenate([kinds, scores, low, high], 1).astype(np.float32)
            rows = rows[np.argsort(-rows[:, 1])]
            looks.append(rows[without_overlaps(rows[:, 2:], 0.5)])
        ours, theirs = looks
        found = joined(ours, theirs, overlap=0.5)
        assert found == pytest.approx(faces(*plainly_joined(ours, theirs, 0.5)), abs=1e-3)


def test_any_boxes_are_thinned_out_alike_however_many_there_are() -> None:
    dice = np.random.default_rng(5)
    for count in (0, 1, 40, 256, 257, 600):
        low = dice.uniform(0, 300, (count, 2))
        boxes = np.concatenate([low, low + dice.uniform(5, 60, (count, 2))], 1).astype(np.float32)
        shared, kept = overlaps(boxes, boxes), list[int]()
        for place in range(count):
            if all(shared[place, other] <= 0.5 for other in kept):
                kept.append(place)
        assert without_overlaps(boxes, 0.5).tolist() == kept


def test_a_mirror_image_lies_at_the_left_edge_and_its_boxes_find_their_way_back() -> None:
    picture = np.zeros((40, 50, 3), np.uint8)
    picture[10:20, 5:15] = 255
    canvas, placement = resize_letterboxed(picture, 100, 32, channels=4, mirrored=True)
    assert canvas.shape == (96, 128, 4)
    rows, columns = np.nonzero(canvas[..., 0] == 255)
    assert (canvas[..., 3] == GREY).all()
    assert (canvas[:, 100:] == GREY).all()
    box = placement.boxes_on_picture(
        np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    )
    back = mirrored_back(np.concatenate([[[1, 0.5]], box], 1).astype(np.float32), placement.width)
    assert back[0].tolist() == pytest.approx([1, 0.5, 5, 10, 15, 20], abs=1)


def make_blotches(width: int, height: int) -> Pixels:
    """Light and dark blotches: no faces, but the network is not quite sure of that."""
    dice = np.random.default_rng(7)
    small = PIL.Image.fromarray(dice.integers(0, 255, (height // 12, width // 12, 3), np.uint8))
    return np.asarray(small.resize((width, height), PIL.Image.Resampling.BICUBIC))


def test_a_picture_and_its_mirror_image_are_seen_alike_by_two_looks_of_one_size() -> None:
    detector = Detector(dataclasses.replace(find_model("accurate"), side=416, mirrored=416))
    picture = make_blotches(416, 320)
    here, there = detector.detect(picture, 0.01), detector.detect(np.ascontiguousarray(picture[:, ::-1]), 0.01)
    assert here
    back = [(416 - face.x2, face.y1, 416 - face.x1, face.y2) for face in there]
    assert [face.score for face in here] == pytest.approx([face.score for face in there], abs=1e-3)
    assert np.array([face.box for face in here]) == pytest.approx(np.array(back), abs=0.1)


def looks_at(width: int, height: int, *, most_pixels: int) -> list[tuple[int, ...]]:
    """Canvases that a picture of this size is laid on, in turn."""
    seen: list[tuple[int, ...]] = []

    class Watched(Detector):
        def run(self, canvas: Pixels) -> list[Array]:
            seen.append(canvas.shape[:2])
            return super().run(canvas)

    model = dataclasses.replace(find_model("accurate"), side=640, mirrored=416, pixels=most_pixels)
    Watched(model).detect(np.zeros((height, width, 3), np.uint8))
    return seen


def test_the_second_look_is_as_large_as_the_pixels_of_both_allow() -> None:
    assert looks_at(640, 426, most_pixels=420_000) == [(448, 640), (288, 416)]
    assert looks_at(640, 480, most_pixels=420_000) == [(480, 640), (288, 384)]
    assert looks_at(640, 640, most_pixels=420_000) == [(640, 640)]
    assert looks_at(640, 640, most_pixels=0) == [(640, 640), (416, 416)]


def test_a_square_picture_is_looked_at_smaller_where_it_has_too_many_pixels() -> None:
    assert looks_at(640, 480, most_pixels=310_000) == [(480, 640)]
    assert looks_at(640, 640, most_pixels=310_000) == [(544, 544)]
    assert looks_at(100, 100, most_pixels=310_000) == [(224, 224), (224, 224)]
    assert looks_at(640, 640, most_pixels=1) == [(32, 32)]
