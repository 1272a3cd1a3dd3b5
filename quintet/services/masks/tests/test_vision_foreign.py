"""Networks that others made: whatever a YOLO export looks like, the same boxes come out of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from quintet.services.masks.tests.vision_makers import SIDE, Floats, make_meta, make_network, make_painter
from quintet.services.masks.vision import DamagedModel, Detector, Face, all_models, find_model
from quintet.services.masks.vision.adding import ModelExists, add_model
from quintet.services.masks.vision.decode import MOST_CANDIDATES

# Twice as wide as the canvas: boxes on the picture are twice those on the canvas.
PICTURE = np.zeros((SIDE, 2 * SIDE, 3), np.uint8)

# cx, cy, w, h, and a score for each class.
ROWS = np.array(
    [
        [20, 10, 16, 8, 0.9, 0.1, 0.0],
        [21, 10, 16, 8, 0.1, 0.8, 0.0],  # lies over the first
        [50, 16, 10, 12, 0.0, 0.2, 0.7],
        [50, 60, 10, 4, 0.9, 0.0, 0.0],  # in the grey below the picture
        [40, 20, 8, 8, 0.3, 0.2, 0.1],  # too unsure
        *[[5, 5, 2, 2, 0, 0, 0]] * 20,
    ],
    np.float32,
)
FOUND = [("with_mask", 0.9, (24, 12, 56, 28)), ("mask_worn_incorrect", 0.7, (90, 20, 110, 44))]


def with_objectness(rows: Floats) -> Floats:
    """As YOLOv5 has it: a face at all, and then which; the product is the score."""
    return np.concatenate([rows[:, :4], np.full((len(rows), 1), 0.95), rows[:, 4:] / 0.95], 1).astype(np.float32)


def before_sigmoid(rows: Floats) -> Floats:
    scores = np.clip(rows[:, 4:], 1e-6, 1 - 1e-6)
    return np.concatenate([rows[:, :4], np.log(scores / (1 - scores))], 1).astype(np.float32)


def add(tmp_path: Path, answer: Floats, *, side: int | str = SIDE, **told: Any) -> Detector:
    network = make_network(tmp_path / "net.onnx", answer, side=side)
    return Detector(add_model(tmp_path / "models", network, make_meta(tmp_path / "meta.json", **told)))


def told(faces: list[Face]) -> list[tuple[str, float, tuple[float, ...]]]:
    return [(face.wearing, round(face.score, 3), tuple(round(side, 2) for side in face.box)) for face in faces]


@pytest.mark.parametrize(
    "answer",
    [ROWS[None], ROWS.T[None], with_objectness(ROWS)[None]],
    ids=["(1, N, 4 + C)", "(1, 4 + C, N)", "(1, N, 5 + C)"],
)
@pytest.mark.parametrize("side", [SIDE, "side"], ids=["fixed", "dynamic"])
def test_every_shape_of_answer_gives_the_same_faces(tmp_path: Path, answer: Floats, side: int | str) -> None:
    assert told(add(tmp_path, answer, side=side).detect(PICTURE)) == FOUND


def test_scores_before_their_sigmoid_are_understood_when_told(tmp_path: Path) -> None:
    detector = add(tmp_path, before_sigmoid(ROWS).T[None], scores="logits")

    assert told(detector.detect(PICTURE)) == FOUND


def test_scores_before_their_sigmoid_are_not_taken_for_probabilities(tmp_path: Path) -> None:
    with pytest.raises(DamagedModel, match='"scores": "logits"'):
        add(tmp_path, before_sigmoid(ROWS).T[None])

    assert all_models(tmp_path / "models") == all_models()


def test_classes_that_are_none_of_ours_are_left_out(tmp_path: Path) -> None:
    detector = add(tmp_path, ROWS.T[None], classes={"mask": None, "face": "without_mask", "chin": None})

    assert told(detector.detect(PICTURE)) == [("without_mask", 0.8, (26, 12, 58, 28))]


def test_two_classes_may_mean_the_same(tmp_path: Path) -> None:
    detector = add(tmp_path, ROWS.T[None], classes=["with_mask", "with_mask", "with_mask"])

    assert [face.wearing for face in detector.detect(PICTURE)] == ["with_mask", "with_mask"]


def test_a_network_that_knows_faces_alone_can_be_used(tmp_path: Path) -> None:
    detector = add(tmp_path, ROWS[:, :5].T[None], classes={"face": "without_mask"})

    assert [face.wearing for face in detector.detect(PICTURE)] == ["without_mask"]


def test_the_callers_threshold_counts(tmp_path: Path) -> None:
    detector = add(tmp_path, ROWS.T[None], threshold=0.75)

    assert len(detector.detect(PICTURE)) == 1
    assert len(detector.detect(PICTURE, 0.25)) == 3


def test_the_network_sees_red_green_and_blue_from_nought_to_one(tmp_path: Path) -> None:
    network, meta = make_painter(tmp_path / "painter.onnx"), make_meta(tmp_path / "meta.json")
    detector = Detector(add_model(tmp_path / "models", network, meta))

    for colour, seen in [((204, 0, 51), "with_mask"), ((0, 204, 51), "without_mask"), ((0, 51, 204), FOUND[1][0])]:
        (face,) = detector.detect(np.full((SIDE, SIDE, 3), colour, np.uint8))
        assert told([face]) == [(seen, 0.8, (22, 27, 42, 37))]


def test_a_network_that_sees_faces_everywhere_does_not_take_forever(tmp_path: Path) -> None:
    rows = np.tile(np.array([[0, 0, 4, 4, 0.9, 0, 0]], np.float32), (60_000, 1))
    rows[:, :2] = np.random.default_rng(1).uniform(4, 60, (60_000, 2))

    assert 0 < len(add(tmp_path, rows.T[None]).detect(PICTURE)) <= MOST_CANDIDATES


@pytest.mark.parametrize(
    ("answer", "options", "why"),
    [
        (ROWS[:, :6][None], {}, r"answers \(1, 25, 6\)"),
        (ROWS, {}, "answers"),
        (np.full_like(ROWS, np.nan)[None], {}, "no probabilities"),
        (ROWS[None], {"input": {"long_side": 128}}, "1 x 3 x 64 x 64, and its model.json promises 1 x 3 x 128 x 128"),
        (ROWS[None], {"classes": {"cat": "cat", "face": None, "chin": None}}, "knows classes"),
        (ROWS[None], {"classes": [None, None, None]}, "knows classes"),
        (ROWS[None], {"classes": 7}, "lacks or garbles"),
        (ROWS[None], {"input": {}}, "long_side"),
        (ROWS[None], {"layout": "ssd"}, "layout 'ssd'"),
        (ROWS[None], {"scores": "grades"}, "scores 'grades'"),
        (ROWS[None], {"threshold": 0}, "threshold"),
        (ROWS[None], {"input": {"long_side": 10**9}}, "long side"),
        (ROWS[None], {"sha256": "0" * 64}, "written for another file"),
        (ROWS[None], {"layout": "points", "strides": [8]}, "takes float32"),
    ],
)
def test_a_model_that_cannot_look_at_a_picture_is_not_taken_in(
    tmp_path: Path, answer: Floats, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(DamagedModel, match=why):
        add(tmp_path, answer, **options)

    assert not list((tmp_path / "models").glob("*"))
    assert not list((tmp_path / "models").glob(".*"))


def test_what_is_no_network_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"hello, I was renamed")

    with pytest.raises(DamagedModel, match="cannot be loaded"):
        add_model(tmp_path / "models", tmp_path / "net.onnx", make_meta(tmp_path / "meta.json"))
    with pytest.raises(DamagedModel, match="cannot be read"):
        add_model(tmp_path / "models", tmp_path / "gone.onnx", tmp_path / "meta.json")
    with pytest.raises(DamagedModel, match="not JSON"):
        add_model(tmp_path / "models", tmp_path / "net.onnx", tmp_path / "net.onnx")


def test_a_network_that_wants_other_numbers_is_not_taken_in(tmp_path: Path) -> None:
    network = make_network(tmp_path / "net.onnx", ROWS[None], kind=TensorProto.FLOAT16)

    with pytest.raises(DamagedModel, match=r"takes tensor\(float16\)"):
        add_model(tmp_path / "models", network, make_meta(tmp_path / "meta.json"))


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "x" * 65, "two words"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    network = make_network(tmp_path / f"{'n' * 3 if name else ' '}.onnx", ROWS[None])

    with pytest.raises(DamagedModel, match="no name for a model"):
        add_model(tmp_path / "models", network, make_meta(tmp_path / "meta.json"), name)


def test_a_model_takes_anothers_place_only_when_asked_and_never_a_shipped_one(tmp_path: Path) -> None:
    models, meta = tmp_path / "models", make_meta(tmp_path / "meta.json")
    network = make_network(tmp_path / "mine.onnx", ROWS[None])
    first = add_model(models, network, meta)
    make_network(network, ROWS.T[None])

    with pytest.raises(ModelExists):
        add_model(models, network, meta)
    assert find_model("mine", models) == first
    assert add_model(models, network, meta, replace=True).sha256 != first.sha256
    with pytest.raises(ModelExists):
        add_model(models, network, meta, "accurate", replace=True)
    assert [path.name for path in models.iterdir()] == ["mine"]


def test_what_is_added_says_all_that_a_shipped_model_says(tmp_path: Path) -> None:
    model = add(tmp_path, ROWS[None], licence="MIT").model
    written = json.loads((model.folder / "model.json").read_text())

    assert (model.licence, model.threshold, model.overlap) == ("MIT", 0.5, 0.5)
    assert written["sha256"] == model.sha256
    assert written["size_bytes"] == model.file.stat().st_size
