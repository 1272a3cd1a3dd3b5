"""Exports, imports, and that what goes out comes in again the same."""

import io
import re
import zipfile
from random import Random
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.actions import drop_exports
from quintet.services.annotation.formats import EXPORTERS, IMPORTERS
from quintet.services.annotation.models import Errand, Shape, Task
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key
from quintet.services.annotation.tests.media import zipped

pytestmark = pytest.mark.django_db
MASKS = "Segmentation mask 1.1"
WRITTEN = [name for name, each in EXPORTERS.items() if each.write]
READ = [name for name, each in IMPORTERS.items() if each.read]


@pytest.fixture
def drawn() -> Drawable:
    """Source frames 10, 12, 14, …: two jobs that share a frame."""
    return make_drawable(make_person(), (0, 5), (5, 9), start_frame=10, step=2, overlap=1, z_order=True)


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


def _mark_everything(client: Client, drawn: Drawable) -> None:
    model, parked = (
        {"spec_id": spec, "value": value} for spec, value in ((drawn.model, "bmw"), (drawn.parked, "true"))
    )
    said = marks(
        tags=[tag(drawn.car, 2, attributes=[model])],
        shapes=[
            box(drawn.car, 0, attributes=[model, parked], occluded=True, z_order=3),
            box(drawn.person, 0, (5, 5, 25.5, 45.25), group=7),
            box(drawn.person, 0, (30, 5, 60, 5, 45, 40), type="polygon", group=7, source="auto"),
            box(drawn.car, 5, (1, 2, 3, 4, 5.5, 6.25), type="polyline"),
            box(drawn.person, 9, (1, 2, 3, 4), type="points"),
            box(drawn.car, 9, [10 * n for n in range(16)], type="cuboid"),
        ],
        tracks=[
            track(
                drawn.car, keyframe(1), keyframe(4, (40, 20, 140, 80), attributes=[parked]),
                keyframe(7, (40, 20, 140, 80), outside=True), attributes=[model],
            )
        ],
    )  # fmt: skip
    answer = send(client, "PUT", drawn.url, said)
    assert answer.status_code == 200, answer.content


