"""POST /api/goods, and what is changed and deleted afterwards."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from quintet.core import clock
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.tests.makers import Person, make_goods, make_picture


def form(**changes: Any) -> dict[str, Any]:
    unit, _ = MeasureUnit.objects.get_or_create(name="克")
    said = {"name": "土豆2", "description": "这是土豆2", "price": "9.68", "unit": unit.pk, "image": make_picture()}
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def stored_files() -> list[str]:
    return default_storage.listdir("goods")[1] if default_storage.exists("goods") else []


def name_in_store(address: str) -> str:
    return address.removeprefix("http://testserver/media/goods/")


@contextmanager
def failing(statement: str) -> Iterator[None]:
    """The database fails at statements that begin so."""

    def run(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(statement):
            raise OperationalError("disk full")
        return execute(sql, *rest)

    with connection.execute_wrapper(run):
        yield


def test_goods_are_sold_from_now_for_thirty_days(grain: Person) -> None:
    before = clock.now()
    answer = grain.post("/api/goods", form())
    assert answer.status_code == 201
    period = PricePeriod.objects.get(goods_item_id=answer.json()["id"])
    assert before <= period.starts_at <= clock.now()
    assert period.ends_at - period.starts_at == timedelta(days=30)
    assert answer.json()["unit"] == "克"


def test_the_count_is_right_at_once(grain: Person) -> None:
    assert grain.get("/api/goods").json()["count"] == 0
    made = grain.post("/api/goods", form()).json()
    assert grain.get("/api/goods").json()["count"] == 1
    grain.delete(f"/api/goods/{made['id']}/")
    assert grain.get("/api/goods").json()["count"] == 0


def test_the_picture_is_written_anew_and_shown_to_everybody(grain: Person) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where we live"
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "JPEG", exif=exif)
    image = SimpleUploadedFile("我的 土豆.JPEG", written.getvalue())
    address = grain.post("/api/goods", form(image=image)).json()["image"]
    shown = Client().get(address.removeprefix("http://testserver"))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["X-Content-Type-Options"] == "nosniff"
    content = b"".join(shown)
    assert b"where we live" not in content
    assert stored_files()[0].startswith("我的_土豆_")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP"])
def test_other_kinds_of_pictures_will_do(grain: Person, kind: str) -> None:
    assert grain.post("/api/goods", form(image=make_picture(f"a.{kind}", kind))).status_code == 201


def bomb() -> bytes:
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\x00" * 40,
        b"%PDF-1.4",
        "cut",
        "bomb",
    ],
    ids=str,
)
def test_what_is_no_picture_is_refused_and_nothing_stays(grain: Person, content: bytes | str) -> None:
    if content == "cut":
        content = make_picture(size=(400, 300)).read()[:-500]
    body = bomb() if content == "bomb" else content
    assert isinstance(body, bytes)
    answer = grain.post("/api/goods", form(image=SimpleUploadedFile("a.jpg", body)))
    assert (answer.status_code, list(answer.json())) == (400, ["image"])
    assert (stored_files(), GoodsItem.objects.count()) == ([], 0)


def test_a_file_that_is_too_large_is_refused(grain: Person, settings: Any) -> None:
    settings.QUINTET_PROCUREMENT_IMAGE_MB = 0
    assert grain.post("/api/goods", form()).status_code == 400


def test_a_files_name_leads_nowhere(grain: Person) -> None:
    names = ("../../evil.jpg", "/etc/passwd", ".htaccess", "a" * 300 + ".jpg", "\u202egpj.exe", "….jpg")
    for name in names:
        upload = make_picture()
        upload.name = name
        address = grain.post("/api/goods", form(image=upload)).json()["image"]
        assert Client().get(address.removeprefix("http://testserver")).status_code == 200, name
    assert len(stored_files()) == len(names)


def test_the_same_name_twice_is_two_files(grain: Person) -> None:
    first, second = (grain.post("/api/goods", form()).json()["image"] for _ in range(2))
    assert first != second
    assert len(stored_files()) == 2


@pytest.mark.parametrize("statement", ['INSERT INTO "procurement_goodsitem"', 'INSERT INTO "procurement_priceperiod"'])
def test_no_file_stays_when_the_row_cannot_be_written(grain: Person, statement: str) -> None:
    said = form()
    with failing(statement), pytest.raises(OperationalError):
        grain.post("/api/goods", said)
    assert (stored_files(), GoodsItem.objects.count(), PricePeriod.objects.count()) == ([], 0, 0)


BAD_FIELDS = {
    "name": ["", "  ", "x" * 101, "a\x00b"],
    "price": ["", "-1", "1.234", "1e3", "NaN", "٣", "12345678901", "1_0", "+1"],
    "unit": ["", "0", "999999", "9" * 30, "克", "-1"],
    "description": ["x" * 5001, "a\x00b"],
    "image": ["text"],
}


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_a_bad_field_is_named_and_nothing_is_made(grain: Person, field: str) -> None:
    for value in BAD_FIELDS[field]:
        answer = grain.post("/api/goods", form(**{field: value}))
        assert (answer.status_code, list(answer.json())) == (400, [field]), value
    assert (stored_files(), GoodsItem.objects.count()) == ([], 0)


def test_a_price_in_json_is_a_number_with_two_decimals(grain: Person) -> None:
    unit = form()["unit"]
    for price in (True, [1], {"price": 1}, "9,5", 1e22, -0.01, 0.001, 1e-7, 10**18):
        answer = grain.send("POST", "/api/goods", {"name": "a", "price": price, "unit": unit})
        assert (answer.status_code, list(answer.json())) == (400, ["price"]), price


@pytest.mark.parametrize(
    ("said", "shown"), [(0, 0.0), (9.68, 9.68), (0.1, 0.1), ("12.50", 12.5), (9999999999.99, 9999999999.99)]
)
def test_a_price_is_shown_as_it_was_said(grain: Person, said: object, shown: float) -> None:
    answer = grain.send("POST", "/api/goods", {"name": "a", "price": said, "unit": form()["unit"], "image": None})
    assert (answer.status_code, answer.json()["price"], answer.json()["image"]) == (201, shown, None)


# -- changing


def test_patch_changes_what_is_given_alone(grain: Person) -> None:
    made = grain.post("/api/goods", form()).json()
    changed = grain.send("PATCH", f"/api/goods/{made['id']}/", {"name": "马铃薯"}).json()
    assert changed == {**made, "name": "马铃薯"}
    assert grain.send("PATCH", f"/api/goods/{made['id']}/", {}).json() == changed


def test_put_wants_name_price_and_unit(grain: Person) -> None:
    item = make_goods()
    answer = grain.send("PUT", f"/api/goods/{item.pk}/", {"description": "x"})
    assert (answer.status_code, sorted(answer.json())) == (400, ["name", "price", "unit"])


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_new_picture_takes_the_old_ones_place(
    grain: Person, verb: str, django_capture_on_commit_callbacks: Any
) -> None:
    made = grain.post("/api/goods", form()).json()
    body = encode_multipart(BOUNDARY, form(image=make_picture("new.png", "PNG")))
    with django_capture_on_commit_callbacks(execute=True):
        answer = grain.generic(verb, f"/api/goods/{made['id']}/", body, content_type=MULTIPART_CONTENT)
    assert answer.status_code == 200
    assert stored_files() == [name_in_store(answer.json()["image"])]


def test_the_old_picture_stays_when_the_change_fails(grain: Person) -> None:
    made = grain.post("/api/goods", form()).json()
    body = encode_multipart(BOUNDARY, form(image=make_picture("new.png", "PNG")))
    with failing('UPDATE "procurement_goodsitem"'), pytest.raises(OperationalError):
        grain.generic("PUT", f"/api/goods/{made['id']}/", body, content_type=MULTIPART_CONTENT)
    assert len(stored_files()) == 1
    assert grain.get(f"/api/goods/{made['id']}").json() == made
    assert default_storage.exists(f"goods/{stored_files()[0]}")


@pytest.mark.parametrize("empty", [None, ""])
def test_a_picture_can_be_taken_away(grain: Person, empty: str | None, django_capture_on_commit_callbacks: Any) -> None:
    made = grain.post("/api/goods", form()).json()
    with django_capture_on_commit_callbacks(execute=True):
        assert grain.send("PATCH", f"/api/goods/{made['id']}/", {"image": empty}).json()["image"] is None
    assert stored_files() == []


def test_another_price_begins_now_and_the_same_one_does_not(grain: Person) -> None:
    item = make_goods(price="2.00")
    path = f"/api/goods/{item.pk}/"
    assert grain.send("PATCH", path, {"price": 2}).status_code == 200
    assert item.price_periods.count() == 1
    assert grain.send("PATCH", path, {"price": 3}).json()["price"] == 3.0
    first, second = item.price_periods.order_by("starts_at")
    assert first.ends_at == first.effective_until == second.starts_at


def test_the_same_price_renews_what_has_run_out(grain: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_goods(price="2.00")
    later = clock.now() + timedelta(days=31)
    person = grain.get(f"/api/goods/{item.pk}")
    assert person.status_code == 200
    monkeypatch.setattr(clock, "now", lambda: later)
    changed = grain.send("PATCH", f"/api/goods/{item.pk}/", {"price": 2}).json()
    assert item.price_periods.count() == 2
    assert changed["start_time"] > person.json()["end_time"]


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE"])
def test_goods_that_are_not_there_are_a_404(grain: Person, verb: str) -> None:
    body = form(image=None) if verb == "PUT" else None
    assert grain.send(verb, "/api/goods/999999/", body).status_code == 404


def test_deleted_goods_take_their_prices_and_their_picture_with_them(
    grain: Person, django_capture_on_commit_callbacks: Any
) -> None:
    made = grain.post("/api/goods", form()).json()
    with django_capture_on_commit_callbacks(execute=True):
        assert grain.delete(f"/api/goods/{made['id']}").status_code == 204
    assert (stored_files(), PricePeriod.objects.count()) == ([], 0)
    assert Client().get(made["image"].removeprefix("http://testserver")).status_code == 404
    assert grain.delete(f"/api/goods/{made['id']}").status_code == 404
