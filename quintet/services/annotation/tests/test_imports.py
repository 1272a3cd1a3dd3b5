"""What an import brings in, what it leaves out, and what is told of it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.actions import drop_exports, drop_imports
from quintet.services.annotation.models import Errand
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key
from quintet.services.annotation.tests.media import zipped

pytestmark = pytest.mark.django_db
YOLO, COCO, CVAT = "YOLO 1.1", "COCO 1.0", "CVAT 1.1"
NAMES = b"car\nperson\n"
LINE = b"0 0.5 0.5 0.25 0.25\n"
# That line, in a frame of 640 by 480.
POINTS = [240.0, 180.0, 400.0, 300.0]


@pytest.fixture
def drawn() -> Drawable:
    """Source frames 10, 12, 14, …: two jobs that share a frame."""
    return make_drawable(make_person(), (0, 5), (5, 9), start_frame=10, step=2, overlap=1, z_order=True)


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


def put(client: Client, path: str, content: bytes | None, name: str, **asked: str) -> Any:
    fields = {} if content is None else {"annotation_file": SimpleUploadedFile("a.zip", content)}
    address = f"/api/v1/{path}?{urlencode({'format': name, **asked})}"
    return client.generic("PUT", address, encode_multipart(BOUNDARY, fields), content_type=MULTIPART_CONTENT)


def _tried(client: Client, path: str, content: bytes, name: str, **asked: str) -> Any:
    answer = put(client, path, content, name, dry_run="true", **asked)
    assert answer.status_code == 200, answer.content
    return told(answer)


def _last_import(client: Client, drawn: Drawable) -> Any:
    (newest, *_) = told(client.get(f"/api/v1/tasks/{drawn.task.pk}/imports"))["results"]
    return told(client.get(f"/api/v1/tasks/{drawn.task.pk}/imports/{newest['id']}"))


def _shapes(client: Client, drawn: Drawable) -> list[Any]:
    return list(told(client.get(f"/api/v1/{drawn.url}"))["shapes"])


def _yolo(files: dict[str, bytes], folder: str = "obj_train_data/") -> bytes:
    return zipped({"obj.names": NAMES, **{folder + name: content for name, content in files.items()}})


def test_what_finds_no_frame_is_left_out_and_told_and_the_rest_comes_in(alice: Client, drawn: Drawable) -> None:
    content = _yolo({"img_003.txt": LINE, "elsewhere.txt": LINE + LINE, "img_004.txt": b""})
    answer = put(alice, drawn.url, content, YOLO)
    assert (answer.status_code, answer.content) == (201, b"")
    (shape,) = _shapes(alice, drawn)
    assert (shape["frame"], shape["label_id"], shape["points"]) == (3, drawn.car, POINTS)
    assert answer["Location"].startswith(f"http://testserver/api/v1/tasks/{drawn.task.pk}/imports/")
    said = told(alice.get(answer["Location"]))
    assert said.pop("created_date").endswith("Z")
    assert said == {
        "id": said["id"], "person": {"id": drawn.task.owner_id, "username": "alice"},
        "format": YOLO, "mode": "replace", "strict": False, "job": None, "state": "finished", "error": "",
        "items": {"matched": 1, "skipped": 1, "by": {"stem": 1}},
        "lost": {"marks": 2, "values": 0},
        "reasons": {"no_frame": 1},
        "skipped": [
            {
                "item": "elsewhere.txt", "frame": None, "what": "item", "reason": "no_frame",
                "why": "No frame of the task is called 'elsewhere.txt'.",
            }
        ],
        "skipped_total": 1,
        "added": {"tags": 0, "shapes": 1, "tracks": 0},
        "already_there": 0, "outside_job": 0,
    }  # fmt: skip


def test_a_file_of_which_nothing_fits_is_refused_and_changes_nothing(alice: Client, drawn: Drawable) -> None:
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car)]))
    answer = put(alice, drawn.url, _yolo({"other.txt": LINE}), YOLO)
    words = "Nothing in the file fits the task. No frame of the task is called 'other.txt'."
    assert (answer.status_code, told(answer)) == (400, words)
    assert len(_shapes(alice, drawn)) == 1
    said = _last_import(alice, drawn)
    assert (said["state"], said["error"], said["skipped_total"]) == ("failed", words, 1)


def test_a_file_with_nothing_in_it_empties_the_task(alice: Client, drawn: Drawable) -> None:
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car)]))
    assert put(alice, drawn.url, _yolo({"img_000.txt": b""}), YOLO).status_code == 201
    assert _shapes(alice, drawn) == []


@pytest.mark.parametrize(
    ("name", "frame", "way"),
    [
        ("day/a.jpg", 0, "name"),
        ("./day\\a.jpg", 0, "name"),
        ("day/a.png", 0, "stem"),
        ("dump/night/a.jpg", 1, "end"),
        ("b.png", 2, "end"),
        ("dump/b.jpg", 2, "end"),
        ("000016.jpg", 3, "number"),
        ("frame_000016", 3, "number"),
        ("a.jpg", None, None),
        ("17.jpg", None, None),
        ("1" * 30 + ".jpg", None, None),
    ],
)
def test_frames_are_found_by_name_end_and_number(
    alice: Client, drawn: Drawable, name: str, frame: int | None, way: str | None
) -> None:
    for number, called in enumerate(["day/a.jpg", "night/a.jpg", "day/b.jpg", "day/c.jpg"]):
        drawn.task.data.frames.filter(number=number).update(name=called)
    known = {"image_id": 7, "category_id": 70, "bbox": [1, 2, 3, 4]}
    content = orjson.dumps(
        {
            "images": [{"id": 7, "file_name": name}], "categories": [{"id": 70, "name": "car"}],
            "annotations": [known],
        }
    )  # fmt: skip
    said = put(alice, drawn.url, content, COCO, dry_run="1")
    if frame is None:
        assert said.status_code == 400
        return
    assert told(said)["items"]["by"] == {way: 1}
    assert put(alice, drawn.url, content, COCO).status_code == 201
    assert [shape["frame"] for shape in _shapes(alice, drawn)] == [frame]


def test_what_could_be_several_frames_is_none(alice: Client, drawn: Drawable) -> None:
    drawn.task.data.frames.filter(number=0).update(name="day/a.jpg")
    drawn.task.data.frames.filter(number=1).update(name="night/a.jpg")
    said = _tried(alice, drawn.url, _yolo({"a.txt": LINE, "img_003.txt": LINE}), YOLO)
    assert [each["why"] for each in said["skipped"]] == ["More than one frame of the task may be meant by 'a.txt'."]


def _xml(*inside: str) -> bytes:
    return "<annotations>{}</annotations>".format("".join(inside)).encode()


def _image(frame: int, *inside: str) -> str:
    return f'<image id="{10 + 2 * frame}" name="img_{frame:03}.png">{"".join(inside)}</image>'


def _box(label: str = "car", inside: str = "", xbr: str = "30") -> str:
    return f'<box label="{label}" occluded="0" xtl="10" ytl="20" xbr="{xbr}" ybr="40">{inside}</box>'


def _mixed() -> bytes:
    """Frame 0: something of everything that does not fit; frame 1: a rectangle that does."""
    return _xml(
        _image(
            0, _box("cat"), _box(xbr="nan"), '<polygon label="person" points="1,2;3,4"></polygon>',
            _box(inside='<attribute name="model">fiat</attribute>'), '<tag label="dog"></tag>',
        ),
        _image(1, _box("person")),
        '<track id="5" label="car"><box frame="10" keyframe="1" outside="0" xtl="1" ytl="2" xbr="3" ybr="4"></box>'
        '<box frame="11" keyframe="1" outside="0" xtl="1" ytl="2" xbr="3" ybr="4"></box></track>',
        '<track id="6" label="cow"><box frame="10" keyframe="1" xtl="1" ytl="2" xbr="3" ybr="4"></box></track>',
    )  # fmt: skip


def test_each_mark_that_does_not_fit_is_told_with_its_reason(alice: Client, drawn: Drawable) -> None:
    assert put(alice, drawn.url, _mixed(), CVAT).status_code == 201
    said = _last_import(alice, drawn)
    assert [(each["item"], each["frame"], each["what"], each["why"]) for each in said["skipped"]] == [
        ("img_000.png", 0, "shape", "The task has no label 'cat'."),
        ("img_000.png", 0, "shape", "'nan' is no number."),
        ("img_000.png", 0, "value", "'fiat' is not a value of model, an attribute of car."),
        ("img_000.png", 0, "tag", "The task has no label 'dog'."),
        ("track 5", None, "keyframe", "The task has no frame 11."),
        ("track 6", None, "track", "The task has no label 'cow'."),
        ("img_000.png", 0, "shape", "A polygon has an even number of numbers, at least 6."),
    ]
    assert said["reasons"] == {"unknown_label": 3, "unreadable": 1, "bad_value": 1, "no_frame": 1, "bad_points": 1}
    assert said["lost"] == {"marks": 5, "values": 1}
    assert said["added"] == {"tags": 0, "shapes": 2, "tracks": 1}
    shapes = _shapes(alice, drawn)
    assert [(shape["frame"], shape["label_id"]) for shape in shapes] == [(0, drawn.car), (1, drawn.person)]
    assert shapes[0]["attributes"][0]["value"] == "mazda", "the default"


def test_a_strict_import_is_all_or_nothing(alice: Client, drawn: Drawable) -> None:
    answer = put(alice, drawn.url, _mixed(), CVAT, strict="true")
    assert (answer.status_code, told(answer)) == (400, "The task has no label 'cat'.")
    assert _shapes(alice, drawn) == []
    said = _last_import(alice, drawn)
    assert (said["state"], said["strict"], said["skipped_total"]) == ("failed", True, 7)


def test_of_very_many_things_the_first_are_told_and_all_are_counted(alice: Client, drawn: Drawable) -> None:
    content = _xml(_image(0, *[_box("cat")] * 300, _box()))
    said = _tried(alice, drawn.url, content, CVAT)
    assert (len(said["skipped"]), said["skipped_total"]) == (200, 300)


def test_a_trial_saves_nothing_and_is_no_import(alice: Client, drawn: Drawable) -> None:
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car)]))
    version = told(alice.get(f"/api/v1/{drawn.url}"))["version"]
    said = _tried(alice, drawn.url, _mixed(), CVAT)
    assert (said["state"], said["added"]) == ("finished", {"tags": 0, "shapes": 2, "tracks": 1})
    assert told(alice.get(f"/api/v1/{drawn.url}"))["version"] == version
    assert told(alice.get(f"/api/v1/tasks/{drawn.task.pk}/imports"))["count"] == 0
    assert put(alice, drawn.url, b"<no", CVAT, dry_run="true").status_code == 400


def test_merging_adds_what_is_not_there(alice: Client, drawn: Drawable) -> None:
    there = marks(
        tags=[tag(drawn.car, 0)],
        shapes=[box(drawn.car, 0, (10.004, 20, 30, 40)), box(drawn.person, 3)],
        tracks=[track(drawn.car, keyframe(1), keyframe(8, (40, 20, 140, 80)))],
    )
    assert send(alice, "PUT", drawn.url, there).status_code == 200
    content = _xml(
        _image(
            0, '<tag label="car"></tag>', '<tag label="person"></tag>', _box(), _box("person"), _box(xbr="30.02")
        ),
        '<track id="0" label="car">'
        '<box frame="12" keyframe="1" outside="0" xtl="10" ytl="20" xbr="110" ybr="80"></box>'
        '<box frame="26" keyframe="1" outside="0" xtl="40" ytl="20" xbr="140" ybr="80"></box></track>',
    )  # fmt: skip
    said = _tried(alice, drawn.url, content, CVAT, mode="merge")
    assert (said["mode"], said["added"], said["already_there"]) == (
        "merge", {"tags": 1, "shapes": 2, "tracks": 0}, 3
    )  # fmt: skip
    assert put(alice, drawn.url, content, CVAT, mode="merge").status_code == 201
    now = told(alice.get(f"/api/v1/{drawn.url}"))
    assert [len(now[kind]) for kind in ("tags", "shapes", "tracks")] == [2, 4, 1]
    assert put(alice, drawn.url, content, CVAT, mode="merge").status_code == 201
    assert _last_import(alice, drawn)["added"] == {"tags": 0, "shapes": 0, "tracks": 0}
    again = told(alice.get(f"/api/v1/{drawn.url}"))
    assert [again[kind] for kind in ("tags", "shapes", "tracks")] == [
        now[kind] for kind in ("tags", "shapes", "tracks")
    ]


def test_what_a_track_shows_on_a_frame_is_there_already(alice: Client, drawn: Drawable) -> None:
    """As CVAT's XML for images tells of tracks: frame by frame."""
    send(alice, "PUT", drawn.url, marks(tracks=[track(drawn.car, keyframe(0, (10, 20, 30, 40)))]))
    said = _tried(alice, drawn.url, _xml(_image(4, _box())), CVAT, mode="merge")
    assert (said["already_there"], said["added"]["shapes"]) == (1, 0)


