"""What programs that were written against CVAT 1.1 take for granted, beside what its own clients ask for."""

from typing import Any

import pytest
from django.test import Client

from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key
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
