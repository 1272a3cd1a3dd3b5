"""POST /v1/token, and what a token opens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
import pytest
from django.test import Client
from django.utils import timezone

from quintet.accounts.actions import change_password, log_out_everywhere, register
from quintet.accounts.doors import Door
from quintet.accounts.models import Failure
from quintet.services.mocks.callers import RememberedPasswords
from quintet.services.mocks.rules import Scope
from quintet.services.mocks.tests.makers import PASSWORD, basic, create, make_person, says, token_of

pytestmark = pytest.mark.django_db
UNAUTHORIZED, NOBODY = "authorization failed 👿", "用户不存在 🙄"
WARD = Door("dicom", newcomer_level=0)


def creates(client: Client, email: str, headers: dict[str, str]) -> Any:
    return client.post("/v1/mock", {"email": email, "name": "n", "json": "1"}, headers=headers)


def test_holds_the_address_and_the_scope_and_nothing_secret(client: Client) -> None:
    alice = make_person("alice", Scope.MEMBER)
    claims = pyjwt.decode(token_of(client, alice.email), options={"verify_signature": False})
    assert (claims["email"], claims["scope"]) == ("alice@example.com", 2)
    assert set(claims) == {"email", "scope", "sub", "v", "exp", "iat", "jti"}
    assert claims["exp"] - claims["iat"] == 2 * 3600


def test_the_answer_is_exactly_the_documents(client: Client) -> None:
    make_person("alice")
    answer = client.post("/v1/token", {"email": "ALICE@example.com", "password": PASSWORD})
    assert set(answer.json()) == {"email", "token"}
    assert answer.json()["email"] == "alice@example.com"
    assert answer.json()["token"].startswith("eyJ")


@pytest.mark.parametrize("kind", ["multipart", "urlencoded", "json"])
def test_is_asked_for_in_three_ways(client: Client, kind: str) -> None:
    make_person("alice")
    said = {"email": "alice@example.com", "password": PASSWORD}
    if kind == "urlencoded":
        body = f"email=alice%40example.com&password={PASSWORD}"
        answer = client.post("/v1/token/", body, content_type="application/x-www-form-urlencoded")
    elif kind == "json":
        answer = client.post("/v1/token/", said, content_type="application/json")
    else:
        answer = client.post("/v1/token/", said)
    assert answer.status_code == 200


def test_a_wrong_password_and_nobody_are_told_apart_as_the_document_wants(client: Client) -> None:
    make_person("alice")
    says(client.post("/v1/token", {"email": "alice@example.com", "password": "wrong"}), 401, UNAUTHORIZED)
    says(client.post("/v1/token", {"email": "nobody@example.com", "password": "wrong"}), 404, NOBODY)


def test_everything_that_is_missing_is_named(client: Client) -> None:
    missing = {"email": ["邮箱不能为空"], "password": ["密码不能为空"]}
    says(client.post("/v1/token"), 400, missing)
    says(client.post("/v1/token", {"email": " ", "password": ""}), 400, missing)
    says(client.post("/v1/token", {"email": "a@b.cn"}), 400, {"password": ["密码不能为空"]})


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"email": 5, "password": {}}', b'{"email": "a\\u0000b@c.de", "password": "x"}', b"\xff\xfe"]
)
def test_what_cannot_be_read_is_bad_input(client: Client, body: bytes) -> None:
    answer = client.post("/v1/token", body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"msg", "request"}


def test_absurd_lengths_are_bad_input(client: Client) -> None:
    said = {"email": "a" * 100_000, "password": "b" * 100_000}
    bad = {"email": ["邮箱格式错误"], "password": ["密码长度应为8-32或密码包含不可用字符"]}
    says(client.post("/v1/token", said), 400, bad)


@pytest.mark.parametrize("carrier", ["token:", "email:token", "Bearer", "bearer", "Token", "email:password"])
def test_travels_in_every_way(client: Client, carrier: str) -> None:
    alice = make_person("alice")
    token = token_of(client, alice.email)
    headers = {
        "token:": basic(token),
        "email:token": basic("Alice@example.com", token),
        "email:password": basic(alice.email, PASSWORD),
    }.get(carrier, {"Authorization": f"{carrier} {token}"})
    says(creates(client, alice.email, headers), 200, "ok 😆")


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic /w==", "Bearer", "Bearer eyJ.a.b", "Digest x", "Basic Og==", "Basic ÿ"]
)
def test_nothing_else_does(client: Client, header: str) -> None:
    alice = make_person("alice")
    answer = creates(client, alice.email, {"Authorization": header})
    says(answer, 401, UNAUTHORIZED)
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_somebody_elses_token_is_nothing_under_my_name(client: Client) -> None:
    alice, bob = make_person("alice"), make_person("bob")
    says(creates(client, bob.email, basic(bob.email, token_of(client, alice.email))), 401, UNAUTHORIZED)


def test_of_another_service_opens_nothing(client: Client) -> None:
    from quintet.accounts import jwt

    alice = make_person("alice")
    claims: dict[str, object] = {"email": alice.email, "scope": 0, "sub": str(alice.pk), "v": 0}
    other = jwt.signed("procurement", claims, lifetime=timedelta(hours=1))
    assert creates(client, alice.email, basic(other)).status_code == 401
    ours = jwt.signed("mocks", claims, lifetime=timedelta(hours=1))
    assert creates(client, alice.email, basic(ours)).status_code == 200


def test_dies_after_its_hours(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    alice = make_person("alice")
    settings.QUINTET_MOCKS_TOKEN_HOURS = 3
    long_ago = datetime.now(UTC) - timedelta(hours=3, seconds=1)
    with monkeypatch.context() as earlier:
        earlier.setattr(timezone, "now", lambda: long_ago)
        token = token_of(client, alice.email)
    assert creates(client, alice.email, basic(token)).status_code == 401


@pytest.mark.parametrize("event", ["password", "everywhere", "disabled", "grant"])
def test_dies_with_what_it_stood_on(client: Client, event: str) -> None:
    alice = make_person("alice")
    headers = [basic(token_of(client, alice.email)), basic(alice.email, PASSWORD)]
    assert [creates(client, alice.email, header).status_code for header in headers] == [200, 200]
    if event == "password":
        change_password(alice, "another.horse", actor=alice)
    elif event == "everywhere":
        log_out_everywhere(alice, actor=alice)
    elif event == "disabled":
        client.delete(f"/v1/user/{alice.email}", headers=headers[0])
    else:
        alice.grants.all().delete()
    assert creates(client, alice.email, headers[0]).status_code == 401
    password_still_good = event in ("everywhere", "grant")
    assert creates(client, alice.email, headers[1]).status_code == (200 if password_still_good else 401)


def test_the_scope_is_read_from_the_table_not_from_the_token(client: Client) -> None:
    root = make_person("root", Scope.ADMINISTRATOR)
    header = basic(token_of(client, root.email))
    root.grants.update(level=Scope.GUEST)
    answer = client.post("/v1/user/promote", {"email": root.email, "promotion": 0}, headers=header)
    says(answer, 403, "forbidden, not in scope 🤭")


def test_stays_with_the_person_when_the_address_moves_on(client: Client) -> None:
    alice = make_person("alice")
    header = basic(token_of(client, alice.email))
    alice.email = "alice@elsewhere.example"
    alice.save(update_fields=["email"])
    heir = register(Door("dicom", 0), username="heir", email="alice@example.com", password=PASSWORD)
    assert creates(client, heir.email, header).status_code == 403
    assert creates(client, alice.email, header).status_code == 200


def test_too_many_failures_are_throttled_with_when_to_try_again(client: Client) -> None:
    make_person("alice")
    for _ in range(10):
        assert client.post("/v1/token", {"email": "alice@example.com", "password": "wrong"}).status_code == 401
    answer = client.post("/v1/token", {"email": "alice@example.com", "password": PASSWORD})
    says(answer, 429, "尝试次数过多，请稍后再试 😴")
    assert 0 < int(answer["Retry-After"]) <= 900


def test_guessing_through_another_endpoint_is_throttled_as_well(client: Client) -> None:
    alice = make_person("alice")
    for _ in range(10):
        assert creates(client, alice.email, basic(alice.email, "wrong")).status_code == 401
    assert creates(client, alice.email, basic(alice.email, PASSWORD)).status_code == 429


def test_a_password_that_was_right_is_not_hashed_again_within_a_minute(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = make_person("alice")
    header = basic(alice.email, PASSWORD)
    assert creates(client, alice.email, header).status_code == 200
    # Whether it is hashed shows in the counters: they refuse before anything is hashed.
    for _ in range(10):
        creates(client, alice.email, basic(alice.email, "wrong"))
    assert creates(client, alice.email, header).status_code == 200
    Failure.objects.update(window_ends_at=datetime.now(UTC) + timedelta(days=1))
    later = datetime.now(UTC) + timedelta(seconds=61)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert creates(client, alice.email, header).status_code == 429


def test_remembered_passwords_are_bounded() -> None:
    remembered = RememberedPasswords(most=2)
    for stored in ("one", "two", "three"):
        remembered.remember(PASSWORD, stored)
    assert [remembered.knows(PASSWORD, stored) for stored in ("one", "two", "three")] == [False, True, True]
    assert not remembered.knows("another", "three")


def test_an_account_of_another_door_enters_on_loopback_and_is_a_guest(client: Client) -> None:
    doctor = register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    assert create(client, doctor).status_code == 200
    assert doctor.grants.get(service="mocks").level == Scope.GUEST


def test_an_account_of_another_door_is_nobody_on_a_network(client: Client, guarded: None) -> None:
    doctor = register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    says(client.post("/v1/token", {"email": doctor.email, "password": PASSWORD}), 404, NOBODY)
    says(creates(client, doctor.email, basic(doctor.email, PASSWORD)), 401, UNAUTHORIZED)


def test_the_user_name_of_another_door_is_no_address_here(client: Client) -> None:
    register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    says(client.post("/v1/token", {"email": "doctor", "password": PASSWORD}), 404, NOBODY)
