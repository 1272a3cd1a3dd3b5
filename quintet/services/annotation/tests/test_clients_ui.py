"""CVAT's page of 1.1, step by step: what it asks for, with what it asks, and what it reads from the answer."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.tests.clients import Page
from quintet.services.annotation.tests.makers import PASSWORD, make_superuser, told
from quintet.services.annotation.tests.media import picture
from quintet.services.annotation.tests.test_tasks import member

pytestmark = pytest.mark.django_db
# As the constructor of labels writes it.
CAR = {
    "name": "car",
    "attributes": [
        {"name": "model", "mutable": False, "input_type": "select", "default_value": "bmw", "values": ["bmw", "mazda"]},
        {"name": "parked", "mutable": True, "input_type": "checkbox", "default_value": "false", "values": ["false"]},
    ],
    "color": "#2080c0",
}


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


@pytest.fixture
def page() -> Page:
    """Somebody who has signed in."""
    opened = Page()
    opened.login(member().username)
    return opened


def pictures(count: int = 3) -> list[tuple[str, str, bytes]]:
    return [(f"client_files[{number}]", f"img_{number}.jpg", picture(64, 48)) for number in range(count)]


def make_task(page: Page, count: int = 3, **said: Any) -> Any:
    fields = {"image_quality": 70, "use_zip_chunks": "true"}
    task_id = page.create("street", [CAR], fields, pictures(count), **said)
    (task,) = page.get(f"tasks?page_size=10&id={task_id}&page=1")["results"]
    return task


# The start, and signing in.


def test_a_stranger_is_told_so_by_401_and_shown_the_agreements() -> None:
    page = Page()
    answer = page.send("GET", "users/self")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert page.get("restrictions/user-agreements") == []


def test_after_the_login_the_page_knows_who_it_is_for(page: Page) -> None:
    for _ in range(2):
        me = page.get("users/self")
        assert (me["username"], me["is_superuser"], me["groups"]) == ("alice", False, ["user"])
        assert isinstance(me["id"], int)
    assert page.get("restrictions/user-agreements") == []


def test_a_superuser_is_shown_as_one() -> None:
    make_superuser("root")
    page = Page()
    page.login("root")
    assert page.get("users/self")["is_superuser"] is True


def test_cookies_live_as_cvats_do() -> None:
    member()
    page = Page()
    page.login("alice")
    session, csrf = (page.client.cookies[name] for name in ("sessionid", "csrftoken"))
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert (csrf["httponly"], csrf["samesite"], csrf["path"]) == ("", "Lax", "/")
    assert 13 * 86400 < int(session["max-age"]) <= 14 * 86400 < int(csrf["max-age"])


def test_who_registers_goes_on_with_the_cookie_alone() -> None:
    page = Page()
    said = {
        "username": "bob", "first_name": "Bob", "last_name": "B", "email": "bob@example.com", "password1": PASSWORD,
        "password2": PASSWORD, "confirmations": [],
    }  # fmt: skip
    answer = page.send_json("POST", "auth/register", said)
    assert answer.status_code == 201
    assert told(answer)["email_verification_required"] is False
    assert {"username", "email", "first_name", "last_name"} <= set(told(answer))
    assert page.get("users/self")["username"] == "bob"
    assert page.send("POST", "auth/logout").status_code == 200


def test_signing_out_ends_key_and_cookie(page: Page) -> None:
    cookie = page.client.cookies["sessionid"].value
    assert told(page.send("POST", "auth/logout")) == {"detail": "Successfully logged out."}
    assert told(page.send("GET", "users/self")) == {"detail": "Invalid token."}
    page.key = ""
    page.client.cookies["sessionid"] = cookie
    assert page.send("GET", "users/self").status_code == 401


def test_a_password_is_changed(page: Page) -> None:
    said = {"old_password": PASSWORD, "new_password1": "another-one-9", "new_password2": "another-one-9"}
    assert told(page.send_json("POST", "auth/password/change", said)) == {"detail": "New password has been saved."}


# What each page asks for when it is loaded.


def test_everything_that_is_asked_at_each_load_comes_to_an_end(page: Page) -> None:
    assert page.send("OPTIONS", "auth/password/change").status_code not in (0, 404)
    formats = page.get("server/annotation/formats")
    for each in (*formats["importers"], *formats["exporters"]):
        assert list(each) == ["name", "ext", "version", "enabled"]
    users = page.get("users?page_size=all")["results"]
    assert [user["username"] for user in users] == ["alice"]
    assert list(page.get("server/about")) == ["name", "description", "version"]
    for _ in range(2):
        assert isinstance(page.get("lambda/functions"), list)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("OPTIONS", "/git/repository/meta/get"),
        ("GET", "/analytics/app/kibana"),
        ("GET", "/git/repository/get/1"),
        ("GET", "/api/v1/tasks/"),
    ],
)
def test_what_is_not_served_is_404_and_hides_itself(page: Page, verb: str, path: str) -> None:
    assert page.send(verb, path, root="").status_code == 404


def test_without_a_key_or_header_of_its_own_a_page_of_another_site_changes_nothing(page: Page) -> None:
    """Session cookies come with requests of any page; where these come from is what is looked at."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = page.client.post("/api/v1/tasks", "{}", content_type="application/json", headers=headers)
        assert answer.status_code == 403
    assert page.get("tasks")["count"] == 0


