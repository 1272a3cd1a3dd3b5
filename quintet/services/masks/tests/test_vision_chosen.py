"""Which model looks at what, and that a running server hears of a change."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quintet.services.masks import queries
from quintet.services.masks.tests.makers import make_person, make_picture, signed_in
from quintet.services.masks.tests.vision_makers import make_meta, make_painter
from quintet.services.masks.vision.adding import add_model
from quintet.services.masks.vision.chosen import FILE, choose_model
from quintet.services.masks.vision.evaluating import BadAnnotations, figures, read_coco


@pytest.fixture
def models(settings: Any, tmp_path: Path) -> Path:
    """The folder of added models, with one, `painter`, that takes every picture for one face."""
    settings.QUINTET_DATA = str(tmp_path)
    add_model(
        tmp_path / "models", make_painter(tmp_path / "painter.onnx"), make_meta(tmp_path / "m.json", threshold=0.1)
    )
    return tmp_path / "models"


def test_those_that_ship_are_used_at_first(models: Path) -> None:
    assert queries.picture_detector().model.name == "accurate"
    assert queries.video_detector().model.name == "fast"
    assert queries.camera_detector().model.name == "fast"


def test_each_use_has_its_choice(models: Path) -> None:
    choose_model(models, "video", "painter")

    assert queries.picture_detector().model.name == "accurate"
    assert queries.video_detector().model.name == "painter"
    assert queries.camera_detector().model.name == "painter"
    choose_model(models, "pictures", "fast")
    assert queries.picture_detector().model.name == "fast"
    assert queries.video_detector().model.name == "painter"


def test_a_setting_goes_before_the_choice(models: Path, settings: Any) -> None:
    choose_model(models, "pictures", "painter")
    settings.QUINTET_MASKS_MODEL = "fast"

    assert queries.picture_detector().model.name == "fast"


@pytest.mark.django_db
def test_a_running_server_takes_the_choice_at_its_next_request(models: Path) -> None:
    client = signed_in(make_person())

    def faces() -> list[dict[str, Any]]:
        sent = {"pic_file": SimpleUploadedFile("x", make_picture())}
        answer = client.post("/mask_detect/picture_calculate/", sent, headers={"accept": "application/json"}).json()
        return list(answer["faces"])

    assert faces() == []
    choose_model(models, "pictures", "painter")
    assert len(faces()) == 1
    choose_model(models, "pictures", "accurate")
    assert faces() == []


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"pictures": 7}'])
def test_a_garbled_choice_is_none(models: Path, content: str) -> None:
    (models / FILE).write_text(content)

    assert queries.model_for("pictures") == "accurate"


def test_a_model_that_takes_anothers_place_is_used_at_once(models: Path, tmp_path: Path) -> None:
    choose_model(models, "pictures", "painter")
    before = queries.picture_detector()
    add_model(
        models, make_painter(tmp_path / "painter.onnx", side=96),
        make_meta(tmp_path / "m.json", input={"long_side": 96}), replace=True,
    )  # fmt: skip

    assert (before.model.side, queries.picture_detector().model.side) == (64, 96)


def book(**changes: Any) -> dict[str, Any]:
    return {
        "categories": [{"id": 4, "name": "with_mask"}, {"id": 9, "name": "dog"}],
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [
            {"image_id": 1, "category_id": 4, "bbox": [10, 20, 30, 40]},
            {"image_id": 1, "category_id": 9, "bbox": [0, 0, 5, 5]},
        ],
    } | changes


def test_categories_go_by_their_names_and_those_of_others_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "coco.json").write_text(json.dumps(book()))

    assert read_coco(tmp_path / "coco.json")["a.png"].tolist() == [[0, 10, 20, 40, 60]]


@pytest.mark.parametrize(
    "changes", [{"categories": []}, {"images": []}, {"annotations": [{"image_id": 1}]}, {"images": 7}]
)
def test_annotations_that_say_nothing_of_masks_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "coco.json").write_text(json.dumps(book(**changes)))

    with pytest.raises(BadAnnotations):
        read_coco(tmp_path / "coco.json")


def test_figures_are_those_of_a_curve_drawn_by_hand() -> None:
    known = [np.array([[0, 0, 0, 10, 10], [0, 20, 0, 30, 10], [1, 40, 0, 50, 10]], np.float32)]
    found = [
        np.array(
            [
                [0, 0.9, 0, 0, 10, 10],  # right
                [0, 0.8, 60, 0, 70, 10],  # nothing is there
                [0, 0.7, 20, 0, 30, 10],  # right
                [0, 0.6, 0, 0, 10, 10],  # the same face again
                [0, 0.5, 40, 0, 50, 10],  # a face, and the wrong class
            ],
            np.float32,
        )
    ]
    told = figures(known, found)

    assert told["with_mask"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert told["without_mask"] == 0
    assert told["mean"] == pytest.approx(told["with_mask"] / 2)
    assert told["any_face"] == pytest.approx(1 / 3 + 1 / 3 * 2 / 3 + 1 / 3 * 3 / 5)
