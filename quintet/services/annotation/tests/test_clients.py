"""CVAT's own clients, request by request: the command line of 1.x, and the page of 1.1."""

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from PIL import Image

from quintet.services.annotation.tests.makers import PASSWORD, told, with_cookie_of
from quintet.services.annotation.tests.media import picture, upload
from quintet.services.annotation.tests.test_tasks import CAR, add_jobs, member

pytestmark = pytest.mark.django_db
_FORM = "application/x-www-form-urlencoded"


class CommandLine:
    """Signs in with a form and goes on with the session cookie and X-CSRFToken; it never sends the key."""

    def __init__(self, username: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        said = urlencode({"username": username, "password": PASSWORD})
        answer = self.client.post("/api/v1/auth/login", said, content_type=_FORM)
        assert answer.status_code == 200
        self.client.defaults["HTTP_X_CSRFTOKEN"] = answer.cookies["csrftoken"].value

    def create(self, name: str, **more: object) -> int:
        """cli.py create NAME --labels … (row 3)."""
        said = json.dumps({"name": name, "labels": [CAR], "bug": "", **more})
        answer = self.client.post("/api/v1/tasks", said, content_type="application/json")
        assert answer.status_code == 201
        return int(told(answer)["id"])

    def listed(self) -> list[str]:
        """cli.py ls (rows 1 and 2): page after page while there is a next one."""
        lines, page = [], told(self.client.get("/api/v1/tasks"))
        for number in range(2, 100):
            lines += ["{id},{name},{status}".format(**task) for task in page["results"]]
            if not page["next"]:
                break
            page = told(self.client.get(f"/api/v1/tasks?page={number}"))
        return lines


@pytest.fixture
def cli() -> CommandLine:
    """Somebody with a terminal."""
    return CommandLine(member().username)


def test_create_from_local_files_and_fetch_frames(cli: CommandLine, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    task_id = cli.create("street", overlap=1, segment_size=2, bug_tracker="https://bugs.example/7")
    files = {f"{name}.jpg": picture(90, 60, kind="JPEG") for name in "cab"}
    assert upload(cli.client, task_id, files, image_quality=50).status_code == 202
    assert told(cli.client.get(f"/api/v1/tasks/{task_id}/status")) == {"state": "Finished", "message": ""}
    task = told(cli.client.get(f"/api/v1/tasks/{task_id}"))
    assert [task[name] for name in ("size", "overlap", "segment_size", "image_quality", "bug_tracker")] == [
        3, 1, 2, 50, "https://bugs.example/7"
    ]  # fmt: skip
    assert [(part["start_frame"], part["stop_frame"]) for part in task["segments"]] == [(0, 1), (1, 2), (2, 2)]
    for quality in ("original", "compressed"):
        answer = cli.client.get(f"/api/v1/tasks/{task_id}/data?type=frame&number=2&quality={quality}")
        assert Image.open(io.BytesIO(answer.content)).size == (90, 60)
    assert cli.client.get(f"/api/v1/tasks/{task_id}/data?type=frame&number=99&quality=original").status_code == 400


def test_create_from_the_share(cli: CommandLine, settings: Any, tmp_path: Path) -> None:
    settings.QUINTET_ANNOTATION_SHARE = str(tmp_path)
    (tmp_path / "one.jpg").write_bytes(picture())
    task_id = cli.create("shared")
    said = urlencode({"server_files[0]": "one.jpg", "image_quality": 50})
    answer = cli.client.post(f"/api/v1/tasks/{task_id}/data", said, content_type=_FORM)
    assert (answer.status_code, told(answer)["server_files"]) == (202, ["one.jpg"])
    assert told(cli.client.get(f"/api/v1/tasks/{task_id}"))["size"] == 1


def test_without_labels_nothing_is_created(cli: CommandLine) -> None:
    answer = cli.client.post("/api/v1/tasks", '{"name": "n", "labels": []}', content_type="application/json")
    assert (answer.status_code, cli.listed()) == (400, [])


def test_eleven_tasks_are_eleven_lines_and_what_is_deleted_is_not_found_again(cli: CommandLine) -> None:
    ids = [cli.create(f"task {number}") for number in range(11)]
    assert cli.listed() == [f"{task_id},task {number},annotation" for number, task_id in reversed([*enumerate(ids)])]
    assert [cli.client.delete(f"/api/v1/tasks/{ids[0]}").status_code for _ in range(2)] == [204, 404]
    assert len(cli.listed()) == 10


def test_the_page_finds_what_it_asks_for(cli: CommandLine, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    task_id, empty = cli.create("street"), cli.create("empty")
    upload(cli.client, task_id, {"a.jpg": picture()}, image_quality=70, use_zip_chunks="true")
    page = told(cli.client.get("/api/v1/tasks?page_size=10&?id=undefined"))
    assert [task["id"] for task in page["results"]] == [empty, task_id]
    assert cli.client.get(f"/api/v1/tasks/{empty}/data?type=preview").status_code == 400
    only_cookie = with_cookie_of(cli.client)
    for query in ("type=preview", "type=chunk&number=0&quality=compressed"):
        answer = only_cookie.get(f"/api/v1/tasks/{task_id}/data?{query}")
        assert (answer.status_code, len(answer.getvalue()) > 100) == (200, True)
    found = told(cli.client.get("/api/v1/tasks?page_size=10&page=1&search=street&name=street&mode=annotation"))
    assert [task["id"] for task in found["results"]] == [task_id]


def test_the_page_sends_a_task_back_with_the_labels_it_got(cli: CommandLine) -> None:
    task_id = cli.create("street")
    add_jobs(task_id, 1)
    task = told(cli.client.get(f"/api/v1/tasks/{task_id}"))
    label = {"name": "bus", "color": "#2080c0", "attributes": []}
    said = {name: task[name] for name in ("assignee", "name", "bug_tracker", "z_order")}
    answer = cli.client.patch(
        f"/api/v1/tasks/{task_id}", json.dumps({**said, "labels": [*task["labels"], label]}), "application/json"
    )
    assert answer.status_code == 200
    changed = told(answer)
    assert changed["labels"][:-1] == task["labels"]
    assert (changed["labels"][-1]["name"], changed["segments"]) == ("bus", task["segments"])
