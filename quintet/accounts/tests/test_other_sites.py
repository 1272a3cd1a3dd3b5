"""CSRF without a token (identity §4): an unsafe request of another site's page is refused at every cookie door."""

from typing import Any

import pytest
from django.test import Client

from quintet.accounts.tests.people import AT, PASSWORD, basic, browser_at, told

pytestmark = pytest.mark.django_db
APP = "https://app.example"
PATHS = ["/login_register/login/", "/api/v1/auth/login", "/api/user/login/", "/api/user/update/info/"]


def status(path: str, **headers: str) -> int:
    return int(Client().post(path, {"username": "a", "password": "b", "pwd": "b"}, headers=headers).status_code)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_site_is_refused(path: str, headers: dict[str, str], exposure: str) -> None:
    assert status(path, **headers) == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
    ids=str,
)
def test_our_own_pages_and_programs_are_not(path: str, headers: dict[str, str], exposure: str) -> None:
    assert status(path, **headers) != 403


def test_a_listed_application_may_call_with_cookies(settings: Any) -> None:
    settings.QUINTET_SPA_ORIGINS = (APP,)
    AT["dicom"].register("vivian")
    client = browser_at("dicom", "vivian")
    answer = client.post(
        "/api/user/update/info/", {"bio": "x"}, headers={"Origin": APP, "Sec-Fetch-Site": "cross-site"}
    )
    assert told(answer)["errno"] == 0
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    asked = {"Origin": APP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = client.options("/api/user/update/info/", headers=asked)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Headers"]) == (204, "content-type")


def test_no_other_application_is_told_anything(settings: Any) -> None:
    settings.QUINTET_SPA_ORIGINS = (APP,)
    answer = Client().get("/api/user/info/", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_no_browser_adds_by_itself_is_no_cross_site_request() -> None:
    AT["annotation"].register("vivian")
    headers = {"Origin": "https://evil.example", **basic("vivian", PASSWORD)}
    assert Client().post("/api/v1/auth/signing", {"url": "/x"}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/login_register/logout/", "/api/user/logout/"])
def test_a_get_that_signs_out_is_guarded_too(path: str) -> None:
    AT["dicom"].register("vivian")
    client = browser_at("dicom", "vivian")
    assert client.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert told(client.get("/api/user/info/"))["errno"] == 0


def test_cookies_are_for_this_site_and_no_script_reads_the_session() -> None:
    AT["dicom"].register("vivian")
    session = browser_at("dicom", "vivian").cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["max-age"]) == (True, "Lax", 14 * 24 * 3600)
