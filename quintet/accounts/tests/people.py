"""How somebody registers and signs in at each of the five doors, as their documents say it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.test import Client

from quintet.accounts.doors import Door

ANNOTATION, DICOM, MASKS = (Door(service, newcomer_level=0) for service in ("annotation", "dicom", "masks"))
PASSWORD = "four-horses-graze"
SELF, INFO = "/api/v1/users/self", "/api/user/info/"


def told(answer: Any) -> Any:
    """What an answer says."""
    return orjson.loads(answer.content)


def _json(client: Client, path: str, said: object, **headers: str) -> Any:
    return client.post(path, orjson.dumps(said), content_type="application/json", headers=headers)


@dataclass(frozen=True)
class Entrance:
    """One door over HTTP.

    register   makes an account; answers what the person then says to be known, and the password
    enter      whether name and password open the door
    """

    service: str
    register: Callable[[str], tuple[str, str]] = field(repr=False)
    enter: Callable[[Client, str, str], bool] = field(repr=False)

    def __str__(self) -> str:
        return self.service


def _register_at_masks(name: str) -> tuple[str, str]:
    said = {"username": name, "password": PASSWORD, "email": "", "authority": False}
    assert told(_json(Client(), "/login_register/register/", said))["state"] == "ok"
    return name, PASSWORD


def _enter_masks(client: Client, name: str, password: str) -> bool:
    answer = _json(client, "/login_register/login/", {"username": name, "password": password})
    return bool(told(answer)["state"] == "ok")


def _register_at_annotation(name: str) -> tuple[str, str]:
    said = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    assert _json(Client(), "/api/v1/auth/register", said).status_code == 201
    return name, PASSWORD


def _enter_annotation(client: Client, name: str, password: str) -> bool:
    answer = _json(client, "/api/v1/auth/login", {"username": name, "password": password})
    return bool(answer.status_code == 200)


def _register_at_dicom(name: str) -> tuple[str, str]:
    answer = Client().post("/api/user/register/", {"username": name, "pwd1": PASSWORD, "pwd2": PASSWORD})
    assert told(answer)["errno"] == 0
    return name, PASSWORD


def _enter_dicom(client: Client, name: str, password: str) -> bool:
    return bool(told(client.post("/api/user/login/", {"username": name, "pwd": password}))["errno"] == 0)


def _register_at_procurement(name: str) -> tuple[str, str]:
    from quintet.accounts.actions import make_administrator

    doors = {Door("procurement", newcomer_level=2): 9}
    make_administrator("purchaser", PASSWORD, email="", doors=doors, must_change=False)
    access = told(_json(Client(), "/api/login/", {"username": "purchaser", "password": PASSWORD}))["access"]
    made = _json(Client(), "/api/accounts", {"username": name, "role": 2}, Authorization=f"Bearer {access}")
    assert made.status_code == 201, made.content
    return name, "123456"


def _enter_procurement(client: Client, name: str, password: str) -> bool:
    answer = _json(client, "/api/login/", {"username": name, "password": password})
    return bool(answer.status_code == 200)


def _register_at_mocks(name: str) -> tuple[str, str]:
    email = f"{name}@mocks.example"
    assert Client().post("/v1/user", {"email": email, "password": PASSWORD}).status_code == 200
    return email, PASSWORD


def _enter_mocks(client: Client, name: str, password: str) -> bool:
    return bool(client.post("/v1/token", {"email": name, "password": password}).status_code == 200)


ENTRANCES = (
    Entrance("masks", _register_at_masks, _enter_masks),
    Entrance("annotation", _register_at_annotation, _enter_annotation),
    Entrance("dicom", _register_at_dicom, _enter_dicom),
    Entrance("procurement", _register_at_procurement, _enter_procurement),
    Entrance("mocks", _register_at_mocks, _enter_mocks),
)
AT = {entrance.service: entrance for entrance in ENTRANCES}


def browser_at(service: str, name: str, password: str = PASSWORD) -> Client:
    """A browser in which somebody has signed in at this door."""
    client = Client()
    assert AT[service].enter(client, name, password)
    return client


def basic(name: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
