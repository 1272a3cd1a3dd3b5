"""Registering: who becomes an administrator, and what is refused."""

from typing import Any

import pytest
from django.test import Client

from quintet.accounts.models import Audit, Grant, User
from quintet.services.masks.tests.makers import PASSWORD, make_person, post, signed_in

pytestmark = pytest.mark.django_db
REGISTER = "/login_register/register/"
EVIL = {"username": "evil", "password": PASSWORD, "email": "", "authority": True}


def test_authority_opens_masks_and_nothing_else() -> None:
    assert post(Client(), REGISTER, EVIL) == {"state": "ok", "msg": ""}
    evil = User.objects.get(username="evil")
    assert not evil.is_staff
    assert not evil.is_superuser
    assert [(grant.service, grant.level) for grant in evil.grants.all()] == [("masks", 1)]
    assert Audit.objects.filter(event="masks.authority.granted", target="evil").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "a\x00b"},
        {"username": "x" * 151},
        {"username": "   "},
        {"username": 5},
        {"username": ["alice"]},
        {"username": "somebody@example.com"},
        {"username": "tab\there"},
        {"password": ""},
        {"password": None},
        {"password": "x" * 2000},
        {"email": "no address"},
        {"email": "a" * 300 + "@example.com"},
        {"email": 7},
        {"authority": 1},
        {"authority": "true"},
        {"authority": None},
    ],
)
def test_wrong_information_is_named_and_makes_no_account(wrong: dict[str, object]) -> None:
    assert post(Client(), REGISTER, {**EVIL, **wrong}) == {"state": "error", "msg": "msg_error"}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"username": "\\ud800", "password": "x"}', b"[" * 5000],
)
def test_a_body_that_cannot_be_read_is_wrong_information(body: bytes) -> None:
    response = Client().post(REGISTER, body, content_type="application/json")
    assert (response.status_code, response.json()) == (200, {"state": "error", "msg": "msg_error"})


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "nonsense", ""]
)
def test_any_content_type_gets_an_answer(kind: str) -> None:
    response = Client().generic("POST", REGISTER, b"--x\r\nbroken", content_type=kind)
    assert (response.status_code, response.json()["msg"]) == (200, "msg_error")


def test_a_name_that_differs_by_case_alone_is_taken() -> None:
    make_person("Alice")
    assert post(Client(), REGISTER, {"username": "aLICE", "password": PASSWORD})["msg"] == "msg_error"


def test_one_name_has_one_spelling() -> None:
    post(Client(), REGISTER, {"username": "ａｌｉｃｅ", "password": PASSWORD})
    assert post(Client(), "/login_register/login/", {"username": "alice", "password": PASSWORD})["state"] == "ok"


class TestOnANetwork:
    pytestmark = pytest.mark.usefixtures("guarded")

    def test_authority_is_asked_for_and_waits(self) -> None:
        assert post(Client(), REGISTER, EVIL) == {"state": "ok", "msg": ""}
        grant = Grant.objects.get(user__username="evil")
        assert (grant.level, grant.pending) == (0, 1)
        assert Audit.objects.filter(event="masks.authority.pending", target="evil").exists()

    def test_who_waits_is_no_administrator(self) -> None:
        post(Client(), REGISTER, EVIL)
        browser = signed_in(User.objects.get(username="evil"))
        assert post(browser, "/mask_detect/create_camera/", {"name": "x"}) == {"state": "error"}

    def test_an_administrator_makes_another(self) -> None:
        browser = signed_in(make_person("root", administrator=True))
        assert post(browser, REGISTER, {**EVIL, "username": "second"})["state"] == "ok"
        assert Grant.objects.get(user__username="second").level == 1

    def test_it_may_be_refused_altogether(self, settings: Any) -> None:
        settings.QUINTET_MASKS_AUTHORITY = "refuse"
        assert post(Client(), REGISTER, EVIL) == {"state": "ok", "msg": ""}
        grant = Grant.objects.get(user__username="evil")
        assert (grant.level, grant.pending) == (0, None)

    def test_a_weak_password_is_refused(self) -> None:
        assert post(Client(), REGISTER, {**EVIL, "password": "123456"})["msg"] == "msg_error"


class TestFromAnotherSite:
    def test_a_page_of_another_site_cannot_register_or_sign_in_or_out(self) -> None:
        browser = signed_in(make_person())
        for said in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            response = browser.post(REGISTER, EVIL, content_type="application/json", headers=said)
            assert (response.status_code, response.json()["state"]) == (403, "error")
            assert browser.get("/login_register/logout/", headers=said).status_code == 403
        assert not User.objects.filter(username="evil").exists()
        assert browser.get("/mask_detect/get_user_resources/").json()["state"] == "ok"

    def test_our_own_pages_and_listed_ones_can(self, settings: Any) -> None:
        settings.QUINTET_SPA_ORIGINS = ("http://app.example:5173",)
        for number, origin in enumerate(("http://testserver", "http://app.example:5173")):
            response = Client().post(
                REGISTER,
                {**EVIL, "username": f"n{number}"},
                content_type="application/json",
                headers={"Origin": origin},
            )
            assert response.json() == {"state": "ok", "msg": ""}

    def test_a_listed_page_is_told_that_it_may_send_cookies(self, settings: Any) -> None:
        settings.QUINTET_SPA_ORIGINS = ("http://app.example:5173",)
        asked = {"Origin": "http://app.example:5173", "Access-Control-Request-Method": "POST"}
        response = Client().options(REGISTER, headers=asked)
        assert response.headers["Access-Control-Allow-Origin"] == "http://app.example:5173"
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        refused = Client().options(REGISTER, headers={**asked, "Origin": "http://evil.example"})
        assert "Access-Control-Allow-Origin" not in refused.headers
