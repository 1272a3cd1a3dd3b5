"""People and pictures for the tests of masks."""

import io
import struct
import zlib

from django.test import Client
from PIL import Image

from quintet.accounts.actions import register
from quintet.accounts.models import User
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR

PASSWORD = "correct horse 7"


def make_person(username: str = "alice", *, administrator: bool = False) -> User:
    """Somebody whom the masks door knows."""
    return register(DOOR, username=username, password=PASSWORD, level=ADMINISTRATOR_LEVEL if administrator else None)


def signed_in(person: User) -> Client:
    """A browser in which the person has signed in through the documented endpoint."""
    client = Client()
    answer = post(client, "/login_register/login/", {"username": person.username, "password": PASSWORD})
    assert answer["state"] == "ok"
    return client


def post(client: Client, path: str, body: object) -> dict[str, object]:
    """POST as JSON; the answer as JSON. Fails when HTTP's status is not 200."""
    response = client.post(path, body, content_type="application/json")
    assert response.status_code == 200, response.content
    answer: dict[str, object] = response.json()
    return answer


def make_picture(kind: str = "PNG", side: int = 48) -> bytes:
    """A plain picture of that format."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (180, 200, 220)).save(out, kind)
    return out.getvalue()


def make_png_header(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