def test_merging_into_a_job_looks_at_the_job(alice: Client, drawn: Drawable) -> None:
    content = _xml(_image(0, _box()), _image(5, _box()), _image(9, _box()))
    assert put(alice, drawn.job_url(1), content, CVAT, mode="merge").status_code == 201
    said = _last_import(alice, drawn)
    assert (said["job"], said["added"]["shapes"], said["outside_job"]) == (drawn.jobs[1].pk, 2, 1)
    assert put(alice, drawn.job_url(1), content, CVAT, mode="merge").status_code == 201
    assert len(told(alice.get(f"/api/v1/{drawn.job_url(1)}"))["shapes"]) == 2


def test_what_is_asked_wrongly_is_refused(alice: Client, drawn: Drawable) -> None:
    answer = put(alice, drawn.url, _mixed(), CVAT, mode="mix")
    assert (answer.status_code, told(answer)) == (400, {"mode": ['"mix" is not a valid choice.']})
    answer = put(alice, drawn.url, _mixed(), CVAT, dry_run="perhaps")
    assert (answer.status_code, told(answer)) == (400, {"dry_run": ["Must be a valid boolean."]})
    assert put(alice, drawn.url, _mixed(), CVAT, strict="2").status_code == 400


def test_imports_are_listed_newest_first_to_all_who_see_the_task(alice: Client, drawn: Drawable) -> None:
    for mode in ("replace", "merge", "replace"):
        put(alice, drawn.url, _mixed(), CVAT, mode=mode)
    url = f"/api/v1/tasks/{drawn.task.pk}/imports"
    page = told(alice.get(url, {"page_size": 2}))
    assert (page["count"], page["previous"]) == (3, None)
    assert page["next"] == f"http://testserver{url}?page=2&page_size=2"
    ids = [each["id"] for each in page["results"]]
    assert ids == sorted(ids, reverse=True)
    assert [each["mode"] for each in page["results"]] == ["replace", "merge"]
    assert "skipped" not in page["results"][0]
    watcher, other = make_person("watcher"), make_person("mallory")
    watcher.groups.add(Group.objects.get(name="observer"))
    assert with_key(watcher).get(url).status_code == 200
    assert with_key(other).get(url).status_code == 403
    assert with_key(other).get(f"{url}/{ids[0]}").status_code == 403
    assert alice.get(f"{url}/999999").status_code == 404
    assert alice.get("/api/v1/tasks/999999/imports").status_code == 404
    elsewhere = make_drawable(drawn.task.owner)
    assert alice.get(f"/api/v1/tasks/{elsewhere.task.pk}/imports/{ids[0]}").status_code == 404