def _exported(client: Client, drawn: Drawable, name: str, kind: str = "annotations") -> zipfile.ZipFile:
    url = f"/api/v1/tasks/{drawn.task.pk}/{kind}"
    first = client.get(url, {"format": name})
    assert (first.status_code, first.content) == (201, b"")
    answer: Any = client.get(url, {"format": name, "action": "download"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    return archive


def _put(client: Client, path: str, content: bytes | None, name: str) -> Any:
    fields = {} if content is None else {"annotation_file": SimpleUploadedFile("a.zip", content)}
    body = encode_multipart(BOUNDARY, fields)
    return client.generic("PUT", f"/api/v1/{path}?format={name}", body, content_type=MULTIPART_CONTENT)


def _bytes(archive: zipfile.ZipFile) -> bytes:
    assert archive.fp is not None
    archive.fp.seek(0)
    return archive.fp.read()


def _without_moments(xml: bytes) -> str:
    return re.sub(r"<(dumped|updated)>.*?</\1>", "", xml.decode())


def test_formats_are_told_and_what_is_not_served_is_said_to_be(alice: Client) -> None:
    said = told(alice.get("/api/v1/server/annotation/formats"))
    assert said["importers"][0] == {"name": "COCO 1.0", "ext": "JSON, ZIP", "version": "1.0", "enabled": True}
    assert [each["name"] for each in said["exporters"]] == list(EXPORTERS)
    assert [each["name"] for each in said["exporters"] if each["enabled"]] == WRITTEN
    assert [each["name"] for each in said["importers"] if each["enabled"]] == READ


def test_names_and_order_are_cvats() -> None:
    assert list(IMPORTERS) == [
        "COCO 1.0", "CVAT 1.1", "LabelMe 3.0", "Segmentation mask 1.1", "MOT 1.1", "PASCAL VOC 1.1", "TFRecord 1.0",
        "YOLO 1.1",
    ]  # fmt: skip
    assert list(EXPORTERS) == [
        "COCO 1.0", "CVAT for video 1.1", "CVAT for images 1.1", "Datumaro 1.0", "LabelMe 3.0",
        "Segmentation mask 1.1", "MOT 1.1", "PASCAL VOC 1.1", "TFRecord 1.0", "YOLO 1.1",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["CVAT for images 1.1", "CVAT for video 1.1"])
def test_cvats_own_xml_comes_back_as_it_went_out(alice: Client, drawn: Drawable, name: str) -> None:
    """With a start frame, a step, jobs that share a frame, all five kinds of figures, a tag and a track."""
    _mark_everything(alice, drawn)
    first = _exported(alice, drawn, name)
    assert first.namelist() == ["annotations.xml"]
    assert _put(alice, drawn.url, _bytes(first), "CVAT 1.1").status_code == 201
    again = _exported(alice, drawn, name)
    assert _without_moments(again.read("annotations.xml")) == _without_moments(first.read("annotations.xml"))


def test_xml_for_images_says_what_is_on_each_frame(alice: Client, drawn: Drawable) -> None:
    _mark_everything(alice, drawn)
    xml = _exported(alice, drawn, "CVAT for images 1.1").read("annotations.xml").decode()
    assert xml.count("<image ") == 10
    assert '<image id="10" name="img_000.png" width="640" height="480">' in xml
    assert (
        '<box label="car" occluded="1" source="manual" xtl="10.00" ytl="20.00" xbr="110.00" ybr="80.00" z_order="3">'
        '\n      <attribute name="model">bmw</attribute>\n      <attribute name="parked">true</attribute>' in xml
    )
    assert '<polygon label="person" occluded="0" source="auto" points="30.00,5.00;60.00,5.00;45.00,40.00" ' in xml
    assert 'z_order="0" group_id="7">' in xml
    assert '<tag label="car" source="manual">' in xml
    assert xml.count("<cuboid ") == xml.count("<polyline ") == xml.count("<points ") == 1
    assert xml.count('xtl="20.00"') == 1, "the track on its second frame"
    assert "<start_frame>10</start_frame>" in xml
    assert "<z_order>True</z_order>" in xml
    assert "<color>#2080c0</color>" in xml
    assert f"<url>http://testserver/?id={drawn.jobs[0].pk}</url>" in xml


def test_xml_for_video_has_tracks_with_keyframes(alice: Client, drawn: Drawable) -> None:
    _mark_everything(alice, drawn)
    xml = _exported(alice, drawn, "CVAT for video 1.1").read("annotations.xml").decode()
    (head, *_) = re.findall(r"<track .*?>", xml)
    assert head == '<track id="0" label="car" source="manual">'
    assert xml.count("<track ") == 7
    assert '<box frame="14" outside="0" occluded="0" keyframe="0" xtl="20.00"' in xml
    assert '<box frame="24" outside="1" occluded="0" keyframe="1"' in xml
    assert "<tag" not in xml


def test_coco_has_unique_ids_and_groups_are_one_instance(alice: Client, drawn: Drawable) -> None:
    _mark_everything(alice, drawn)
    archive = _exported(alice, drawn, "COCO 1.0")
    assert archive.namelist() == ["annotations/instances_default.json"]
    coco = orjson.loads(archive.read("annotations/instances_default.json"))
    assert [category["name"] for category in coco["categories"]] == ["car", "person"]
    assert len(coco["images"]) == 10
    ids = [each["id"] for each in coco["annotations"]]
    assert len(set(ids)) == len(ids) == 2 + 6, "a box, a group, and the track on the six frames it is seen on"
    first = next(each for each in coco["annotations"] if not each["segmentation"] and each["image_id"] == 1)
    assert first["bbox"] == [10, 20, 100, 60]
    assert first["attributes"] == {"occluded": True, "model": "bmw", "parked": True}
    (group,) = [each for each in coco["annotations"] if each["segmentation"]]
    assert group["segmentation"] == [[30, 5, 60, 5, 45, 40]]
    assert group["bbox"] == [5, 5, 55, 40.25]
    tracked = next(each for each in coco["annotations"] if each["image_id"] == 3)
    assert (tracked["attributes"]["track_id"], tracked["attributes"]["keyframe"]) == (0, False)


def test_yolo_gives_shares_of_the_sides(alice: Client, drawn: Drawable) -> None:
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.person, 3, (64, 48, 128, 240))]))
    archive = _exported(alice, drawn, "YOLO 1.1")
    assert set(archive.namelist()) == {
        "obj.data", "obj.names", "train.txt", *(f"obj_train_data/img_{n:03}.txt" for n in range(10))
    }  # fmt: skip
    assert archive.read("obj_train_data/img_003.txt") == b"1 0.150000 0.300000 0.100000 0.400000\n"
    assert archive.read("obj_train_data/img_000.txt") == b""
    assert archive.read("train.txt").decode().splitlines()[0] == "data/obj_train_data/img_000.png"


