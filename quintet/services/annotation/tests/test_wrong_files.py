"""Files of another format than was said, and files of nothing."""

from typing import Any

import pytest
from django.test import Client

from quintet.services.annotation.tests.drawings import Drawable, box, marks
from quintet.services.annotation.tests.makers import send, told
from quintet.services.annotation.tests.media import zipped
from quintet.services.annotation.tests.test_imports import COCO, CVAT, NAMES, YOLO, put

pytestmark = pytest.mark.django_db


VOC_FILE = b"<annotation><object><name>car</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"
CVAT_FILE = b'<annotations><image id="0" name="img_000.png"><box label="car" xtl="1" ytl="1" xbr="9" ybr="9"/>'
CVAT_FILE += b"</image></annotations>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (CVAT, b"<html/>"),
        (CVAT, zipped({"Annotations/img_000.xml": VOC_FILE})),
        ("PASCAL VOC 1.1", b"some text"),
        ("PASCAL VOC 1.1", zipped({"default/img_000.xml": VOC_FILE})),
        ("PASCAL VOC 1.1", zipped({"Annotations/img_000.xml": b"<annotations/>"})),
        ("LabelMe 3.0", b"some text"),
        ("LabelMe 3.0", zipped({"annotations.xml": CVAT_FILE})),
        (YOLO, zipped({"obj.names": NAMES})),
        ("Segmentation mask 1.1", zipped({"labelmap.txt": b"car:1,2,3::"})),
    ],
)
def test_a_file_of_another_format_takes_nothing_away(alice: Client, drawn: Drawable, name: str, content: bytes) -> None:
    send(alice, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car)]))
    answer = put(alice, drawn.url, content, name)
    assert answer.status_code == 400, answer.content
    assert len(told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]) == 1


@pytest.mark.parametrize(
    "name",
    [
        "CVAT for images 1.1", "CVAT for video 1.1", COCO, YOLO, "MOT 1.1", "LabelMe 3.0", "PASCAL VOC 1.1",
        "Segmentation mask 1.1",
    ],
)  # fmt: skip
def test_a_file_of_nothing_comes_in_again(alice: Client, drawn: Drawable, name: str) -> None:
    answer: Any = alice.get(f"/api/v1/{drawn.url}", {"format": name, "action": "download"})
    whole = b"".join(answer.streaming_content)
    assert put(alice, drawn.url, whole, CVAT if name.startswith("CVAT") else name).status_code == 201
