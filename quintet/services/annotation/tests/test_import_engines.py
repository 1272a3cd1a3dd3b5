"""Imports on SQLite and on PostgreSQL, with real commits."""

from typing import Any

import pytest

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.tests.drawings import make_drawable
from quintet.services.annotation.tests.makers import make_person, told, with_key
from quintet.services.annotation.tests.test_engines import at_once, ready
from quintet.services.annotation.tests.test_imports import COCO, CVAT, put

__all__ = ["ready"]
_ONE = (
    b'<annotations><image id="3" name="img_003.png"><tag label="car"></tag>'
    b'<box label="car" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4"></box></image></annotations>'
)


def test_two_who_merge_the_same_at_once_add_it_once() -> None:
    user = make_person()
    drawn = make_drawable(user, (0, 5), (4, 9), overlap=2)
    clients = [with_key(user) for _ in range(4)]
    answers = at_once(*(lambda one=one: put(one, drawn.url, _ONE, CVAT, mode="merge").status_code for one in clients))
    assert answers == [201] * 4
    found = told(clients[0].get(f"/api/v1/{drawn.url}"))
    assert (len(found["tags"]), len(found["shapes"])) == (1, 1)
    page = told(clients[0].get(f"/api/v1/tasks/{drawn.task.pk}/imports"))
    assert sorted(each["already_there"] for each in page["results"]) == [0, 2, 2, 2]


def test_a_worker_tells_of_what_it_brought_in_and_of_what_it_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    monkeypatch.setattr("quintet.services.annotation.actions.imports._QUICK_BYTES", -1)
    drawn = make_drawable(make_person())
    assert drawn.task.owner is not None
    client = with_key(drawn.task.owner)
    odd = b'{"images": [{"id": 1, "file_name": "a\\u0000b.png"}], "categories": [{"id": 1, "name": "car"}], '
    odd += b'"annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}'
    for name, content, end in ((CVAT, _ONE, 201), (COCO, odd, 400)):
        assert put(client, drawn.url, content, name).status_code == 202
        run_due()
        assert put(client, drawn.url, None, name).status_code == end
    said = told(client.get(f"/api/v1/tasks/{drawn.task.pk}/imports"))["results"]
    assert [each["state"] for each in said] == ["failed", "finished"]
    assert [each["reasons"] for each in said] == [{"no_frame": 1}, {}]