def test_mot_numbers_from_one(alice: Client, drawn: Drawable) -> None:
    _mark_everything(alice, drawn)
    archive = _exported(alice, drawn, "MOT 1.1")
    lines = archive.read("gt/gt.txt").decode().splitlines()
    assert lines[0] == "1,-1,10,20,100,60,1,1,0.0"
    assert [line.split(",")[:2] for line in lines[2:]] == [[str(frame), "1"] for frame in range(2, 8)]
    assert archive.read("gt/labels.txt") == b"car\nperson\n"


@pytest.mark.parametrize(
    ("exporter", "importer", "forms"),
    [
        ("COCO 1.0", "COCO 1.0", {"rectangle", "polygon"}),
        ("YOLO 1.1", "YOLO 1.1", {"rectangle"}),
        ("MOT 1.1", "MOT 1.1", {"rectangle"}),
        ("PASCAL VOC 1.1", "PASCAL VOC 1.1", {"rectangle"}),
        ("LabelMe 3.0", "LabelMe 3.0", {"rectangle", "polygon"}),
    ],
)
def test_what_a_format_can_hold_comes_back(
    alice: Client, drawn: Drawable, exporter: str, importer: str, forms: set[str]
) -> None:
    model = {"spec_id": drawn.model, "value": "bmw"}
    send(
        alice, "PUT", drawn.url,
        marks(shapes=[
            box(drawn.car, 0, attributes=[model]), box(drawn.person, 0, (30, 5, 60, 5, 45, 40), type="polygon"),
            box(drawn.person, 9, (5, 5, 25.5, 45)),
        ]),
    )  # fmt: skip

    def known() -> list[Any]:
        shapes = told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]
        return sorted(
            (shape["frame"], shape["type"], shape["label_id"], tuple(round(value, 1) for value in shape["points"]))
            for shape in shapes
            if shape["type"] in forms
        )

    before, content = known(), _bytes(_exported(alice, drawn, exporter))
    assert _put(alice, drawn.url, content, importer).status_code == 201
    assert known() == before
    if importer in ("COCO 1.0", "PASCAL VOC 1.1", "LabelMe 3.0"):
        cars = [s for s in told(alice.get(f"/api/v1/{drawn.url}"))["shapes"] if s["label_id"] == drawn.car]
        assert cars[0]["attributes"][0] == model


