"""What programs that were written against CVAT 1.1 take for granted, beside what its own clients ask for."""

from typing import Any

import pytest
from django.test import Client

from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, marks, tag, track
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import members, zipped
from quintet.services.annotation.tests.test_imports import put
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("said", "kept"), [(False, "false"), (True, "true"), ("true", "true"), ("", "")])
def test_a_checkbox_may_be_told_without_values_and_with_jsons_own_truth(said: object, kept: str) -> None:
    parked: dict[str, Any] = {"name": "parked", "mutable": True, "input_type": "checkbox", "default_value": said}
    client = with_key(member())
    task = make_task(client, labels=[{"name": "car", "attributes": [parked]}])
    (shown,) = task["labels"][0]["attributes"]
    assert (shown["default_value"], shown["values"]) == (kept, [""])
    changes = {"attributes": [{"id": shown["id"], "default_value": not said}]}
    changed = told(send(client, "PATCH", f"labels/{task['labels'][0]['id']}", changes))
    assert changed["attributes"][0]["default_value"] == str(not said).lower()


def test_a_checkbox_keeps_whatever_word_was_said_of_it(alice: Client, drawn: Drawable) -> None:
    parked = [{"spec_id": drawn.parked, "value": "mazda"}]
    said = marks(shapes=[box(drawn.car, attributes=parked)], tracks=[track(drawn.car, keyframe(0, attributes=parked))])
    for path in (drawn.job_url(), drawn.url):
        assert send(alice, "PUT", path, said).status_code == 200
        there = told(alice.get(f"/api/v1/{path}"))
        assert parked[0] in there["shapes"][0]["attributes"]
        assert there["tracks"][0]["shapes"][0]["attributes"] == parked


@pytest.mark.parametrize("of", ["job", "task"])
def test_an_import_that_replaces_counts_two_versions_and_one_that_merges_one(
    alice: Client, drawn: Drawable, of: str
) -> None:
    path = drawn.job_url() if of == "job" else drawn.url
    xml = b'<annotations><image id="1" name="img_001.png"><tag label="car"/></image></annotations>'
    send(alice, "PUT", path, marks(shapes=[box(drawn.car)]))
    before = told(alice.get(f"/api/v1/{path}"))
    assert put(alice, path, xml, "CVAT 1.1").status_code == 201
    after = told(alice.get(f"/api/v1/{path}"))
    assert (before["version"], after["version"], after["shapes"]) == (1, 3, [])
    assert put(alice, path, xml, "CVAT 1.1", mode="merge").status_code == 201
    assert told(alice.get(f"/api/v1/{path}"))["version"] == 4
    history = f"/api/v1/jobs/{drawn.jobs[0].pk}/history"
    assert [save["version"] for save in told(alice.get(history))["results"]] == [3, 1]
    # What nobody ever saw is what was there before.
    assert told(alice.get(f"{history}/2")) == {**before, "version": 2}
    assert told(alice.get(f"{history}/3")) == after


def _exported(client: Client, drawn: Drawable, name: str) -> bytes:
    asked = f"/api/v1/{drawn.url}?format={name}"
    assert client.get(asked).status_code == 201
    archive: Any = client.get(f"{asked}&action=download")
    return b"".join(archive.streaming_content)


@pytest.mark.parametrize(
    ("out", "into"), [("CVAT for images 1.1", "CVAT 1.1"), ("COCO 1.0", "COCO 1.0"), ("LabelMe 3.0", "LabelMe 3.0")]
)
def test_a_checkboxs_word_goes_out_and_comes_in(alice: Client, drawn: Drawable, out: str, into: str) -> None:
    words = [(drawn.model, "bmw"), (drawn.parked, "mazda")]
    said = [{"spec_id": spec, "value": value} for spec, value in words]
    send(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car, attributes=said)]))
    assert put(alice, drawn.url, _exported(alice, drawn, out), into).status_code == 201
    (shape,) = told(alice.get(f"/api/v1/{drawn.url}"))["shapes"]
    assert shape["attributes"] == said


def test_a_tag_goes_through_pascal_voc_by_the_lists_of_its_label(alice: Client, drawn: Drawable) -> None:
    said = marks(tags=[tag(drawn.person, 2), tag(drawn.car, 1)], shapes=[box(drawn.person, 1), box(drawn.car, 1)])
    send(alice, "PUT", drawn.url, said)
    content = _exported(alice, drawn, "PASCAL VOC 1.1")
    person = members(content)["ImageSets/Main/person_default.txt"].decode().splitlines()
    assert [line for line in person if not line.endswith(" -1")] == ["img_001 1", "img_002 1"]
    assert put(alice, drawn.url, content, "PASCAL VOC 1.1").status_code == 201
    there = told(alice.get(f"/api/v1/{drawn.url}"))
    # Of an image that has a box of the label the list says no more than that.
    assert [(each["frame"], each["label_id"], each["group"]) for each in there["tags"]] == [(2, drawn.person, 0)]
    assert [(each["frame"], each["label_id"]) for each in there["shapes"]] == [(1, drawn.person), (1, drawn.car)]


def test_lists_of_pascal_voc_without_boxes_are_tags_each_once_and_tell_what_they_lost(
    alice: Client, drawn: Drawable
) -> None:
    lists = {
        "car_train": "img_000  1\nimg_001 -1\nimg_002  0\n",
        "car_trainval": "img_000  1\nimg_003  1\nelsewhere  1\n",
        "bicycle_train": "img_005  1\n",
        "train": "img_000\nimg_001\n",
    }
    names = {f"VOC2012/ImageSets/Main/{name}.txt": text.encode() for name, text in lists.items()}
    others = {"VOC2012/ImageSets/Layout/car_train.txt": b"img_007 1\n"}
    assert put(alice, drawn.url, zipped({**names, **others}), "PASCAL VOC 1.1").status_code == 201
    tags = told(alice.get(f"/api/v1/{drawn.url}"))["tags"]
    assert [(each["frame"], each["label_id"]) for each in tags] == [(0, drawn.car), (3, drawn.car)]
    imports = told(alice.get(f"/api/v1/tasks/{drawn.task.pk}/imports"))["results"]
    assert (imports[0]["items"], imports[0]["lost"]["marks"]) == ({"matched": 2, "skipped": 1, "by": {"stem": 2}}, 1)
