"""POST /auth/login and /auth/logout"""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from quintet.accounts.models import Grant, Token, User
from quintet.accounts.tokens import key_for
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


def login(client: Client, **said: object) -> object:
    return told(send(client, "POST", "auth/login", {"username": "alice", "password": PASSWORD, **said}))


def test_gives_a_key_and_both_cookies() -> None:
    make_person("alice")
    client = Client()
    key = login(client)["key"]  # type: ignore[index]
    assert len(key) == 40
    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert (csrf["httponly"], csrf["samesite"], csrf["max-age"] > 300 * 24 * 3600) == ("", "Lax", True)


def test_the_key_itself_is_stored_nowhere() -> None:
    key = key_for(make_person("alice"))
    assert key not in str(Token.objects.values_list().get())


def test_is_written_down() -> None:
    make_person("alice")
    login(Client())
    assert User.objects.get().last_login is not None


def test_spaces_of_a_password_count_and_those_of_a_name_do_not() -> None:
    make_person("alice")
    assert "key" in login(Client(), username=" alice ")  # type: ignore[operator]
    assert "key" not in login(Client(), password=f" {PASSWORD}")  # type: ignore[operator]


def test_a_key_that_is_worth_nothing_keeps_nobody_out() -> None:
    make_person("alice")
    answer = send(Client(), "POST", "auth/login", {"username": "alice", "password": PASSWORD}, Authorization="Token x")
    assert answer.status_code == 200


def test_a_disabled_account_is_refused_like_a_wrong_password() -> None:
    User.objects.filter(pk=make_person("alice").pk).update(is_active=False)
    assert login(Client()) == {"non_field_errors": ["Unable to log in with provided credentials."]}


def test_too_many_failures_are_told_and_when_to_come_again() -> None:
    make_person("alice")
    for _ in range(10):
        login(Client(), password="guess")
    answer = send(Client(), "POST", "auth/login", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert told(answer)["detail"].startswith("Request was throttled. Expected available in ")
    assert int(answer.headers["Retry-After"]) > 0


def test_signing_out_by_cookie_ends_key_and_session_and_what_went_with_the_key() -> None:
    person = make_person("alice")
    script = with_key(person)
    script.get("/api/v1/users/self")
    browser = signed_in("alice")
    assert told(browser.post("/api/v1/auth/logout")) == {"detail": "Successfully logged out."}
    assert not Token.objects.exists()
    assert browser.get("/api/v1/users/self").status_code == 401
    by_cookie_alone = with_cookie_of(script)
    assert by_cookie_alone.get("/api/v1/users/self").status_code == 401


def test_signing_out_by_key_alone_leaves_no_session() -> None:
    script = with_key(make_person("alice"))
    assert script.post("/api/v1/auth/logout").status_code == 200
    assert not Session.objects.exists()
    assert told(script.get("/api/v1/users/self")) == {"detail": "Invalid token."}


def test_on_a_network_only_those_of_annotation_enter(guarded: None) -> None:
    person = make_person("alice")
    script = with_key(person)
    browser = signed_in("alice")
    Grant.objects.all().delete()
    assert login(Client()) == {"non_field_errors": ["Unable to log in with provided credentials."]}
    assert script.get("/api/v1/users/self").status_code == 401
    assert browser.get("/api/v1/users/self").status_code == 401