def test_masks_come_back_as_polygons_around_the_same_pixels(alice: Client, drawn: Drawable) -> None:
    body = marks(
        shapes=[
            box(drawn.person, 9, (5, 5, 25, 45)), box(drawn.car, 9, (20, 30, 60, 70), z_order=1),
            box(drawn.person, 2, (0, 0, 10, 10), group=4), box(drawn.person, 2, (30, 0, 40, 10), group=4),
            box(drawn.car, 3, (20.5, 30.2, 90.7, 33, 60, 99.4, 600, 500), type="polygon"),
        ]
    )  # fmt: skip
    send(alice, "PUT", drawn.url, body)
    first = _exported(alice, drawn, "Segmentation mask 1.1")
    assert first.read("labelmap.txt").splitlines()[1:3] == [b"background:0,0,0::", b"car:32,128,192::"]
    names = first.read("ImageSets/Segmentation/default.txt").split()
    assert names[:3] == [b"img_000", b"img_001", b"img_002"], "also frames with nothing on them"
    assert {f"SegmentationClass/{name.decode()}.png" for name in names} <= set(first.namelist())
    with Image.open(io.BytesIO(first.read("SegmentationClass/img_000.png"))) as empty:
        assert empty.convert("RGB").getcolors() == [(empty.width * empty.height, (0, 0, 0))]
    assert _put(alice, drawn.url, _bytes(first), "Segmentation mask 1.1").status_code == 201
    shapes = told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]
    apart = [shape for shape in shapes if shape["frame"] == 2]
    assert len({shape["group"] for shape in apart}) == 1
    assert apart[0]["group"]
    corners = [shape["points"] for shape in shapes if shape["frame"] == 9 and shape["label_id"] == drawn.person]
    assert corners == [[5, 5, 25, 5, 25, 30, 20, 30, 20, 45, 5, 45]], "what lies under the car is not seen"
    again = _exported(alice, drawn, "Segmentation mask 1.1")
    for name in first.namelist():
        if name.startswith("SegmentationClass/"):
            assert again.read(name) == first.read(name), "not a pixel more, however often it goes out and in"


def _mask_of_things(things: Image.Image) -> bytes:
    """A frame that is all cars, and which of them is where."""
    files = {"labelmap.txt": b"car:1,2,3::"}
    for folder, picture in (("Class", Image.new("RGB", things.size, (1, 2, 3))), ("Object", things)):
        target = io.BytesIO()
        picture.save(target, "PNG")
        files[f"Segmentation{folder}/img_000.png"] = target.getvalue()
    return zipped(files)


def test_a_mask_of_many_things_is_read_at_one_look(alice: Client, drawn: Drawable) -> None:
    numbers = (1 + x // 16 + 40 * (y // 16) for y in range(480) for x in range(640))
    content = b"".join(bytes((0, *divmod(number, 256))) for number in numbers)
    things = Image.frombytes("RGB", (640, 480), content)
    assert _put(alice, drawn.url, _mask_of_things(things), "Segmentation mask 1.1").status_code == 201
    found = [shape["points"] for shape in told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]]
    assert len(found) == 1200
    assert found[41] == [16, 16, 32, 16, 32, 32, 16, 32]


def test_a_mask_of_noise_is_refused(alice: Client, drawn: Drawable) -> None:
    noise = Image.frombytes("RGB", (640, 480), Random(1).randbytes(640 * 480 * 3))
    answer = _put(alice, drawn.url, _mask_of_things(noise), "Segmentation mask 1.1")
    assert (answer.status_code, "more than 20000 things" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format_is_written_for_an_empty_and_a_full_task(alice: Client, drawn: Drawable, name: str) -> None:
    assert _exported(alice, drawn, name).namelist()
    _mark_everything(alice, drawn)
    assert _exported(alice, drawn, name).namelist()


def test_a_download_has_a_name(alice: Client, drawn: Drawable) -> None:
    url = f"/api/v1/{drawn.url}"
    answer = alice.get(url, {"format": "CVAT for images 1.1", "action": "download"})
    assert answer.status_code == 200, "what is there at once needs no second question"
    moment = Task.objects.get().updated_at.strftime("%Y_%m_%d_%H_%M_%S")
    assert answer["Content-Disposition"] == f'attachment; filename="task_street-{moment}-cvat for images 1.1.zip"'
    named = alice.get(url, {"format": "YOLO 1.1", "action": "download", "filename": "My/Street.ZIP"})
    assert named["Content-Disposition"] == 'attachment; filename="my_street.zip"'


def test_a_change_makes_the_export_new_and_what_is_unchanged_is_written_once(alice: Client, drawn: Drawable) -> None:
    for _ in range(2):
        _exported(alice, drawn, "COCO 1.0")
    assert Errand.objects.count() == 1
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car)]))
    assert b'"bbox"' in _exported(alice, drawn, "COCO 1.0").read("annotations/instances_default.json")


