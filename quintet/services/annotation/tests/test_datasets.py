"""Exports with their images."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.tests.drawings import box, keyframe, marks, track
from quintet.services.annotation.tests.makers import send, with_key
from quintet.services.annotation.tests.media import film, picture
from quintet.services.annotation.tests.test_data import task_with
from quintet.services.annotation.tests.test_tasks import member

pytestmark = pytest.mark.django_db
IMAGES = {
    "CVAT for images 1.1": "images/{}",
    "COCO 1.0": "images/{}",
    "YOLO 1.1": "obj_train_data/{}",
    "PASCAL VOC 1.1": "JPEGImages/{}",
    "Segmentation mask 1.1": "JPEGImages/{}",
    "LabelMe 3.0": "default/{}",
    "Datumaro 1.0": "dataset/images/{}",
}


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.QUINTET_ANNOTATION_WAIT_MS = 0


@pytest.fixture
def client() -> Client:
    return with_key(member())


def _dataset(client: Client, task: Any, name: str) -> zipfile.ZipFile:
    url = f"/api/v1/tasks/{task['id']}/dataset"
    if client.get(url, {"format": name}).status_code == 202:
        run_due()
    answer: Any = client.get(url, {"format": name, "action": "download"})
    assert answer.status_code == 200, answer.content
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_images_are_in_the_archive_as_they_were_uploaded(client: Client) -> None:
    files = {"a.jpg": picture(), "sub.png": picture(40, 30, "blue", "PNG")}
    task = task_with(client, files)
    label = task["labels"][0]["id"]
    url = f"tasks/{task['id']}/annotations"
    assert send(client, "PUT", url, marks(shapes=[box(label, 0, (1, 2, 11, 12))])).status_code == 200
    for name, place in IMAGES.items():
        archive = _dataset(client, task, name)
        for file, content in files.items():
            assert archive.read(place.format(file)) == content, name
    mot = _dataset(client, task, "MOT 1.1")
    assert mot.read("img1/000001.jpg") == files["a.jpg"]
    assert mot.read("img1/000002.png") == files["sub.png"]


def test_frames_of_a_video_are_called_after_their_number_in_it(client: Client, tmp_path: Path) -> None:
    said = {"start_frame": 4, "stop_frame": 20, "frame_filter": "step=4"}
    task = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=24)}, said)
    label = task["labels"][0]["id"]
    line = track(label, keyframe(0, (0, 0, 10, 10)), keyframe(4, (8, 0, 18, 10)))
    assert send(client, "PUT", f"tasks/{task['id']}/annotations", marks(tracks=[line])).status_code == 200
    archive = _dataset(client, task, "CVAT for video 1.1")
    pictures = [name for name in archive.namelist() if name.startswith("images/")]
    assert pictures == [f"images/frame_{number:06d}.png" for number in (4, 8, 12, 16, 20)]
    with Image.open(archive.open("images/frame_000016.png")) as shown:
        assert shown.size == (64, 48)
        assert abs(shown.convert("L").getpixel((5, 5)) - 80) < 6  # type: ignore[operator]
    xml = archive.read("annotations.xml").decode()
    assert '<box frame="12" outside="0" occluded="0" keyframe="0" xtl="4.00"' in xml
    assert "<original_size>\n        <width>64</width>" in xml
    assert "<source>clip.mp4</source>" in xml
