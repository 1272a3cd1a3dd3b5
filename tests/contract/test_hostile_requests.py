"""Whatever is sent to whichever endpoint: an answer, never a mistake of ours."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from quintet.server.demo import EMAIL, PASSWORD, USERNAME

FIELDS = (
    "username password password1 password2 pwd pwd1 pwd2 new_pwd email authority camera_id name description state_code "
    "number title content contact feedback_id reply role price unit goods start_time end_time refresh promotion json "
    "first_name last_name bio sex old_password new_password1 new_password2 url uid token labels source webhook_url "
    "function task frame threshold mapping cleanup into to color attributes "
    "frames count seed assignee project events is_active new_secret"
).split()
VALUES: tuple[Any, ...] = (
    None, True, -1, 10**30, 1.5, "", " ", "\x00", "\ud800", "１２", "x" * 5000, [], {}, ["a"], {"a": 1}, "%00",
    "../../etc/passwd", "NaN", "'; --", "😆" * 40, "2026-13-45T99:99:99", "http://[::1", "=1+1",
)  # fmt: skip
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b"1"),
    ("application/json", b'"x"'),
    ("application/json", b"[" * 3000),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json", b'{"username": 1e999}'),
    ("application/json; charset=utf-16", b"{}"),
    ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"),
    ("application/x-www-form-urlencoded", b"a=%ff&b=%zz&username=%00"),
    ("text/xml", b"<!DOCTYPE x [<!ENTITY a \"a\">]><x>&a;</x>"),
    ("", b"anything"),
)  # fmt: skip
QUERIES = (
    "page=0&page_size=-1",
    "page=99999999999999999999999",
    "page_size=%00&search=%00%ff",
    "ordering=-x,__proto__&search=%F0%9F%98%86",
    "state=%EF%BC%91&from=x&to=y&by=z&format=%00",
    "id=x&batch=-1&sign=x&frame=1e9",
)
# The one that its document demands (004:121); a body with a taken address would give it.
DEMANDED = {("POST", "/v1/user")}


def _operations() -> list[tuple[str, str]]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    paths = generator.get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    return sorted((verb.upper(), path) for path, operations in paths.items() for verb in operations)


def _identities() -> Iterator[tuple[Client, dict[str, str]]]:
    yield Client(raise_request_exception=False), {}
    session = Client(raise_request_exception=False)
    session.post(
        "/login_register/login/", {"username": USERNAME, "password": PASSWORD}, content_type="application/json"
    )
    yield session, {}
    login = session.post(
        "/api/login/", {"username": USERNAME, "password": PASSWORD}, content_type="application/json"
    ).json()
    yield Client(raise_request_exception=False), {"Authorization": f"Bearer {login['access']}"}
    token = session.post("/v1/token", {"email": EMAIL, "password": PASSWORD}).json()["token"]
    yield Client(raise_request_exception=False), {"Authorization": f"Token {token}"}


def _filled(path: str) -> Iterator[str]:
    for value in ("1", "999999999999999999", "99999999999999999999999", "x", "%00", "-1"):
        yield re.sub(r"\{[^}]+\}", value, path)


def _refuse_mistakes(verb: str, path: str, response: Any, sent: object) -> None:
    demanded = any(verb == known_verb and path.startswith(known) for known_verb, known in DEMANDED)
    if response.status_code >= 500 and not (demanded and "😷" in response.content.decode()):
        raise AssertionError(f"{verb} {path} answered {response.status_code} to {sent!r:.300}")


@pytest.mark.parametrize("identity", range(4), ids=["nobody", "a session", "a bearer", "a token"])
def test_no_body_is_our_mistake(identity: int, demonstration: None) -> None:
    browser, headers = list(_identities())[identity]
    whole = [dict.fromkeys(FIELDS, value) for value in VALUES]
    # Who is nobody is sent away before a field is read.
    fields_matter = identity > 0
    bodies = [*BODIES, *(("application/json", json.dumps(fields).encode()) for fields in whole if fields_matter)]
    for verb, path in _operations():
        target = next(_filled(path))
        if verb in ("GET", "HEAD") or target.endswith("/logout"):
            continue
        for kind, body in bodies:
            response = browser.generic(verb, target, body, content_type=kind, headers=headers)
            _refuse_mistakes(verb, path, response, body)
        upload = {
            "pic_file": SimpleUploadedFile("../x\x00.png", b"\x89PNG"),
            "avatar": SimpleUploadedFile("x", b"x"),
            "image": "x",
        }
        if verb == "POST":
            _refuse_mistakes(verb, path, browser.post(target, upload, headers=headers), "files")


@pytest.mark.parametrize("identity", range(4), ids=["nobody", "a session", "a bearer", "a token"])
def test_no_path_or_query_is_our_mistake(identity: int, demonstration: None) -> None:
    browser, headers = list(_identities())[identity]
    for verb, path in _operations():
        if verb != "GET" or path.endswith(("/logout", "stream.mjpeg", "/detections")):
            continue
        for target in _filled(path):
            _refuse_mistakes(verb, path, browser.get(target, headers=headers), target)
        for query in QUERIES:
            target = f"{next(_filled(path))}?{query}"
            _refuse_mistakes(verb, path, browser.get(target, headers=headers), target)


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /////w=="},
        {"Authorization": "Token "},
        {"Authorization": "Bearer \u00ff.a.b"},
        {"Authorization": "Token " + "f" * 9000},
        {"Cookie": "sessionid=\u00ff; csrftoken=;"},
        {"Accept": "\u00ff;;q=x"},
        {"If-None-Match": '"\u00ff'},
        {"Range": "bytes=9-1,x"},
        {"If-Modified-Since": "never"},
        {"Accept-Language": "x" * 900},
        {"X-Forwarded-For": "'", "Origin": "http://[", "Referer": "::"},
    ],
    ids=str,
)
def test_no_header_is_our_mistake(header: dict[str, str], demonstration: None) -> None:
    browser = Client(raise_request_exception=False)
    for verb, path in _operations():
        target = next(_filled(path))
        _refuse_mistakes(
            verb, path, browser.generic(verb, target, b"{}", content_type="application/json", headers=header), header
        )
