"""Corrected boxes go back to where the mask model is made."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from PIL import Image

from quintet.bridges.shapes_to_training import export
from quintet.core.errors import BadInput
from quintet.services.annotation.tests.drawings import box, keyframe, marks, track
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import film, picture, upload
from quintet.services.annotation.tests.painters import painted
from quintet.services.annotation.tests.test_tasks import member
from quintet.services.masks.vision.evaluating import read_coco

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


@pytest.fixture
def client() -> Client:
    return with_key(member())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "set"


def task_with(client: Client, files: dict[str, bytes], *labels: str) -> tuple[int, list[int]]:
    """A task and the numbers of its labels."""
    said = {"name": "street", "labels": [{"name": name} for name in labels or ("with_mask", "Without mask", "car")]}
    task = told(send(client, "POST", "tasks", said))
    assert upload(client, task["id"], files).status_code == 202
    return task["id"], [label["id"] for label in task["labels"]]


def mark(client: Client, task: int, **said: Any) -> None:
    assert send(client, "PUT", f"tasks/{task}/annotations", marks(**said)).status_code == 200


def faces_in(folder: Path) -> dict[str, list[tuple[int, ...]]]:
    """By file name: category, left, top, width, height."""
    book = json.loads((folder / "annotations.json").read_text())
    assert [(row["id"], row["name"]) for row in book["categories"]] == [
        (1, "with_mask"), (2, "without_mask"), (3, "mask_worn_incorrect")
    ]  # fmt: skip
    assert len({face["id"] for face in book["annotations"]}) == len(book["annotations"])
    names = {image["id"]: image["file_name"] for image in book["images"]}
    found: dict[str, list[tuple[int, ...]]] = {name: [] for name in names.values()}
    for face in book["annotations"]:
        found[names[face["image_id"]]].append((face["category_id"], *face["bbox"]))
    for image in book["images"]:
        with Image.open(folder / "images" / image["file_name"]) as opened:
            assert (opened.width, opened.height) == (image["width"], image["height"])
    return found


def test_pictures_are_written_as_they_came_with_their_boxes(client: Client, folder: Path) -> None:
    files = {"a.jpg": picture(), "b.png": picture(40, 30, "blue", "PNG"), "c.jpg": picture(), "d.jpg": picture()}
    task, (masked, bare, car) = task_with(client, files)
    outline = {**box(bare, 1), "type": "polygon", "points": [5, 5, 20, 8, 10, 25]}
    shapes = [
        box(masked, 0, (1, 2, 11, 22)), box(bare, 0, (-4, 3, 9.5, 99)), box(car, 0), outline, box(car, 2),
        box(masked, 3, (40, 40, 50, 50)),
    ]  # fmt: skip
    mark(client, task, shapes=shapes)

    done = export([task], folder)

    first, second = f"task{task}_000000.jpg", f"task{task}_000001.png"
    assert faces_in(folder) == {
        first: [(1, 1, 2, 10, 20), (2, 0, 3, 9.5, 21)],
        second: [(2, 5, 5, 15, 20)],
    }
    assert (folder / "images" / first).read_bytes() == files["a.jpg"]
    assert (folder / "images" / second).read_bytes() == files["b.png"]
    assert sorted(path.name for path in (folder / "images").iterdir()) == [first, second]
    assert (done.pictures, done.faces) == (2, {"with_mask": 1, "without_mask": 2})
    assert json.loads((folder / "split.json").read_text()) == {"train": [first, second], "choose": [], "report": []}
    assert sorted(path.name for path in folder.iterdir()) == ["annotations.json", "images", "split.json"]
    # What `quintet model evaluate` measures against.
    assert {name: len(faces) for name, faces in read_coco(folder / "annotations.json").items()} == {first: 2, second: 1}


def test_boxes_are_put_around_whatever_encloses_an_area(client: Client, folder: Path) -> None:
    task, (masked, *_) = task_with(client, {f"{number}.png": picture() for number in range(5)})
    shapes = [
        box(masked, 0, (16, 12, 22, 8), type="ellipse"), box(masked, 1, (16, 12, 22, 8), type="ellipse", rotation=90),
        box(masked, 2, (10, 10, 20, 14), rotation=90), box(masked, 3, (0, 4, 3, 5, 4, 6), type="mask"),
        box(masked, 4, (1, 1, 9, 9), type="polyline"),
    ]  # fmt: skip
    answer = send(client, "PUT", f"tasks/{task}/annotations?forms=all", marks(shapes=shapes))
    assert answer.status_code == 200, answer.content
    export([task], folder)
    found = [face for faces in faces_in(folder).values() for face in faces]
    assert found == [(1, 10, 8, 12, 8), (1, 12, 6, 8, 12), (1, 13, 7, 4, 10), (1, 3, 5, 2, 2)]


def test_frames_without_a_face_come_only_when_asked_for_and_deleted_ones_never(client: Client, folder: Path) -> None:
    task, (masked, *_) = task_with(client, {f"{n}.jpg": picture() for n in range(4)})
    mark(client, task, shapes=[box(masked, frame, (1, 1, 9, 9)) for frame in (0, 1)])
    apps.get_model("annotation", "Data").objects.update(deleted_frames=[1, 3])
    export([task], folder, with_empty=True)
    assert [len(faces) for faces in faces_in(folder).values()] == [1, 0]
    export([task], folder / "inner")
    assert list(faces_in(folder / "inner")) == [f"task{task}_000000.jpg"]


def test_tracks_of_a_video_are_boxes_on_each_of_their_frames(client: Client, folder: Path, tmp_path: Path) -> None:
    task, (masked, *_) = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=8)})
    line = track(masked, keyframe(2, (0, 0, 10, 10)), keyframe(4, (8, 0, 18, 10)), keyframe(5, outside=True))
    mark(client, task, tracks=[line])
    export([task], folder)
    found = faces_in(folder)
    assert found == {f"task{task}_{n:06d}.png": [(1, 4 * (n - 2), 0, 10, 10)] for n in (2, 3, 4)}


def test_a_picture_that_a_camera_held_askew_is_written_upright(client: Client, folder: Path) -> None:
    patch = (4, 6, 44, 26)
    task, (masked, *_) = task_with(client, {f"{turn}.png": painted(("red", patch), turn=turn) for turn in range(1, 9)})
    mark(client, task, shapes=[box(masked, frame, patch) for frame in range(8)])
    export([task], folder)
    for name, [(_, left, top, width, height)] in faces_in(folder).items():
        with Image.open(io.BytesIO((folder / "images" / name).read_bytes())) as opened:
            assert opened.getexif().get(0x0112, 1) == 1
            assert opened.convert("RGB").getbbox() == (left, top, left + width, top + height)


def test_several_tasks_and_labels_of_other_names_make_one_set(client: Client, folder: Path) -> None:
    one, (masked, *_) = task_with(client, {"a.jpg": picture()})
    other, (mask, nose) = task_with(client, {"a.jpg": picture()}, "Maske", "Nase frei")
    mark(client, one, shapes=[box(masked, 0, (1, 1, 9, 9))])
    mark(client, other, shapes=[box(mask, 0, (1, 1, 9, 9)), box(nose, 0, (2, 2, 9, 9))])
    mapping = {"Maske": "with_mask", "Nase frei": "mask_worn_incorrect"}
    export([one, other, one], folder, part="report", mapping=mapping)
    assert [[face[0] for face in faces] for faces in faces_in(folder).values()] == [[1], [1, 3]]
    assert len(json.loads((folder / "split.json").read_text())["report"]) == 2


def test_what_cannot_be_is_refused_before_anything_is_written(client: Client, folder: Path) -> None:
    task, (masked, *_) = task_with(client, {"a.jpg": picture()})
    strange, _ = task_with(client, {"a.jpg": picture()}, "dog")
    for tasks, mapping, words in (
        ([task, strange], {}, "has the labels dog"),
        ([task], {"car": "lorry"}, "'lorry' is none of with_mask"),
        ([task], {"cat": "with_mask"}, "no task has the label 'cat'"),
    ):
        with pytest.raises(BadInput, match=words):
            export(tasks, folder, mapping=mapping)
    assert not folder.exists()
    mark(client, task, shapes=[box(masked, 0, (1, 1, 9, 9))])
    export([task], folder)
    with pytest.raises(BadInput, match="holds a set already"):
        export([task], folder)


def test_training_reads_the_set(client: Client, folder: Path) -> None:
    training = pytest.importorskip("training.masks.data", reason="training's own packages are not installed")
    task, (masked, *_) = task_with(client, {"a.jpg": picture()})
    mark(client, task, shapes=[box(masked, 0, (1, 2, 11, 22))])
    export([task], folder)
    [known] = training.read_labelled(folder, "train")
    assert known.faces.tolist() == [[0, 1, 2, 11, 22]]
    assert known.pixels.shape == (24, 32, 3)