def test_an_import_outlives_who_did_it(drawn: Drawable) -> None:
    boss = make_person("boss", is_administrator=True)
    put(with_key(boss), drawn.url, _mixed(), CVAT)
    boss.delete()
    assert drawn.task.owner is not None
    assert _last_import(with_key(drawn.task.owner), drawn)["person"] is None


@pytest.fixture
def by_worker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as a large one, and nobody is kept waiting."""
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    monkeypatch.setattr("quintet.services.annotation.actions.imports._QUICK_BYTES", -1)


@pytest.mark.usefixtures("by_worker")
def test_what_a_worker_reads_is_told_from_its_beginning(alice: Client, drawn: Drawable) -> None:
    assert put(alice, drawn.url, _mixed(), CVAT, mode="merge").status_code == 202
    said = _last_import(alice, drawn)
    assert (said["state"], said["mode"], "added" in said) == ("queued", "merge", False)
    run_due()
    assert _last_import(alice, drawn)["state"] == "finished", "before anybody asks again"
    answer = put(alice, drawn.url, None, CVAT)
    assert answer.status_code == 201
    assert told(alice.get(answer["Location"]))["added"]["shapes"] == 2
    assert put(alice, drawn.url, _yolo({"other.txt": LINE}), YOLO).status_code == 202
    run_due()
    assert _last_import(alice, drawn)["state"] == "failed"
    assert put(alice, drawn.url, None, YOLO).status_code == 400
    said = _last_import(alice, drawn)
    assert (said["state"], said["skipped_total"]) == ("failed", 1)


@pytest.mark.usefixtures("by_worker")
def test_a_trial_by_a_worker_ends_with_200_and_leaves_nothing(alice: Client, drawn: Drawable) -> None:
    assert put(alice, drawn.url, _mixed(), CVAT, dry_run="true").status_code == 202
    run_due()
    answer = put(alice, drawn.url, None, CVAT, dry_run="true")
    assert (answer.status_code, told(answer)["added"]["shapes"]) == (200, 2)
    assert not Errand.objects.exists()
    assert _shapes(alice, drawn) == []


@pytest.mark.usefixtures("by_worker")
def test_reports_go_after_a_while_and_what_nobody_asked_for_is_closed(alice: Client, drawn: Drawable) -> None:
    put(alice, drawn.url, _mixed(), CVAT)
    run_due()
    put(alice, drawn.url, _mixed(), CVAT, dry_run="true")
    Errand.objects.update(created_at=timezone.now() - timedelta(hours=11))
    assert drop_exports(None) == {"exports": 0}  # type: ignore[arg-type]
    assert drop_imports(None) == {"imports": 0}  # type: ignore[arg-type]
    (left,) = Errand.objects.all()
    assert (left.key.partition(":")[0], left.stored) == ("imported", "")
    assert _last_import(alice, drawn)["state"] == "finished"
    Errand.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert drop_imports(None) == {"imports": 1}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a\x00b.png", "/".join("a" * 200_000), "\x00", "..", "/", ""])
def test_a_name_that_nobody_can_mean_is_told_and_costs_nothing(alice: Client, drawn: Drawable, name: str) -> None:
    images = [{"id": 1, "file_name": name}, {"id": 2, "file_name": "img_003.png"}]
    instances = [{"image_id": each["id"], "category_id": 1, "bbox": [1, 2, 3, 4]} for each in images]
    said = {"images": images, "categories": [{"id": 1, "name": "car"}], "annotations": instances}
    assert put(alice, drawn.url, orjson.dumps(said), COCO).status_code == 201
    (skipped,) = _last_import(alice, drawn)["skipped"]
    assert (skipped["reason"], "\x00" in skipped["item"], len(skipped["item"]) <= 300) == ("no_frame", False, True)


# Archives as others make them.


def test_archives_of_other_systems_are_read(alice: Client, drawn: Drawable) -> None:
    inside = {
        "export\\obj.names": NAMES, "export\\obj_train_data\\img_003.txt": LINE, "export\\obj_train_data\\": b"",
        "__MACOSX/export/obj_train_data/._img_003.txt": b"\x00\x05\x16", "export/obj_train_data/._img_004.txt": b"\xff",
        "export/obj_train_data/.DS_Store": b"Bud1",
    }  # fmt: skip
    assert put(alice, drawn.url, zipped(inside), YOLO, strict="true").status_code == 201
    assert [shape["frame"] for shape in _shapes(alice, drawn)] == [3]


@pytest.mark.parametrize(
    "said",
    [
        "path: ../x\nnames: [car, 'person']\nnc: 2\n",
        "names:\n  0: car\n  1: person # people\n",
        'nc: 2\nnames:\n- car\n- "person"\ntrain: images\n',
        "names: {0: car, 1: person}\n",
    ],
)
def test_yolo_names_may_stand_in_data_yaml(alice: Client, drawn: Drawable, said: str) -> None:
    lines = b"1 0.5 0.5 0.25 0.25 0.97\n0 0.1 0.1 0.2 0.1 0.2 0.2\n7 0.5 0.5 0.1 0.1\n0 0.5\n"
    content = zipped({"set/data.yaml": said.encode(), "set/labels/train/img_003.txt": lines, "set/readme.txt": b"hi"})
    assert put(alice, drawn.url, content, YOLO).status_code == 201
    shapes = sorted(_shapes(alice, drawn), key=lambda shape: shape["type"])
    assert [(shape["type"], shape["label_id"]) for shape in shapes] == [
        ("polygon", drawn.car), ("rectangle", drawn.person)
    ]  # fmt: skip
    assert shapes[1]["points"] == POINTS
    assert [each["why"] for each in _last_import(alice, drawn)["skipped"]] == [
        "The file has no name for label 7.", "The line is none of YOLO's.",
    ]  # fmt: skip


def test_coco_of_others_has_its_own_numbers_folders_and_crowds(alice: Client, drawn: Drawable) -> None:
    instance = {"image_id": "x", "category_id": 90, "iscrowd": 0, "segmentation": [], "bbox": [1, 2, 10, 20]}
    crowd = {**instance, "iscrowd": 1, "segmentation": {"size": [480, 640], "counts": [0, 5, 307195]}}
    bad: list[Any] = [
        {**instance, "category_id": 3}, {**instance, "image_id": 4}, {"image_id": "x", "category_id": 90}, 7,
        {**instance, "segmentation": [[1, 2, 3]]},
    ]  # fmt: skip
    content = orjson.dumps(
        {
            "images": [{"id": "x", "file_name": "train/2020/img_003.png"}],
            "categories": [{"id": 90, "name": "person"}, {"id": 1, "name": "unused"}],
            "annotations": [instance, crowd, *bad],
        }
    )
    assert put(alice, drawn.url, zipped({"deep/annotations/instances_train.json": content}), COCO).status_code == 201
    shapes = _shapes(alice, drawn)
    assert {(shape["frame"], shape["label_id"]) for shape in shapes} == {(3, drawn.person)}
    assert shapes[0]["points"] == [1, 2, 11, 22]
    assert len(shapes) == 2
    said = _last_import(alice, drawn)
    assert (said["items"]["by"], said["lost"]["marks"]) == ({"end": 1}, 5)


def test_voc_knows_details_of_every_object(alice: Client, drawn: Drawable) -> None:
    label = told(alice.get(f"/api/v1/tasks/{drawn.task.pk}"))["labels"]
    specs = [
        {"name": "difficult", "mutable": False, "input_type": "checkbox", "default_value": "false", "values": []},
        {"name": "pose", "mutable": False, "input_type": "text", "default_value": "", "values": []},
        {"name": "truncated", "mutable": True, "input_type": "number", "default_value": "0", "values": ["0", "1", "1"]},
    ]
    person = next(each for each in label if each["name"] == "person")
    send(alice, "PATCH", f"tasks/{drawn.task.pk}", {"labels": [{**person, "attributes": specs}]})
    inside = (
        "<annotation><filename>img_003.png</filename><object><name>person</name><pose>Left</pose>"
        "<truncated>1</truncated><difficult>1</difficult><occluded>1</occluded>"
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"
        "<part><name>head</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>"
        "</object></annotation>"
    )
    content = zipped({"VOC2012/Annotations/2008_1.xml": inside.encode()})
    assert put(alice, drawn.url, content, "PASCAL VOC 1.1", strict="true").status_code == 201
    (shape,) = _shapes(alice, drawn)
    assert (shape["frame"], shape["occluded"], shape["points"]) == (3, True, [1, 2, 3, 4])
    assert [each["value"] for each in shape["attributes"]] == ["true", "Left", "1"]


@pytest.mark.parametrize(
    ("exporter", "importer"),
    [
        ("COCO 1.0", COCO),
        ("CVAT for images 1.1", CVAT),
        ("CVAT for video 1.1", CVAT),
        ("LabelMe 3.0", "LabelMe 3.0"),
        ("MOT 1.1", "MOT 1.1"),
        ("PASCAL VOC 1.1", "PASCAL VOC 1.1"),
        ("Segmentation mask 1.1", "Segmentation mask 1.1"),
        ("YOLO 1.1", YOLO),
    ],
)
def test_every_format_comes_into_a_smaller_task_as_far_as_it_fits(
    alice: Client, drawn: Drawable, exporter: str, importer: str
) -> None:
    shapes = [box(drawn.car, 0), box(drawn.person, 1), box(drawn.car, 2), box(drawn.car, 9)]
    assert send(alice, "PUT", drawn.url, marks(shapes=shapes)).status_code == 200
    answer: Any = alice.get(f"/api/v1/{drawn.url}", {"format": exporter, "action": "download"})
    content = b"".join(answer.streaming_content)
    small = make_drawable(drawn.task.owner, (0, 4), start_frame=10, step=2)
    small.task.labels.filter(pk=small.person).update(name="passer-by")
    assert put(alice, small.url, content, importer).status_code == 201
    found = told(alice.get(f"/api/v1/{small.url}"))
    first = [track_["shapes"][0] for track_ in found["tracks"]]
    assert [each["frame"] for each in [*found["shapes"], *first]] == [0, 2]
    said = _last_import(alice, small)
    assert set(said["reasons"]) == {"no_frame", "unknown_label"}
    assert said["lost"]["marks"] >= 1
    answer = put(alice, small.url, content, importer, strict="true")
    assert answer.status_code == 400
    assert told(answer).startswith(("The task has no", "No frame of the task"))
