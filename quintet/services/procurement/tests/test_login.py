"""POST /api/login/ and what its tokens are worth."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client

from quintet.accounts import jwt
from quintet.accounts.actions import change_password, disable, log_out_everywhere, register
from quintet.accounts.doors import Door
from quintet.accounts.models import Grant, User
from quintet.core import clock
from quintet.services.procurement import tokens
from quintet.services.procurement.rules import SCHOOL
from quintet.services.procurement.tests.makers import Person, make_person

ANOTHER = Door("masks", newcomer_level=0)


def log_in(username: object, password: object) -> Any:
    body = {"username": username, "password": password}
    return Client().post("/api/login/", orjson.dumps(body), content_type="application/json")


def claims_of(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    return orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))  # type: ignore[no-any-return]


def look_with(token: str) -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/goods").status_code


def test_both_tokens_hold_what_the_documents_own_tokens_hold(school: Person) -> None:
    answer = log_in("ldzx", "own-Password-1").json()
    for kind in ("access", "refresh"):
        claims = claims_of(answer[kind])
        assert set(claims) == {"token_type", "exp", "iat", "jti", "user_id", "v"}
        assert claims["token_type"] == kind
        assert claims["user_id"] == answer["id"] == school.user.pk
        assert type(claims["user_id"]) is int
        assert claims["exp"] - claims["iat"] == 7 * 24 * 3600  # type: ignore[operator]
        assert len(str(claims["jti"])) == 32


def test_tokens_live_as_long_as_the_setting_says(school: Person, settings: Any) -> None:
    settings.QUINTET_ACCESS_TOKEN_HOURS = 1
    claims = claims_of(log_in("ldzx", "own-Password-1").json()["access"])
    assert claims["exp"] - claims["iat"] == 3600  # type: ignore[operator]


def test_an_expired_token_is_nobodys(school: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    week_ago = clock.now() - timedelta(days=7, seconds=1)
    monkeypatch.setattr(jwt, "now", lambda: week_ago)
    old = tokens.issued("access", person_id=school.user.pk, epoch=school.user.epoch)
    monkeypatch.undo()
    assert look_with(old) == 401


@pytest.mark.parametrize("kind", ["refresh", "accounts", "mocks.access"])
def test_a_token_of_another_purpose_opens_nothing(school: Person, kind: str) -> None:
    claims: dict[str, object] = {"token_type": "access", "user_id": school.user.pk, "v": school.user.epoch}
    purpose = f"procurement.{kind}" if kind == "refresh" else kind
    assert look_with(jwt.signed(purpose, claims, lifetime=timedelta(hours=1))) == 401


def test_an_unsigned_token_opens_nothing(school: Person) -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    genuine = tokens.issued("access", person_id=school.user.pk, epoch=school.user.epoch)
    assert look_with(genuine) == 200
    assert look_with(f"{head}.{genuine.split('.')[1]}.") == 401
    assert look_with(genuine[:-2] + ("AA" if genuine[-2:] != "AA" else "BB")) == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Token abc", "Basic YTpi", "Bearer \xff"])
def test_no_usable_header_is_401_and_says_how_to_sign_in(db: None, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get("/api/goods")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_the_scheme_is_written_in_any_case(school: Person) -> None:
    token = tokens.issued("access", person_id=school.user.pk, epoch=school.user.epoch)
    assert Client(headers={"Authorization": f"bearer  {token}"}).get("/api/goods").status_code == 200


def test_tokens_die_with_the_password_the_account_and_the_grant(db: None) -> None:
    first, second, third, fourth = (make_person(f"school-{n}", SCHOOL) for n in range(4))
    change_password(first.user, "another-Password-1", actor=first.user)
    log_out_everywhere(second.user, actor=None)
    disable(third.user, actor=None)
    Grant.objects.filter(user=fourth.user).delete()
    assert [person.get("/api/goods").status_code for person in (first, second, third, fourth)] == [401] * 4


def test_a_refresh_token_makes_access_until_the_password_changes(school: Person) -> None:
    refresh = tokens.issued("refresh", person_id=school.user.pk, epoch=school.user.epoch)
    renewed = Client().post("/api/login/refresh/", {"refresh": refresh})
    assert renewed.status_code == 200
    assert look_with(renewed.json()["access"]) == 200
    change_password(school.user, "another-Password-1", actor=school.user)
    assert Client().post("/api/login/refresh/", {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize("body", [{"refresh": "nonsense"}, {"refresh": "a.b.c"}, {"refresh": "é"}])
def test_a_refresh_token_that_is_none_is_refused(db: None, body: dict[str, str]) -> None:
    answer = Client().post("/api/login/refresh", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


@pytest.mark.parametrize(
    ("username", "password"),
    [("ldzx", "wrong"), ("LDZX", "own-Password-1"), ("nobody", "own-Password-1"), ("ldzx", ""), ("ld\x00zx", "x")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(
    school: Person, username: str, password: str
) -> None:
    answer = log_in(username, password)
    if "\x00" in username:
        assert answer.status_code == 400
        return
    assert answer.status_code == 401
    assert answer.json() == {"detail": "No active account found with the given credentials"}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"a"',
        b"{",
        b"\xff\xfe",
        b'{"username": 1, "password": []}',
        b'{"username": {"a": 1}}',
        b"1" * 9,
    ],
)
def test_a_body_that_cannot_be_read_is_a_400(db: None, body: bytes) -> None:
    assert Client().post("/api/login/", body, content_type="application/json").status_code == 400


def test_a_multipart_body_without_its_boundary_is_a_400(db: None) -> None:
    assert Client().post("/api/login/", b"nothing", content_type="multipart/form-data").status_code == 400


def test_a_form_will_do_as_well(school: Person) -> None:
    assert Client().post("/api/login", {"username": "ldzx", "password": "own-Password-1"}).status_code == 200


def test_too_many_failures_are_429_with_when_to_come_back(school: Person, settings: Any) -> None:
    settings.QUINTET_FAILURES_PER_NAME_AND_IP = 2
    assert [log_in("ldzx", "wrong").status_code for _ in range(3)] == [401, 401, 429]
    answer = log_in("ldzx", "own-Password-1")
    assert answer.status_code == 429
    assert "throttled" in answer.json()["detail"]
    assert int(answer["Retry-After"]) > 0


def test_an_account_of_another_service_enters_as_a_school_on_loopback_alone(db: None, settings: Any) -> None:
    register(ANOTHER, username="doctor", password="own-Password-1")
    settings.QUINTET_EXPOSURE = "network"
    assert log_in("doctor", "own-Password-1").status_code == 401
    settings.QUINTET_EXPOSURE = "loopback"
    assert log_in("doctor", "own-Password-1").json()["role"] == "2"


def test_a_superuser_without_a_grant_is_no_administrator_here(db: None) -> None:
    user = register(ANOTHER, username="console", password="own-Password-1")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert log_in("console", "own-Password-1").json()["is_admin"] is False


def test_another_sites_page_cannot_sign_anybody_in(school: Person) -> None:
    body = {"username": "ldzx", "password": "own-Password-1"}
    answer = Client(headers={"Origin": "https://evil.example"}).post("/api/login/", body)
    assert answer.status_code == 403
