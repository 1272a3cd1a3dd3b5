"""Who the tests of annotation need."""

from typing import Any

import orjson
from django.test import Client

from quintet.accounts.actions import make_administrator, register, set_level
from quintet.accounts.models import User
from quintet.accounts.tokens import key_for
from quintet.services.annotation.doors import ADMINISTRATOR_LEVEL, DOOR

PASSWORD = "frame-by-frame"


def make_person(username: str = "alice", *, email: str = "", is_administrator: bool = False) -> User:
    """Somebody who registered here."""
    level = ADMINISTRATOR_LEVEL if is_administrator else None
    return register(DOOR, username=username, password=PASSWORD, email=email, level=level)


def make_superuser(username: str = "root") -> User:
    """The server's administrator."""
    return make_administrator(username, PASSWORD, email="", doors={DOOR: ADMINISTRATOR_LEVEL}, must_change=False)


def promote(user: User) -> User:
    """Make somebody an administrator of annotation."""
    set_level(DOOR, user, ADMINISTRATOR_LEVEL, actor=None)
    return user


def with_key(user: User) -> Client:
    """A script of this person: the key and no cookie jar at the beginning."""
    return Client(headers={"Authorization": f"Token {key_for(user)}"})


def signed_in(username: str = "alice", password: str = PASSWORD) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    answer = client.post("/api/v1/auth/login", {"username": username, "password": password})
    assert answer.status_code == 200, answer.content
    return client


def told(answer: Any) -> Any:
    """What an answer says."""
    return orjson.loads(answer.content)


def send(client: Client, verb: str, path: str, said: object, **headers: str) -> Any:
    """JSON to a path under /api/v1."""
    body = orjson.dumps(said)
    return client.generic(verb, f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def with_cookie_of(client: Client) -> Client:
    """Somebody who has nothing but this browser's session cookie."""
    other = Client()
    other.cookies["sessionid"] = client.cookies["sessionid"].value
    return other


def told_of_save(client: Client, verb: str, path: str, said: object) -> Any:
    """What is answered to a save that is taken."""
    answer = send(client, verb, path, said)
    assert answer.status_code == 200, answer.content
    return told(answer)


def told_of_refusal(client: Client, path: str, said: object) -> Any:
    """What is answered to a PUT that is refused."""
    answer = send(client, "PUT", path, said)
    assert answer.status_code == 400, answer.content
    return told(answer)


def told_by(client: Client, path: str) -> Any:
    """What is there."""
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return told(answer)