# The list of tasks.


def test_the_list_shows_previews_and_bears_tasks_without_data(page: Page) -> None:
    task = make_task(page)
    empty = told(page.send_json("POST", "tasks", {"name": "empty", "labels": [CAR]}))
    assert page.get("users?page_size=all")["count"] == 1
    shown = page.get("tasks?page_size=10&page=1")
    assert [each["id"] for each in shown["results"]] == [empty["id"], task["id"]]
    answer = page.send("GET", f"tasks/{task['id']}/data?type=preview")
    assert answer["Content-Type"] == "image/jpeg"
    assert max(Image.open(io.BytesIO(answer.getvalue())).size) <= 256
    assert page.send("GET", f"tasks/{empty['id']}/data?type=preview").status_code == 400
    assert page.get("lambda/requests") == []


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("search=stre", 1), ("name=street", 1), ("name=x", 0), ("owner=alice", 1), ("assignee=bob", 0),
        ("status=annotation", 1), ("mode=annotation", 1), ("mode=interpolation", 0), ("?id=undefined", 1),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_as_one_types(page: Page, asked: str, count: int) -> None:
    make_task(page)
    assert page.get(f"tasks?page_size=10&page=1&{asked}")["count"] == count
    assert page.get(f"tasks?page_size=10&{asked}")["count"] == count


def test_the_last_page_is_followed_by_none(page: Page) -> None:
    for number in range(11):
        page.send_json("POST", "tasks", {"name": f"task {number}", "labels": [CAR]})
    assert len(page.get("tasks?page_size=10&page=2")["results"]) == 1
    assert page.get("tasks?page_size=10&page=3", status=404) == {"detail": "Invalid page."}


# A new task.


def test_a_task_is_made_of_files_and_watched_until_it_is_finished(page: Page) -> None:
    said = {"bug_tracker": "https://bugs.example/7", "segment_size": 2, "overlap": 1, "z_order": True}
    answer = page.send_json("POST", "tasks", {"name": "street", "labels": [CAR], **said})
    task_id = told(answer)["id"]
    fields = {
        "image_quality": 70, "use_zip_chunks": "true", "start_frame": 1, "stop_frame": 4, "frame_filter": "step=2",
        "chunk_size": 1,
    }  # fmt: skip
    answer = page.send_form("POST", f"tasks/{task_id}/data", fields, pictures(5))
    assert answer.status_code == 202
    assert told(answer)["client_files"] == [f"img_{number}.jpg" for number in range(5)]
    status = page.get(f"tasks/{task_id}/status")
    assert (status["state"], status["message"]) == ("Finished", "")
    (task,) = page.get("tasks?page_size=10&?id=undefined")["results"]
    assert {name: task[name] for name in said} == said
    assert (task["size"], task["data_chunk_size"], task["mode"]) == (2, 1, "annotation")
    assert [frame["name"] for frame in page.get(f"tasks/{task_id}/data/meta")["frames"]] == ["img_1.jpg", "img_3.jpg"]


