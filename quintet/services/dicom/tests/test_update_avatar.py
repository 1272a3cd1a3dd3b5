"""POST /api/user/update/avatar/"""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from PIL import Image

from quintet.services.dicom.models import Profile
from quintet.services.dicom.tests.makers import info_of, make_picture, signed_in, told

pytestmark = pytest.mark.django_db


def update(client: Any, upload: object) -> dict[str, object]:
    return told(client.post("/api/user/update/avatar/", {"avatar": upload}))


def stored() -> list[str]:
    return default_storage.listdir("avatars")[1] if default_storage.exists("avatars") else []


def test_is_written_anew_and_shown_at_its_address() -> None:
    client = signed_in("house")
    upload = make_picture(width=2000, height=1000, kind="JPEG", name="../../etc/passwd.php", comment=b"secret")
    assert update(client, upload) == {"errno": 0, "msg": "update avatar success"}
    shown = client.get(info_of(client)["avatar"])
    content = b"".join(shown.streaming_content)  # type: ignore[attr-defined]
    assert Image.open(io.BytesIO(content)).size == (512, 256)
    assert b"secret" not in content
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert stored()[0].startswith("passwd_")


def test_takes_the_place_of_the_one_before(django_capture_on_commit_callbacks: Any) -> None:
    client = signed_in("house")
    update(client, make_picture(name="first.png"))
    first = stored()
    with django_capture_on_commit_callbacks(execute=True):
        update(client, make_picture(name="second.png"))
    assert len(stored()) == 1
    assert stored() != first


def test_the_old_one_stays_until_the_change_is_certain(django_capture_on_commit_callbacks: Any) -> None:
    client = signed_in("house")
    update(client, make_picture(name="first.png"))
    with django_capture_on_commit_callbacks():
        update(client, make_picture(name="second.png"))
        assert len(stored()) == 2


def test_a_failing_database_leaves_no_file() -> None:
    client = signed_in("house")
    Profile.of(int(info_of(client)["id"]))

    def fail(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if statement.startswith("UPDATE") and "dicom_profile" in statement:
            raise OperationalError("disk full")
        return execute(statement, *rest)

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        update(client, make_picture())
    assert stored() == []


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("content", [b"no picture", SVG, b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    client = signed_in("house")
    assert update(client, SimpleUploadedFile("face.png", content))["errno"] == 1006
    assert stored() == []


def test_a_picture_too_large_to_decode_is_refused_by_its_header(settings: Any) -> None:
    settings.QUINTET_DICOM_AVATAR_MEGAPIXELS = 1
    answer = update(signed_in("house"), make_picture(width=2000, height=2000))
    assert answer == {"errno": 1006, "msg": "avatar: The picture has more than 1000000 pixels."}


def test_a_file_too_large_is_refused(settings: Any) -> None:
    settings.QUINTET_DICOM_AVATAR_MB = 1
    client = signed_in("house")
    assert update(client, SimpleUploadedFile("face.png", bytes(2**20 + 1)))["errno"] == 1006
    assert update(client, SimpleUploadedFile("face.png", bytes(2**21)))["errno"] == 1006


@pytest.mark.parametrize("body", [{}, {"avatar": "a text"}, {"avatar": ""}])
def test_a_missing_file_is_named(body: dict[str, str]) -> None:
    answer = told(signed_in("house").post("/api/user/update/avatar/", body))
    assert answer == {"errno": 1005, "msg": "avatar: An image file is required."}
