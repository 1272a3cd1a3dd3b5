"""What programs that were written against CVAT 1.1 take for granted, beside what its own clients ask for."""

from typing import Any

import pytest
from django.test import Client

from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key
from quintet.services.annotation.tests.test_imports import put
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn() -> Drawable:
    return make_drawable(make_person())


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


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
