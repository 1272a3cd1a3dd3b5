"""Two looks at one picture: at it, and at its mirror image in another size."""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.tests.vision_makers import make_blind
from quintet.services.masks.vision.adding import add_model
from quintet.services.masks.vision.decode import Floats, overlaps, without_overlaps
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.engines import Array
from quintet.services.masks.vision.letterbox import GREY, Pixels, resize_letterboxed
from quintet.services.masks.vision.looks import SAME, joined, mirrored_back
from quintet.services.masks.vision.registry import SHIPPED, DamagedModel, Model, find_model, read_model


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
        kept: list[int] = []
        for place in range(count):
            if all(overlaps(boxes[[place]], boxes[[other]])[0, 0] <= 0.5 for other in kept):
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
        def run(self, canvas: Pixels, *, mirrored: bool = False) -> list[Array]:
            seen.append(canvas.shape[:2])
            return super().run(canvas, mirrored=mirrored)

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


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A model whose second network finds nothing."""
    folder = tmp_path / "two"
    shutil.copytree(SHIPPED / "fast", folder)
    second = make_blind(folder / "second.onnx")
    told = json.loads((folder / "model.json").read_text())
    told["input"] |= {"mirrored_long_side": 416, "most_pixels": 0}
    told["second"] = {"file": second.name, "sha256": hashlib.sha256(second.read_bytes()).hexdigest()}
    (folder / "model.json").write_text(json.dumps(told | {"calibration": {}}))
    return folder


def scores_of(model: Model) -> list[float]:
    return [face.score for face in Detector(model).detect(make_blotches(416, 320), 0.02)]


def test_another_network_may_look_at_the_mirror_image(two: Path) -> None:
    model = read_model(two)
    alone = scores_of(dataclasses.replace(model, mirrored=0, second=None))
    assert len(alone) >= 2
    with_the_blind = scores_of(model)
    assert with_the_blind == pytest.approx([score / 2 for score in alone if score / 2 >= 0.02], abs=1e-3)
    with_the_same = scores_of(dataclasses.replace(model, second=model.network))
    assert with_the_same == scores_of(dataclasses.replace(model, second=None)) != with_the_blind


def test_a_model_of_two_networks_is_added_whole_or_not_at_all(two: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    added = add_model(models, two / "model.onnx", two / "model.json", "mine")
    assert scores_of(added) == scores_of(read_model(two))
    assert sorted(path.name for path in added.folder.iterdir()) == ["model.json", "model.onnx", "second.onnx"]

    (two / "second.onnx").write_bytes(b"something else")
    with pytest.raises(DamagedModel, match=r"second\.onnx has sha256"):
        add_model(models, two / "model.onnx", two / "model.json", "other")
    (two / "second.onnx").unlink()
    with pytest.raises(DamagedModel, match=r"second\.onnx cannot be read"):
        add_model(models, two / "model.onnx", two / "model.json", "other")
    with pytest.raises(DamagedModel, match=r"second\.onnx cannot be read"):
        Detector(read_model(two))
    assert [path.name for path in models.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"input": {"long_side": 416}}, "nothing for it to look at"),
        ({"second": {"file": "second.onnx"}}, "lacks or garbles 'sha256'"),
        ({"second": "second.onnx"}, "lacks or garbles"),
    ],
)
def test_a_second_network_that_makes_no_sense_is_refused(two: Path, told: dict[str, Any], why: str) -> None:
    before = json.loads((two / "model.json").read_text())
    (two / "model.json").write_text(json.dumps(before | told))
    with pytest.raises(DamagedModel, match=why):
        read_model(two)
