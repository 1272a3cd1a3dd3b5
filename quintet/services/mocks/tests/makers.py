"""People at this door, and what they send."""

import base64
from typing import Any

import orjson
from django.test import Client

from quintet.accounts.actions import make_administrator, register
from quintet.accounts.models import Grant, User
from quintet.services.mocks.doors import DOOR
from quintet.services.mocks.rules import Scope

PASSWORD = "correct.horse"


def make_person(name: str, scope: Scope = Scope.GUEST) -> User:
    """Somebody with an account made at this door: name@example.com."""
    email = f"{name}@example.com"
    return register(DOOR, username=email, email=email, password=PASSWORD, level=scope)


def make_root() -> User:
    """The console's own administrator."""
    return make_administrator("console", PASSWORD, email="console@example.com", doors={DOOR: 0}, must_change=False)


def scope_of(person: User) -> int:
    return Grant.objects.get(user=person, service=DOOR.service).level


def basic(name: str, password: str = "") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def token_of(client: Client, email: str, password: str = PASSWORD) -> str:
    answer = client.post("/v1/token", {"email": email, "password": password})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["token"])


def carrying(client: Client, person: User) -> dict[str, str]:
    """The header that the document's own clients send: the token as Basic user name."""
    return basic(token_of(client, person.email))


def create(client: Client, person: User, *, text: str = '{"a": 1}', name: str = "test", **more: Any) -> Any:
    said = {"email": person.email, "name": name, "json": text, **more}
    return client.post("/v1/mock", said, headers=carrying(client, person))


def make_mock(client: Client, person: User, **said: Any) -> int:
    answer = create(client, person, **said)
    assert answer.status_code == 200, answer.content
    return int(answer["X-Mock-Id"])


def says(answer: Any, status: int, msg: object) -> None:
    """The two-key body, exactly."""
    request = f"{answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO'].rstrip('/')}"
    assert (answer.status_code, orjson.loads(answer.content)) == (status, {"msg": msg, "request": request})