def test_what_is_asked_wrongly_is_refused(alice: Client, drawn: Drawable) -> None:
    url = f"/api/v1/{drawn.url}"
    answer = alice.get(url, {"format": "Bogus 9"})
    assert (answer.status_code, told(answer)) == (400, ["Unknown format specified for the request"])
    answer = alice.get(url, {"format": "COCO 1.0", "action": "eat"})
    assert (answer.status_code, told(answer)) == (400, ["Unexpected action specified for the request"])
    assert alice.get(url, {"format": "TFRecord 1.0"}).status_code == 405
    assert alice.get(f"/api/v1/tasks/{drawn.task.pk}/dataset").status_code == 400
    answer = _put(alice, drawn.url, b"", "Bogus 9")
    assert (answer.status_code, told(answer)) == (400, ["Unknown input format 'Bogus 9'"])
    answer = _put(alice, drawn.url, None, "CVAT 1.1")
    assert (answer.status_code, told(answer)) == (400, {"annotation_file": ["No file was submitted."]})
    stranger = with_key(make_person("mallory"))
    assert stranger.get(url, {"format": "COCO 1.0"}).status_code == 403


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"<annotations>", b"{}", b"\xff" * 40])
def test_a_file_that_cannot_be_read_changes_nothing(alice: Client, drawn: Drawable, name: str, content: bytes) -> None:
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car)]))
    answer = _put(alice, drawn.url, content, name)
    assert answer.status_code in (201, 400), answer.content
    if answer.status_code == 400:
        assert isinstance(told(answer), str)
        assert Shape.objects.count() == 1


@pytest.mark.parametrize("name", READ)
def test_a_file_with_mistakes_in_it_is_read_or_refused(alice: Client, drawn: Drawable, name: str) -> None:
    """Letters and bytes exchanged, left out or doubled anywhere, many times."""
    _mark_everything(alice, drawn)
    exporter = {"CVAT 1.1": "CVAT for video 1.1"}.get(name, name)
    archive, chance = _exported(alice, drawn, exporter), Random(name)
    good = {member: archive.read(member) for member in archive.namelist()}
    readable = [member for member, content in good.items() if content]
    answers = set()
    for _ in range(10 if name.startswith("Segmentation") else 60):
        chosen = chance.choice(readable)
        content = bytearray(good[chosen])
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(content))
            piece = chance.choice([b"", b"-", b"9" * 12, b"\x00", b"\n\n", b'"', b"null", b"nan", b"[[", bytes([200])])
            content[place : place + chance.randrange(3)] = piece
            content = content or bytearray(b" ")
        answer = _put(alice, drawn.url, zipped({**good, chosen: bytes(content)}), name)
        assert answer.status_code in (201, 400), answer.content
        answers.add(answer.status_code)
    assert 400 in answers


def test_entities_and_unknown_labels_are_refused(alice: Client, drawn: Drawable) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "ha">]><annotations>&x;</annotations>'
    assert told(_put(alice, drawn.url, bomb, "CVAT 1.1")) == "Entities have no place in annotations."
    foreign = b'<annotations><image id="10" name="img_000.png"><tag label="cat"></tag></image></annotations>'
    assert (
        told(_put(alice, drawn.url, foreign, "CVAT 1.1"))
        == "Nothing in the file fits the task. The task has no label 'cat'."
    )


def test_a_job_takes_its_own_frames_from_a_file(alice: Client, drawn: Drawable) -> None:
    _mark_everything(alice, drawn)
    content = _bytes(_exported(alice, drawn, "CVAT for images 1.1"))
    assert alice.delete(f"/api/v1/{drawn.url}").status_code == 204
    assert _put(alice, drawn.job_url(1), content, "CVAT 1.1").status_code == 201
    shapes = told(alice.get(f"/api/v1/{drawn.job_url(1)}"))["shapes"]
    assert {shape["frame"] for shape in shapes} <= set(range(5, 10))
    assert told(alice.get(f"/api/v1/{drawn.job_url()}"))["shapes"] == []


