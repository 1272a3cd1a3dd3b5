"""Who and what the tests of dicom need."""

import io
from typing import Any

import orjson
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

PASSWORD = "vicodin-please"


def make_picture(
    *, width: int = 40, height: int = 30, kind: str = "PNG", name: str = "face.png", **saved: Any
) -> SimpleUploadedFile:
    """A picture to upload."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(written, kind, **saved)
    return SimpleUploadedFile(name, written.getvalue())


def registered(username: str = "house", password: str = PASSWORD) -> Client:
    """The browser of somebody who has just registered."""
    client = Client()
    answer = client.post("/api/user/register/", {"username": username, "pwd1": password, "pwd2": password})
    assert answer.json() == {"errno": 0, "msg": "register success"}
    return client


def signed_in(username: str = "house", password: str = PASSWORD) -> Client:
    """The browser of somebody who has registered and signed in."""
    client = registered(username, password)
    assert client.post("/api/user/login/", {"username": username, "pwd": password}).json()["errno"] == 0
    return client


def told(answer: Any) -> dict[str, Any]:
    """What an answer says."""
    said: dict[str, Any] = orjson.loads(answer.content)
    return said


def info_of(client: Client) -> dict[str, Any]:
    """The profile as its owner reads it."""
    shown: dict[str, Any] = told(client.get("/api/user/info/"))["user"]
    return shown
