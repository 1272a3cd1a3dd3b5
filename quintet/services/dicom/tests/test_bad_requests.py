"""Whatever comes, dicom answers in its own shape and never with a server error."""

import pytest
from django.test import Client

from quintet.services.dicom.tests.makers import signed_in, told

pytestmark = pytest.mark.django_db
POSTS = [f"/api/user/{name}" for name in ("register/", "login/", "update/avatar/", "update/info/", "changepwd/")]
BODIES = [
    (b"", "application/json"),
    (b"[1, 2]", "application/json"),
    (b"null", "application/json"),
    (b'{"username": "\\ud800", "pwd": "\\ud800", "pwd1": 1, "email": []}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"sex": ' + b"9" * 5000 + b"}", "application/json"),
    (b"\xff\xfe\x00", "application/json"),
    (b"username=%00&pwd=%00&pwd1=%ff&pwd2=%ff&bio=%00", "application/x-www-form-urlencoded"),
    (b"username=a", "application/x-www-form-urlencoded; charset=hex"),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"<a/>", "text/xml"),
]


@pytest.mark.parametrize("path", POSTS)
def test_a_body_nobody_can_read_is_bad_input(path: str) -> None:
    client = signed_in("house")
    for body, kind in BODIES:
        answer = client.generic("POST", path, body, content_type=kind)
        assert answer.status_code == 200, (path, body[:40])
        assert told(answer)["errno"] in (0, 1002, 1005), (path, body[:40])


@pytest.mark.parametrize("path", [*POSTS, "/api/user/logout/", "/api/user/info/"])
def test_another_verb_is_refused_and_the_right_one_named(path: str) -> None:
    answer = Client().put(path)
    assert (answer.status_code, told(answer)) == (405, {"errno": 1004, "msg": "method not allowed"})
    assert ("POST" if path in POSTS else "GET") in answer.headers["Allow"]


@pytest.mark.parametrize("path", POSTS)
def test_another_sites_page_is_refused(path: str) -> None:
    answer = signed_in("house").post(path, {}, headers={"Origin": "null"})
    assert (answer.status_code, told(answer)["msg"]) == (403, "cross-site request refused")


def test_an_unknown_path_is_answered_in_the_same_shape() -> None:
    answer = Client().get("/api/user/nothing")
    assert (answer.status_code, told(answer)) == (404, {"errno": 1004, "msg": "not found"})
