"""Identity §7, the rows that are accounts', annotation's and dicom's own, under both exposures."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from quintet.accounts.actions import set_level
from quintet.accounts.models import Audit, User
from quintet.accounts.tests.people import ANNOTATION, AT, PASSWORD, browser_at, told

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def upload(client: Client, content: bytes, name: str = "face.png") -> dict[str, object]:
    said: dict[str, object] = told(
        client.post("/api/user/update/avatar/", {"avatar": SimpleUploadedFile(name, content)})
    )
    return said


def picture(width: int = 20, height: int = 10, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("1", (width, height)).save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("content", [SVG, b"<html>", picture(9000, 9000)], ids=["svg", "html", "bomb"])
def test_row_12_what_a_browser_would_run_or_a_decoder_choke_on_is_no_picture(content: bytes, exposure: str) -> None:
    AT["dicom"].register("vivian")
    assert upload(browser_at("dicom", "vivian"), content)["errno"] == 1006


def test_row_12_a_picture_is_shown_as_a_picture_and_nothing_else(exposure: str) -> None:
    AT["dicom"].register("vivian")
    client = browser_at("dicom", "vivian")
    assert upload(client, picture(), "../x.html")["errno"] == 0
    address = told(client.get("/api/user/info/"))["user"]["avatar"]
    shown = client.get(address)
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert Image.open(io.BytesIO(b"".join(shown.streaming_content))).size == (20, 10)  # type: ignore[attr-defined]


def test_row_12_two_pictures_of_one_name_do_not_meet(exposure: str) -> None:
    addresses = []
    for name in ("vivian", "wilma"):
        AT["dicom"].register(name)
        client = browser_at("dicom", name)
        upload(client, picture(), "same.png")
        addresses.append(told(client.get("/api/user/info/"))["user"]["avatar"])
    assert addresses[0] != addresses[1]


def test_a_services_administrator_is_nobody_elsewhere(exposure: str) -> None:
    AT["annotation"].register("vivian")
    vivian = User.objects.get()
    set_level(ANNOTATION, vivian, 1, actor=None)
    client = browser_at("annotation", "vivian")
    assert told(client.get("/api/v1/users/self"))["groups"] == ["admin"]
    assert client.get("/admin/").status_code == 302
    vivian.refresh_from_db()
    assert (vivian.is_staff, vivian.is_superuser) == (False, False)
    assert set(vivian.grants.values_list("service", "level")) == {("annotation", 1)}


def test_every_change_of_a_level_is_written_down(exposure: str) -> None:
    AT["annotation"].register("vivian")
    vivian = User.objects.get()
    set_level(ANNOTATION, vivian, 1, actor=vivian, ip="192.0.2.1")
    entry = Audit.objects.latest("pk")
    assert (entry.event, entry.actor, entry.target, entry.ip) == ("grant.set", vivian, "vivian", "192.0.2.1")
    assert entry.data == {"service": "annotation", "level": 1}


def test_no_field_of_a_registration_gives_rights(exposure: str) -> None:
    rights = {"is_staff": "1", "is_superuser": "1", "groups": "admin", "level": "9", "role": "9", "scope": "0"}
    said = {"username": "vivian", "pwd1": PASSWORD, "pwd2": PASSWORD, **rights}
    assert told(Client().post("/api/user/register/", said))["errno"] == 0
    browser_at("dicom", "vivian").post("/api/user/update/info/", rights)
    vivian = User.objects.get()
    assert (vivian.is_staff, vivian.is_superuser, vivian.groups.exists()) == (False, False, False)
    assert list(vivian.grants.values_list("service", "level")) == [("dicom", 0)]
