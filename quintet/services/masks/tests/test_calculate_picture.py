"""Pictures: one that is answered costs one, one that is refused costs nothing."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from quintet.services.masks.actions import spend
from quintet.services.masks.models import Kind, Quota
from quintet.services.masks.tests.makers import make_person, make_picture, make_png_header, signed_in

pytestmark = pytest.mark.django_db
PATH = "/mask_detect/picture_calculate/"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_back_in_its_own_format_and_size(kind: str) -> None:
    person = make_person()
    response = signed_in(person).post(PATH, {"pic_file": SimpleUploadedFile("x", make_picture(kind))})
    assert response.headers["Content-Type"] == f"image/{kind.lower()}"
    with Image.open(io.BytesIO(response.content)) as picture:
        assert (picture.format, picture.size) == (kind, (48, 48))
    assert Quota.of(person.pk).pictures_left == 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4 \n",
        make_picture("JPEG")[:200],
        make_picture("PNG")[:60],
        make_picture("PNG")[:-30],
        make_png_header(60_000, 60_000),
        make_png_header(0, 5),
        b"\0" * 4096,
    ],
    ids=["empty", "header alone", "svg", "pdf", "cut jpeg", "cut png", "cut end", "60000x60000", "no width", "zeros"],
)
def test_what_is_no_picture_is_error2_and_costs_nothing(content: bytes) -> None:
    person = make_person()
    response = signed_in(person).post(PATH, {"pic_file": SimpleUploadedFile("x.png", content)})
    assert (response.status_code, response.json()) == (200, {"state": "error2"})
    assert Quota.of(person.pk).pictures_left == 10


def test_who_has_none_left_is_told_so() -> None:
    person = make_person()
    for _ in range(10):
        spend(person, Kind.PICTURES, reason="picture")
    response = signed_in(person).post(PATH, {"pic_file": SimpleUploadedFile("x.png", make_picture())})
    assert response.json() == {"state": "no resources"}
    assert Quota.of(person.pk).pictures_left == 0


def test_what_is_too_large_is_error2(settings: Any) -> None:
    settings.QUINTET_MASKS_PICTURE_MB = 0
    response = signed_in(make_person()).post(PATH, {"pic_file": SimpleUploadedFile("x.png", make_picture())})
    assert response.json() == {"state": "error2"}


def test_nothing_is_written_before_the_picture_has_been_looked_at() -> None:
    person = make_person()
    browser = signed_in(person)
    Quota.of(person.pk)
    with CaptureQueriesContext(connection) as captured:
        browser.post(PATH, {"pic_file": SimpleUploadedFile("x.png", b"no picture")})
    assert not [
        query["sql"] for query in captured if query["sql"].startswith(("UPDATE", "INSERT", "BEGIN", "SAVEPOINT"))
    ]


def test_faces_are_found_in_a_photograph() -> None:
    photographs = Path(__file__).parents[5] / "shared" / "data" / "masks" / "train" / "images"
    if not photographs.is_dir():
        pytest.skip("no photographs at hand (../shared/data/masks)")
    content = sorted(photographs.iterdir())[0].read_bytes()
    answer = signed_in(make_person()).post(
        PATH, {"pic_file": SimpleUploadedFile("x.jpg", content)}, headers={"Accept": "application/json"}
    )
    seen = answer.json()
    assert seen["faces"]
    assert sum(seen["counts"].values()) == len(seen["faces"])
