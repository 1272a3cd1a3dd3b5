"""Key, signed address, session cookie, name and password."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from quintet.accounts.actions import change_password
from quintet.accounts.tokens import key_for
from quintet.core import clock
from quintet.services.annotation.tests.makers import (
    PASSWORD,
    make_person,
    send,
    signed_in,
    told,
    with_cookie_of,
    with_key,
)

pytestmark = pytest.mark.django_db
SELF = "/api/v1/users/self"


def basic(name: str, password: str) -> Client:
    return Client(headers={"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()})


def sign(client: Client, url: str) -> str:
    signed: str = told(send(client, "POST", "auth/signing", {"url": url}))
    return signed


def test_a_key_alone_gets_the_cookie_and_one_session_however_often_it_comes() -> None:
    person = make_person("alice")
    for _ in range(5):
        script = with_key(person)
        assert told(script.get(SELF))["username"] == "alice"
        assert "sessionid" in script.cookies
    assert Session.objects.count() == 1
    pages = with_cookie_of(script)
    assert told(pages.get(SELF))["username"] == "alice"


def test_a_key_with_a_cookie_gets_no_new_one() -> None:
    script = with_key(make_person("alice"))
    script.get(SELF)
    answer = script.get(SELF)
    assert "sessionid" not in answer.cookies
    assert Session.objects.count() == 1


def test_a_key_is_read_in_one_statement_and_what_the_person_is_in_another(
    django_assert_num_queries: Any,
) -> None:
    script = with_key(make_person("alice"))
    script.get(SELF)
    with django_assert_num_queries(2):
        assert script.get(SELF).status_code == 200


def test_a_cookie_takes_three_statements(django_assert_num_queries: Any) -> None:
    make_person("alice")
    browser = signed_in("alice")
    with django_assert_num_queries(3):
        assert browser.get(SELF).status_code == 200


def test_the_key_goes_before_the_cookie() -> None:
    make_person("alice")
    key = key_for(make_person("bob"))
    answer = signed_in("alice").get(SELF, headers={"Authorization": f"Token {key}"})
    assert told(answer)["username"] == "bob"


@pytest.mark.parametrize(
    "said", ["Token", "Token a b", "Token ", "Basic", "Basic !!", "Basic YQ==", "Basic w6k=", "Token \xff"]
)
def test_a_header_nobody_can_read_is_401(said: str) -> None:
    answer = Client().get(SELF, headers={"Authorization": said})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")


def test_name_and_password_open_every_endpoint() -> None:
    make_person("алиса")
    assert told(basic("алиса", PASSWORD).get(SELF))["username"] == "алиса"
    assert told(basic("алиса", "guess").get(SELF)) == {"detail": "Invalid username/password."}


def test_guessing_by_basic_is_counted() -> None:
    make_person("alice")
    for _ in range(10):
        basic("alice", "guess").get(SELF)
    assert basic("alice", PASSWORD).get(SELF).status_code == 429


def test_a_signed_address_opens_as_the_signer() -> None:
    signed = sign(with_key(make_person("alice")), "/api/v1/users/self?format=CVAT for images 1.1&x=a%2Bb")
    assert signed.startswith("http://testserver/api/v1/users/self?")
    assert told(Client().get(signed))["username"] == "alice"


def test_a_signed_address_opens_nothing_else() -> None:
    signed = sign(with_key(make_person("alice")), SELF)
    for other in (signed.replace("users/self", "server/about"), f"{signed}&more=1", signed[:-1]):
        answer = Client().get(other)
        assert (answer.status_code, told(answer)) == (401, {"detail": "Invalid signature."})
    assert Client().get(signed, headers={"Host": "elsewhere.example"}).status_code in (400, 401)


def test_a_signed_address_writes_nothing() -> None:
    signed = sign(with_key(make_person("alice")), "/api/v1/auth/signing")
    assert Client().post(signed, {"url": "/"}).status_code == 401


def test_a_signed_address_is_too_late_after_half_a_minute(settings: Any) -> None:
    signed = sign(with_key(make_person("alice")), SELF)
    settings.QUINTET_ANNOTATION_SIGNED_URL_SECONDS = 0
    late = Client().get(signed)
    assert (late.status_code, told(late)) == (401, {"detail": "This URL has expired."})


def test_a_signed_address_dies_with_the_password() -> None:
    person = make_person("alice")
    signed = sign(with_key(person), SELF)
    change_password(person, "another-password", actor=person)
    assert told(Client().get(signed)) == {"detail": "Invalid signature."}


@pytest.mark.parametrize("url", ["", None, 5, ["/"], "http://[", "\x00"])
def test_what_is_no_address_is_not_signed(url: object) -> None:
    answer = send(with_key(make_person("alice")), "POST", "auth/signing", {"url": url})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert told(answer) == ["Please provide `url` parameter"]


def test_a_cookie_without_its_grant_is_a_stranger_on_a_network(guarded: None) -> None:
    person = make_person("alice")
    browser = signed_in("alice")
    person.grants.all().delete()
    assert browser.get(SELF).status_code == 401


def test_a_session_of_another_door_enters_on_loopback() -> None:
    Client().post("/api/user/register/", {"username": "house", "pwd1": PASSWORD, "pwd2": PASSWORD})
    browser = Client()
    browser.post("/api/user/login/", {"username": "house", "pwd": PASSWORD})
    assert told(browser.get(SELF))["username"] == "house"
    assert [row["username"] for row in told(browser.get("/api/v1/users"))["results"]] == ["house"]


def test_when_a_key_was_used_is_written_every_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person("alice")
    script = with_key(person)
    script.get(SELF)
    first = person.tokens.get().last_used_at
    script.get(SELF)
    assert first is not None
    assert person.tokens.get().last_used_at == first
    person.tokens.update(last_used_at=clock.now() - timedelta(minutes=11))
    script.get(SELF)
    assert person.tokens.get().last_used_at >= first  # type: ignore[operator]
