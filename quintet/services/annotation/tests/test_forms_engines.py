"""Figures of all forms on SQLite and on PostgreSQL, whose bulk writing differs."""

import pytest
from django.contrib.auth.models import Group

from quintet.services.annotation.rules import GROUPS
from quintet.services.annotation.tests.drawings import box, keyframe, make_drawable, marks, track
from quintet.services.annotation.tests.forms import (
    ALL,
    MASK,
    ellipse,
    mask,
    nodes,
    skeleton,
    turned_box,
    with_skeleton,
)
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.test_tasks import member


@pytest.fixture(autouse=True)
def ready(engine: None) -> None:
    """The groups that a migration made were emptied with the rest."""
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


def test_figures_of_all_forms_come_back_on_either() -> None:
    user = member()
    client = with_key(user)
    drawn = with_skeleton(make_drawable(user))
    shapes = [turned_box(drawn.car), ellipse(drawn.car, 1), mask(drawn.car, 2), skeleton(drawn.person, 3)]
    moving = track(drawn.car, keyframe(0), keyframe(4, rotation=12.5))
    said = marks(shapes=[*shapes, box(drawn.car, 4)], tracks=[moving])
    saved = told(send(client, "PUT", drawn.job_url() + ALL, said))
    got = told(client.get(f"/api/v1/{drawn.job_url()}{ALL}"))
    for kind in ("shapes", "tracks"):
        assert [each["id"] for each in got[kind]] == [each["id"] for each in saved[kind]]
    assert [shape.get("rotation") for shape in got["shapes"]] == [90, None, None, None, None]
    assert [shape.get("elements") for shape in got["shapes"]] == [None] * 3 + [nodes(), None]
    assert got["shapes"][2]["points"] == MASK
    assert [shape.get("rotation") for shape in got["tracks"][0]["shapes"]] == [None, 12.5]
    shown = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert send(client, "PATCH", f"{drawn.job_url()}?action=update", shown).status_code == 200
    again = told(client.get(f"/api/v1/{drawn.job_url()}{ALL}"))
    assert [shape["type"] for shape in again["shapes"]] == ["rectangle", "ellipse", "mask", "skeleton", "rectangle"]
