"""Turned boxes, ellipses, masks and skeletons go out into files and come in; what a format cannot say is reduced."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from quintet.services.annotation.formats.areas import coco_counts, packed, spans_of_coco, unpacked
from quintet.services.annotation.formats.document import Picture
from quintet.services.annotation.shapes.spans import spans_of_bitmap
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, track
from quintet.services.annotation.tests.forms import (
    ALL,
    MASK,
    SKELETON,
    ellipse,
    full_keyframe,
    mask,
    node,
    nodes,
    skeleton,
    turned_box,
    with_skeleton,
)
from quintet.services.annotation.tests.makers import make_person, send, told, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn() -> Drawable:
    return with_skeleton(make_drawable(make_person(), start_frame=10, step=2))


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


def _mark(client: Client, drawn: Drawable, **said: Any) -> None:
    answer = send(client, "PUT", drawn.url + ALL, marks(**said))
    assert answer.status_code == 200, answer.content


def _shapes(drawn: Drawable) -> list[dict[str, Any]]:
    return [
        turned_box(drawn.car, rotation=30.5, occluded=True), ellipse(drawn.car, 1), ellipse(drawn.car, 2, rotation=200),
        mask(drawn.car, 3, group=0), skeleton(drawn.person, 4), box(drawn.car, 5),
    ]  # fmt: skip


def _exported(client: Client, drawn: Drawable, name: str) -> zipfile.ZipFile:
    url = f"/api/v1/tasks/{drawn.task.pk}/annotations"
    assert client.get(url, {"format": name}).status_code == 201
    answer: Any = client.get(url, {"format": name, "action": "download"})
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def _imported(client: Client, drawn: Drawable, content: bytes, name: str, file_name: str = "a.zip") -> Any:
    body = encode_multipart(BOUNDARY, {"annotation_file": SimpleUploadedFile(file_name, content)})
    return client.generic("PUT", f"/api/v1/{drawn.url}?format={name}", body, content_type=MULTIPART_CONTENT)


def _there_and_back(client: Client, drawn: Drawable, out: str, back: str) -> Any:
    archive = _exported(client, drawn, out)
    assert archive.fp is not None
    archive.fp.seek(0)
    content = archive.fp.read()
    assert client.delete(f"/api/v1/{drawn.url}").status_code == 204
    answer = _imported(client, drawn, content, back)
    assert answer.status_code == 201, answer.content
    return told(client.get(f"/api/v1/{drawn.url}{ALL}"))


def _forms(figures: list[dict[str, Any]]) -> list[Any]:
    names = ("type", "frame", "occluded", "points", "rotation", "elements", "outside")
    return [{name: figure[name] for name in names if name in figure} for figure in figures]


def _same(got: list[Any], said: list[Any], tolerance: float = 0.011) -> None:
    """The same figures, numbers as near as files say them."""
    assert len(got) == len(said)
    for one, other in zip(got, said, strict=True):
        assert {**one, "points": None, "rotation": None} == {**other, "points": None, "rotation": None}
        assert one["points"] == pytest.approx(other["points"], abs=tolerance)
        assert one.get("rotation", 0) == pytest.approx(other.get("rotation", 0), abs=0.01)


@pytest.mark.parametrize("out", ["CVAT for images 1.1", "COCO 1.0"])
def test_every_form_comes_back_from_the_file(alice: Client, drawn: Drawable, out: str) -> None:
    _mark(alice, drawn, shapes=_shapes(drawn))
    back = "CVAT 1.1" if out.startswith("CVAT") else out
    said = _forms(_shapes(drawn))
    if back == "COCO 1.0":
        # Where a node lies that is not to be seen COCO does not tell.
        said[4]["elements"] = [*nodes()[:2], node("foot", 0, 0, outside=True)]
    _same(_forms(_there_and_back(alice, drawn, out, back)["shapes"]), said)


def test_what_is_there_already_is_not_merged_in_again(alice: Client, drawn: Drawable) -> None:
    _mark(alice, drawn, shapes=_shapes(drawn))
    content = _exported(alice, drawn, "CVAT for images 1.1").read("annotations.xml")
    turned_more = content.replace(b'rotation="30.50"', b'rotation="31.50"')
    for file, count in ((content, 6), (turned_more, 7)):
        assert _imported(alice, drawn, file, "CVAT 1.1&mode=merge", "a.xml").status_code == 201
        assert len(told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]) == count


def test_tracks_of_every_form_come_back_from_xml_for_videos(alice: Client, drawn: Drawable) -> None:
    tracks = [
        track(drawn.car, keyframe(0, (80, 90, 120, 110)), keyframe(4, (80, 90, 120, 110), rotation=90)),
        track(
            drawn.car, full_keyframe(1, "mask", MASK), full_keyframe(5, "mask", MASK, outside=True)
        ),
        track(drawn.car, full_keyframe(2, "ellipse", (200, 100, 230, 90), rotation=10)),
        track(
            drawn.person, full_keyframe(1, "skeleton", elements=nodes()),
            full_keyframe(3, "skeleton", elements=nodes(9), outside=True),
        ),
    ]  # fmt: skip
    _mark(alice, drawn, tracks=tracks)
    got = _there_and_back(alice, drawn, "CVAT for video 1.1", "CVAT 1.1")["tracks"]
    for one, other in zip(got, tracks, strict=True):
        _same(_forms(one["shapes"]), _forms(other["shapes"]))


def test_plain_figures_of_all_forms_are_tracks_of_one_frame_in_xml_for_videos(alice: Client, drawn: Drawable) -> None:
    _mark(alice, drawn, shapes=_shapes(drawn))
    got = _there_and_back(alice, drawn, "CVAT for video 1.1", "CVAT 1.1")["tracks"]
    first = [{**one["shapes"][0], "outside": None} for one in got]
    _same(_forms(first), [{**each, "outside": None} for each in _forms(_shapes(drawn))])
    assert [[shape["frame"] for shape in one["shapes"]] for one in got][:2] == [[0, 1], [1, 2]]


def test_xml_says_what_cvat_2_says(alice: Client, drawn: Drawable) -> None:
    _mark(alice, drawn, shapes=_shapes(drawn))
    xml = _exported(alice, drawn, "CVAT for images 1.1").read("annotations.xml").decode()
    for line in (
        'source="manual" xtl="80.00" ytl="90.00" xbr="120.00" ybr="110.00" rotation="30.50">',
        '<ellipse label="car" occluded="0" source="manual" cx="200.00" cy="100.00" rx="30.00" ry="10.00">',
        'rx="30.00" ry="10.00" rotation="200.00">',
        'rle="0, 1, 1, 4" left="10" top="20" width="3" height="2">',
        '<points label="hand" outside="0" occluded="1" points="60.50,20.00">',
    ):
        assert line in xml
    assert xml.count("rotation=") == 2


def test_xml_of_cvat_2_comes_in(alice: Client, drawn: Drawable) -> None:
    xml = b"""<annotations><version>1.1</version>
      <image id="10" name="img_000.png" width="640" height="480">
        <skeleton label="person" source="manual" z_order="0">
          <points label="head" source="manual" outside="0" occluded="1" points="303.04,20.50">
            <attribute name="model">bmw</attribute></points>
          <points label="foot" source="manual" outside="1" occluded="0" points="1.00,2.00"></points>
        </skeleton>
        <skeleton label="person"><points label="tail" points="1,2"></points></skeleton>
        <mask label="car" source="manual" occluded="0" rle="2, 1, 1" left="1" top="2" width="2" height="2" z_order="0">
          <attribute name="model">bmw</attribute></mask>
        <skeleton label="person"><points label="head" points="1,2,3"></points></skeleton>
        <mask label="car" rle="2, 1" left="1" top="2" width="2" height="2"></mask>
        <points label="car" points="1.00,2.00"></points>
      </image>
      <track id="0" label="person" source="manual">
        <skeleton frame="10" keyframe="1"><points label="head" outside="0" points="5.00,6.00"></points></skeleton>
        <skeleton frame="12" keyframe="1"><points label="head" outside="1" points="5.00,6.00"></points></skeleton>
      </track></annotations>"""
    assert _imported(alice, drawn, xml, "CVAT 1.1", "a.xml").status_code == 201
    got = told(alice.get(f"/api/v1/{drawn.url}{ALL}"))
    bones, pixels, points = got["shapes"]
    assert bones["elements"] == [node("head", 303.04, 20.5, occluded=True), node("foot", 1, 2, outside=True)]
    assert pixels["points"] == [2, 1, 1, 1, 2, 2, 3]
    assert pixels["attributes"][0]["value"] == "bmw"
    assert points["type"] == "points"
    assert [shape["outside"] for shape in got["tracks"][0]["shapes"]] == [False, True]
    (report,) = told(alice.get(f"/api/v1/tasks/{drawn.task.pk}/imports"))["results"]
    found = told(alice.get(f"/api/v1/tasks/{drawn.task.pk}/imports/{report['id']}"))
    assert found["reasons"] == {"bad_points": 3}


def test_coco_tells_masks_as_runs_and_skeletons_as_keypoints(alice: Client, drawn: Drawable) -> None:
    _mark(alice, drawn, shapes=[*_shapes(drawn), mask(drawn.car, 6, group=2), box(drawn.car, 6, (0, 0, 2, 1), group=2)])
    said = json.loads(_exported(alice, drawn, "COCO 1.0").read("annotations/instances_default.json"))
    car, person = said["categories"]
    assert "keypoints" not in car
    assert (person["keypoints"], person["skeleton"]) == (["head", "hand", "foot"], [[1, 2], [1, 3]])
    turned, round_, _, pixels, bones, plain, both = said["annotations"]
    assert turned["attributes"]["rotation"] == 30.5
    assert (len(turned["segmentation"][0]), turned["area"], turned["iscrowd"]) == (8, pytest.approx(800, abs=1), 0)
    assert round_["attributes"]["form"] == "ellipse"
    assert (len(round_["segmentation"][0]), round_["bbox"]) == (72, [170, 90, 60, 20])
    assert round_["area"] == pytest.approx(np.pi * 300, rel=0.01)
    column = 480
    assert pixels["segmentation"] == {
        "size": [480, 640],
        "counts": [10 * column + 20, 2, column - 1, 1, column - 2, 2, 627 * column + 458],
    }
    assert (pixels["iscrowd"], pixels["area"], pixels["bbox"]) == (1, 5, [10, 20, 3, 2])
    assert (bones["keypoints"], bones["num_keypoints"]) == ([50, 10, 2, 60.5, 20, 1, 0, 0, 0], 2)
    assert (plain["segmentation"], "form" in plain["attributes"]) == ([], False)
    assert (both["area"], both["bbox"]) == (7, [0, 0, 13, 22])


def test_coco_of_others_comes_in(alice: Client, drawn: Drawable) -> None:
    counts = packed([480 * 2 + 3, 4, 640 * 480 - 480 * 2 - 7])
    categories = [{"id": 1, "name": "person", "keypoints": ["head", "hand", "foot"]}, {"id": 2, "name": "car"}]
    common = {"image_id": 7, "bbox": [1, 2, 30, 40]}
    bones = [50, 10, 2, 60.5, 20, 1, 0, 0, 0]
    annotations = [
        {**common, "category_id": 2, "segmentation": {"counts": counts, "size": [480, 640]}, "iscrowd": 1},
        {**common, "category_id": 2, "segmentation": {"counts": "~~", "size": [480, 640]}},
        {**common, "category_id": 2, "segmentation": {"counts": [5, 6], "size": [480, 640]}},
        {**common, "category_id": 1, "segmentation": [[1, 2, 30, 2, 30, 40]], "keypoints": bones},
        {**common, "category_id": 1, "segmentation": [], "keypoints": [0] * 9},
        {**common, "category_id": 2, "segmentation": [], "attributes": {"rotation": 45.0}},
    ]
    said = {"images": [{"id": 7, "file_name": "img_001.png"}], "categories": categories, "annotations": annotations}
    assert _imported(alice, drawn, json.dumps(said).encode(), "COCO 1.0", "a.json").status_code == 201
    pixels, around, skeleton_, empty, turned = told(alice.get(f"/api/v1/{drawn.url}{ALL}"))["shapes"]
    assert (pixels["type"], pixels["points"]) == ("mask", [0, 4, 2, 3, 2, 6])
    assert (around["type"], skeleton_["type"]) == ("polygon", "skeleton")
    assert around["group"] == skeleton_["group"] > 0
    assert skeleton_["elements"] == [*nodes()[:2], node("foot", 0, 0, outside=True)]
    assert (empty["type"], empty["points"]) == ("rectangle", [1, 2, 31, 42])
    assert (turned["type"], turned["points"], turned["rotation"]) == ("rectangle", [1, 2, 31, 42], 45)


def test_formats_that_know_less_get_boxes_and_polygons(alice: Client, drawn: Drawable) -> None:
    shapes = [turned_box(drawn.car), ellipse(drawn.car), mask(drawn.car), skeleton(drawn.person)]
    two_pieces = mask(drawn.car, 1, points=[0, 1, 1, 1, 10, 20, 12, 20])
    _mark(alice, drawn, shapes=[*shapes, two_pieces])
    yolo = _exported(alice, drawn, "YOLO 1.1").read("obj_train_data/img_000.txt").decode().split()
    assert [float(value) for value in yolo] == pytest.approx([0, 100 / 640, 100 / 480, 20 / 640, 40 / 480], abs=1e-6)
    voc = _exported(alice, drawn, "PASCAL VOC 1.1").read("Annotations/img_000.xml").decode()
    assert voc.count("<object>") == 1
    assert "<xmin>90.00</xmin>\n      <ymin>80.00</ymin>\n      <xmax>110.00</xmax>" in voc
    assert _exported(alice, drawn, "MOT 1.1").read("gt/gt.txt").decode().startswith("1,-1,90,80,20,40,1,1,")
    labelme = _exported(alice, drawn, "LabelMe 3.0")
    assert labelme.read("default/img_000.xml").decode().count("<object>") == 3
    assert "bounding_box" not in labelme.read("default/img_000.xml").decode()
    pieces = labelme.read("default/img_001.xml").decode()
    assert (pieces.count("<object>"), "<hasparts>1</hasparts>" in pieces) == (2, True)


def _painted(archive: zipfile.ZipFile, name: str) -> Any:
    image = Image.open(io.BytesIO(archive.read(f"SegmentationClass/{name}.png")))
    return np.asarray(image).any(axis=2)


def test_masks_are_painted_pixel_by_pixel(alice: Client, drawn: Drawable) -> None:
    beyond = mask(drawn.car, 1, points=[0, 4, 639, 479, 640, 480])
    _mark(alice, drawn, shapes=[mask(drawn.car), turned_box(drawn.car), skeleton(drawn.person), beyond])
    archive = _exported(alice, drawn, "Segmentation mask 1.1")
    marked = _painted(archive, "img_000")
    assert marked[20:22, 10:13].tolist() == [[True, False, True], [True, True, True]]
    assert marked[80:120, 90:110].all()
    assert marked.sum() == 5 + 800
    corner = _painted(archive, "img_001")
    assert (corner.sum(), corner[479, 639]) == (1, True)


def test_datumaro_knows_all_forms(alice: Client, drawn: Drawable) -> None:
    _mark(alice, drawn, shapes=_shapes(drawn))
    said = json.loads(_exported(alice, drawn, "Datumaro 1.0").read("dataset/annotations/default.json"))
    turned, round_, _, pixels, bones, _ = (each for item in said["items"] for each in item["annotations"])
    assert (turned["type"], turned["bbox"], turned["attributes"]["rotation"]) == ("bbox", [80, 90, 40, 20], 30.5)
    assert (round_["type"], round_["points"]) == ("ellipse", [170, 90, 230, 110])
    assert sum(unpacked(pixels["rle"]["counts"])[1::2]) == 5
    assert (bones["points"], bones["visibility"]) == ([50, 10, 60.5, 20, 0, 0], [2, 1, 0])
    joints = [[first + 1, second + 1] for first, second in SKELETON["edges"]]
    assert said["categories"]["points"]["items"] == [
        {"label_id": 1, "labels": ["head", "hand", "foot"], "joints": joints}
    ]


@given(some.lists(some.booleans(), min_size=35, max_size=35).filter(any))
@settings(max_examples=60, deadline=None)
def test_coco_counts_say_the_same_pixels(bits: list[bool]) -> None:
    bitmap, picture = np.array(bits).reshape(5, 7), Picture("a.png", 7, 5)
    spans = spans_of_bitmap(bitmap)
    counts = coco_counts(spans, picture)
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    assert (bitmap == flat.reshape(7, 5).T).all()
    for told_as in (counts, packed(counts)):
        again = spans_of_coco(told_as, [5, 7], picture)
        assert all((one == other).all() for one, other in zip(again, spans, strict=True))


def test_the_pieces_of_a_mask_are_told_apart_once_however_many_there_are(alice: Client, drawn: Drawable) -> None:
    # A chessboard of 61 by 61: each dark pixel is a piece of its own.
    _mark(alice, drawn, shapes=[mask(drawn.car, points=[0] + [1] * 61**2 + [0, 0, 60, 60])])
    with _exported(alice, drawn, "LabelMe 3.0") as archive:
        found = archive.read("default/img_000.xml").decode()
    assert found.count("<object>") == (61**2 + 1) // 2


@pytest.mark.parametrize("size", [[1, 1 << 39], [1 << 39, 1], [65537, 65537]])
def test_a_mask_larger_than_any_picture_is_left_out_of_coco(alice: Client, drawn: Drawable, size: list[int]) -> None:
    instance = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "segmentation": {"counts": [0, size[0] * size[1]], "size": size},
    }
    said = {
        "images": [{"id": 1, "file_name": "img_000.png"}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [instance],
    }
    answer = _imported(alice, drawn, json.dumps(said).encode(), "COCO 1.0", "a.json")
    assert answer.status_code == 400, answer.content
