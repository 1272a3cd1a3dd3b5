"""Pictures in number: each answered costs one, each refused nothing, whatever dies in between."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.accounts.models import User
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job
from quintet.services.masks.actions.batches import settle
from quintet.services.masks.actions.pictures import look_at
from quintet.services.masks.models import Batch, LedgerEntry, Picture, Quota
from quintet.services.masks.tests.makers import make_person, make_picture, make_png_header, post, signed_in

# Files go when the transaction commits, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/mask_detect/pictures/"


@pytest.fixture
def alice() -> User:
    return make_person("alice")


def _send(browser: Client, **files: bytes) -> Any:
    uploads = [SimpleUploadedFile(name.replace("_", "."), content) for name, content in files.items()]
    return browser.post(PATH, {"pic_file": uploads}).json()


def _zip(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def _files_of(person: User) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"pictures/{person.pk}")[1])
    except FileNotFoundError:
        return []


def test_files_are_looked_at_after_the_answer(alice: User) -> None:
    browser = signed_in(alice)
    answer = _send(browser, a_png=make_picture(), b_jpg=make_picture("JPEG"), c_txt=b"no picture")
    assert answer["batch"]["progress"] == "waiting"
    assert answer["batch"]["pictures"] == {"waiting": 3, "done": 0, "refused": 0}
    assert Quota.of(alice.pk).pictures_left == 10
    run_due()
    batch = browser.get(f"/mask_detect/batches/{answer['batch']['batch_id']}/").json()["batch"]
    assert (batch["progress"], batch["pictures"]) == ("done", {"waiting": 0, "done": 2, "refused": 1})
    assert Quota.of(alice.pk).pictures_left == 8
    refused = browser.get(PATH, {"state": "refused"}).json()["results"]
    assert [(row["name"], row["original"]) for row in refused] == [("c.txt", None)]
    assert refused[0]["reason"]


def test_an_archive_is_taken_apart_and_given_up(alice: User) -> None:
    browser = signed_in(alice)
    content = _zip(holiday__one_png=make_picture(), two_webp=make_picture("WEBP"), notes_txt=b"hm")
    answer = _send(browser, all_zip=content)
    run_due()
    batch = browser.get(f"/mask_detect/batches/{answer['batch']['batch_id']}/").json()["batch"]
    assert batch["pictures"] == {"waiting": 0, "done": 2, "refused": 1}
    assert not [name for name in _files_of(alice) if name.endswith(".zip")]
    names = {row["name"] for row in browser.get(PATH).json()["results"]}
    assert names == {"one.png", "two.webp", "notes.txt"}


def test_names_packed_on_chinese_windows_are_read(alice: User) -> None:
    content = _zip(one_png=make_picture())
    browser = signed_in(alice)
    # The same entry, its name in GBK and without the flag that would say UTF-8.
    _send(browser, all_zip=content.replace(b"one.png", "口罩1".encode("gbk") + b"00"))
    run_due()
    assert browser.get(PATH).json()["results"][0]["name"] == "口罩100"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_zip(), "holds no pictures"),
        (_zip(a_png=make_picture())[:-30] + b"PK\x05\x06" + b"\0" * 18, "holds no pictures"),
        (_zip(a_png=make_picture()).replace(b"\x00\x00\x08\x00", b"\x01\x00\x08\x00"), "damaged"),
    ],
    ids=["empty", "cut", "locked"],
)
def test_an_archive_without_pictures_says_so_and_leaves_no_file(alice: User, content: bytes, reason: str) -> None:
    browser = signed_in(alice)
    answer = _send(browser, all_zip=content)
    run_due()
    batch = browser.get(f"/mask_detect/batches/{answer['batch']['batch_id']}/").json()["batch"]
    assert batch["progress"] == "failed"
    assert reason in batch["reason"]
    assert (_files_of(alice), Quota.of(alice.pk).pictures_left) == ([], 10)


def test_a_bomb_is_not_unpacked(alice: User, settings: Any) -> None:
    settings.QUINTET_MASKS_BATCH_MB, settings.QUINTET_MASKS_PICTURE_MB = 1, 1
    browser = signed_in(alice)
    bomb = _zip(a_png=b"\0" * (3 * 1024 * 1024))
    assert len(bomb) < 10_000
    answer = _send(browser, bomb_zip=bomb)
    run_due()
    batch = browser.get(f"/mask_detect/batches/{answer['batch']['batch_id']}/").json()["batch"]
    assert "too large" in batch["reason"]
    assert _files_of(alice) == []


def test_a_header_that_says_too_much_is_refused_unread(alice: User) -> None:
    browser = signed_in(alice)
    _send(browser, a_png=make_png_header(60_000, 60_000))
    run_due()
    assert browser.get(PATH).json()["results"][0]["state"] == "refused"
    assert (_files_of(alice), Quota.of(alice.pk).pictures_left) == ([], 10)


def test_when_the_quota_ends_the_rest_is_refused(alice: User) -> None:
    Quota.of(alice.pk)
    Quota.objects.filter(owner=alice).update(pictures_left=2)
    browser = signed_in(alice)
    _send(browser, **{f"p{n}_png": make_picture() for n in range(4)})
    run_due()
    assert Picture.objects.filter(state="done").count() == 2
    assert set(Picture.objects.filter(state="refused").values_list("reason", flat=True)) == {"no pictures left"}
    assert Quota.of(alice.pk).pictures_left == 0
    assert _send(browser, more_png=make_picture()) == {"state": "no resources"}


def test_looking_again_after_a_death_costs_nothing_twice(alice: User) -> None:
    browser = signed_in(alice)
    batch_id = _send(browser, a_png=make_picture(), b_png=make_picture())["batch"]["batch_id"]
    run_due()
    # As if the worker had died after the last picture and before it could say so.
    Job.objects.filter(pk__in=Batch.objects.filter(pk=batch_id).values("job_id")).update(
        state="queued", attempts=1, finished_at=None
    )
    run_due()
    assert LedgerEntry.objects.filter(owner=alice).count() == 2
    assert Quota.of(alice.pk).pictures_left == 8


def test_what_is_cancelled_costs_nothing_and_goes(alice: User) -> None:
    browser = signed_in(alice)
    batch_id = _send(browser, a_png=make_picture(), b_png=make_picture())["batch"]["batch_id"]
    assert post(browser, f"/mask_detect/batches/{batch_id}/cancel/", {}) == {"state": "ok"}
    run_due()
    batch = browser.get(f"/mask_detect/batches/{batch_id}/").json()["batch"]
    assert (batch["progress"], batch["pictures"]["refused"]) == ("cancelled", 2)
    assert (_files_of(alice), Quota.of(alice.pk).pictures_left) == ([], 10)


def test_nobody_else_sees_it(alice: User) -> None:
    batch_id = _send(signed_in(alice), a_png=make_picture())["batch"]["batch_id"]
    run_due()
    picture_id = Picture.objects.get().pk
    bob = signed_in(make_person("bob"))
    for path in (f"/mask_detect/batches/{batch_id}/", *(f"{PATH}{picture_id}/{x}" for x in ("", "original", "result"))):
        assert bob.get(path).json() == {"state": "error"}
        assert Client().get(path).json() == {"state": "error"}
    assert bob.delete(f"{PATH}{picture_id}/").json() == {"state": "error"}
    assert Picture.objects.exists()


def test_nothing_sent_is_error2(alice: User) -> None:
    assert signed_in(alice).post(PATH, {"x": "y"}).json() == {"state": "error2"}
    assert Client().post(PATH, {"x": "y"}).json() == {"state": "error1"}


def test_a_picture_that_somebody_else_has_settled_leaves_no_second_thumbnail(alice: User) -> None:
    browser = signed_in(alice)
    _send(browser, a_png=make_picture())
    run_due()
    files = _files_of(alice)
    row = Picture.objects.get()
    # A worker that was slower, with the same picture in hand.
    settle(row, look_at(make_picture()))
    assert _files_of(alice) == files
    assert LedgerEntry.objects.filter(owner=alice).count() == 1


def test_the_list_of_batches_takes_as_many_statements_for_ten_as_for_one(alice: User) -> None:
    browser = signed_in(alice)
    counts = []
    for many in (1, 9):
        for _ in range(many):
            Quota.objects.filter(owner=alice).update(pictures_left=10)
            _send(browser, a_png=make_picture())
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/mask_detect/batches/").json()["count"] in (1, 10)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_when_the_work_itself_fails_nothing_waits_for_ever(alice: User, settings: Any) -> None:
    browser = signed_in(alice)
    batch_id = _send(browser, a_png=make_picture(), b_png=make_picture())["batch"]["batch_id"]
    settings.QUINTET_MASKS_MODEL = "no such model"
    Job.objects.update(attempts=4)
    run_due()
    batch = browser.get(f"/mask_detect/batches/{batch_id}/").json()["batch"]
    assert (batch["progress"], batch["pictures"]) == ("failed", {"waiting": 0, "done": 0, "refused": 2})
    assert {row["reason"] for row in browser.get(PATH, {"state": "refused"}).json()["results"]} == {"the work failed"}
    assert (_files_of(alice), Quota.of(alice.pk).pictures_left) == ([], 10)