def test_what_takes_longer_is_done_by_a_worker(
    alice: Client, drawn: Drawable, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    monkeypatch.setattr("quintet.services.annotation.actions.exports._QUICK_FIGURES", -1)
    monkeypatch.setattr("quintet.services.annotation.actions.imports._QUICK_BYTES", -1)
    _mark_everything(alice, drawn)
    url = f"/api/v1/{drawn.url}"
    asked = {"format": "CVAT for images 1.1"}
    assert [alice.get(url, asked).status_code for _ in range(2)] == [202, 202]
    assert [done.state for done in run_due()] == ["done"]
    content = _bytes(_exported(alice, drawn, "CVAT for images 1.1"))
    assert alice.delete(url).status_code == 204
    assert _put(alice, drawn.url, content, "CVAT 1.1").status_code == 202
    assert _put(alice, drawn.url, None, "CVAT 1.1").status_code == 202, "CVAT's page repeats without the file"
    assert [done.state for done in run_due()] == ["done"]
    assert _put(alice, drawn.url, None, "CVAT 1.1").status_code == 201
    assert told(alice.get(url))["shapes"]
    assert _put(alice, drawn.url, b"<no", "CVAT 1.1").status_code == 202
    run_due()
    answer = _put(alice, drawn.url, None, "CVAT 1.1")
    assert (answer.status_code, told(answer)[:21]) == (400, "The XML cannot be rea")
    assert _put(alice, drawn.url, None, "CVAT 1.1").status_code == 400, "forgotten"


def test_cvats_own_answers_can_be_had_first_202_then_201(alice: Client, drawn: Drawable, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    _mark_everything(alice, drawn)
    url, asked = f"/api/v1/{drawn.url}", {"format": "CVAT for images 1.1"}
    assert [alice.get(url, asked).status_code for _ in range(3)] == [202, 201, 201]
    content = _bytes(_exported(alice, drawn, "CVAT for images 1.1"))
    assert [_put(alice, drawn.url, content, "CVAT 1.1").status_code for _ in range(3)] == [202, 201, 202]


def test_a_task_without_frames_can_be_exported() -> None:
    owner = make_person("bob")
    drawn = make_drawable(owner)
    drawn.task.jobs.all().delete()
    drawn.task.data.delete()
    for name in WRITTEN:
        assert _exported(with_key(owner), drawn, name).testzip() is None, name


def test_exports_of_tasks_that_are_gone_are_swept_away(alice: Client, drawn: Drawable) -> None:
    _exported(alice, drawn, "COCO 1.0")
    Task.objects.all().delete()
    assert drop_exports(None) == {"exports": 1}  # type: ignore[arg-type]
    assert not Errand.objects.exists()


def test_figures_of_very_many_corners_are_written_by_a_worker(alice: Client, drawn: Drawable, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 1
    corners = [value for place in range(20_000) for value in (place % 640, place % 480)]
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car, 0, corners, type="polygon")]))
    exports = {name: alice.get(f"/api/v1/{drawn.url}?format={name}").status_code for name in ("COCO 1.0", MASKS)}
    assert exports == {"COCO 1.0": 201, MASKS: 202}, "of those that paint, and so look at each row"
    run_due()
    assert alice.get(f"/api/v1/{drawn.url}?format={MASKS}").status_code == 201
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car, 0, corners, type="polygon") for _ in range(14)]))
    assert alice.get(f"/api/v1/{drawn.url}?format=COCO 1.0").status_code == 202
    shown = [keyframe(frame, corners, type="polygon") for frame in (0, 9)]
    send(alice, "PUT", drawn.url, marks(tracks=[track(drawn.car, *shown), track(drawn.car, *shown)]))
    assert alice.get(f"/api/v1/{drawn.url}?format=COCO 1.0").status_code == 202


@pytest.mark.parametrize("name", [each for each in READ if each != "CVAT 1.1"])
def test_signs_that_a_format_has_no_place_for_make_no_file_that_cannot_be_read(
    alice: Client, drawn: Drawable, name: str
) -> None:
    drawn.task.labels.filter(pk=drawn.car).update(name="a\x01 car\nof two lines")
    drawn.task.data.frames.filter(number=0).update(name="img\x01.png")
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car), box(drawn.person)]))
    assert _put(alice, drawn.url, _bytes(_exported(alice, drawn, name)), name).status_code == 201
    shapes = told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]
    # Labels are told by their place in some, and none is taken for another.
    assert drawn.person in {shape["label_id"] for shape in shapes}
    assert len(shapes) <= 2