def test_a_task_is_made_of_the_share_that_is_opened_folder_by_folder(page: Page, settings: Any, tmp_path: Path) -> None:
    share = tmp_path / "share"
    (share / "day").mkdir(parents=True)
    (share / "day" / "a.jpg").write_bytes(picture())
    settings.QUINTET_ANNOTATION_SHARE = str(share)
    assert page.get("server/share?directory=%2F") == [{"name": "day", "type": "DIR"}]
    assert page.get("server/share?directory=%2Fday%2F") == [{"name": "a.jpg", "type": "REG"}]
    task_id = page.create("share", [CAR], {"server_files[0]": "/day/", "image_quality": 70, "use_zip_chunks": "true"})
    run_due()
    assert page.get(f"tasks/{task_id}/status")["state"] == "Finished"


def test_a_task_whose_data_failed_says_why_and_is_removed(page: Page) -> None:
    fields = {"image_quality": 70, "use_zip_chunks": "true"}
    task_id = page.create("bad", [CAR], fields, [("client_files[0]", "notes.txt", b"nothing to see")])
    status = page.get(f"tasks/{task_id}/status")
    assert (status["state"], status["message"]) == ("Failed", "ValueError: No media data found")
    assert page.send("DELETE", f"tasks/{task_id}").status_code == 204
    assert page.get("tasks?page_size=10&page=1")["count"] == 0


# The page of one task.


def test_what_the_page_needs_of_a_task_is_there(page: Page) -> None:
    task = make_task(page, segment_size=2)
    ids = {user["id"] for user in page.get("users?page_size=all")["results"]}
    assert task["owner"] in ids
    assert task["assignee"] is None
    (label,) = task["labels"]
    assert isinstance(label["color"], str)
    assert [list(each) for each in label["attributes"]] == [
        ["id", "name", "mutable", "input_type", "default_value", "values"]
    ] * 2
    for segment in task["segments"]:
        for job in segment["jobs"]:
            assert {"id", "assignee", "status"} <= set(job)
    assert (task["data_compressed_chunk_type"], task["data_original_chunk_type"]) == ("imageset", "imageset")
    assert (task["mode"], task["size"], task["data_chunk_size"]) == ("annotation", 3, 72)


def test_labels_come_back_with_ids_and_one_more(page: Page) -> None:
    task = make_task(page)
    said = {name: task[name] for name in ("assignee", "name", "bug_tracker", "z_order")}
    bus = {"name": "bus", "color": "#ff0000", "attributes": []}
    answer = page.send_json("PATCH", f"tasks/{task['id']}", {**said, "labels": [*task["labels"], bus]})
    assert answer.status_code == 200
    assert told(answer)["labels"][:-1] == task["labels"]
    assert told(answer)["labels"][-1]["name"] == "bus"


def test_a_job_gets_a_status_and_somebody(page: Page) -> None:
    bob, task = member("bob", "annotator"), make_task(page)
    job = task["segments"][0]["jobs"][0]
    for said in ({"status": "validation"}, {"assignee": bob.pk}, {"status": "completed", "assignee": None}):
        answer = page.send_json("PATCH", f"jobs/{job['id']}", said)
        assert answer.status_code == 200
        assert {name: told(answer)[name] for name in said} == said
    assert page.get(f"tasks?page_size=10&id={task['id']}&page=1")["results"][0]["status"] == "completed"
