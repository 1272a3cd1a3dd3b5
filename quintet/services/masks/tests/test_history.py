"""What was looked at can be seen again, taken away, exported and counted."""

import csv
import io
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.inline import run_due
from quintet.services.masks.actions.tallies import count_seen
from quintet.services.masks.models import Batch, Picture
from quintet.services.masks.tests.makers import make_person, make_picture, signed_in
from quintet.services.masks.tests.video_makers import on_disk

pytestmark = pytest.mark.django_db
PATH = "/mask_detect/pictures/"
FACES = [
    {"box": [1.0, 2.0, 11.0, 22.0], "class": "with_mask", "score": 0.9},
    {"box": [20.0, 20.0, 40.0, 40.0], "class": "without_mask", "score": 0.8},
]


@pytest.fixture
def alice() -> User:
    return make_person("alice")


def _calculate(browser: Client, name: str = "x.png", kind: str = "PNG") -> Picture:
    answer = browser.post("/mask_detect/picture_calculate/", {"pic_file": SimpleUploadedFile(name, make_picture(kind))})
    assert answer.headers["Content-Type"].startswith("image/")
    return Picture.objects.latest("id")


def _with_faces(row: Picture) -> Picture:
    row.faces, row.with_mask, row.without_mask, row.mask_worn_incorrect = FACES, 1, 1, 0
    row.save()
    return row


def test_a_picture_is_there_again_as_it_came_and_as_it_was_answered(alice: User) -> None:
    browser = signed_in(alice)
    row = _calculate(browser, "土豆.jpg", "JPEG")
    shown = browser.get(PATH).json()["results"][0]
    assert (shown["name"], shown["width"], shown["height"]) == ("土豆.jpg", 48, 48)
    original = browser.get(f"{PATH}{row.pk}/original")
    assert b"".join(original.streaming_content) == make_picture("JPEG")  # type: ignore[attr-defined]
    assert original.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(browser.get(f"{PATH}{row.pk}/result").content)) as result:
        assert (result.format, result.size) == ("JPEG", (48, 48))
    thumbnail = browser.get(f"{PATH}{row.pk}/thumbnail")
    with Image.open(io.BytesIO(b"".join(thumbnail.streaming_content))) as small:  # type: ignore[attr-defined]
        assert small.format == "JPEG"


def test_what_is_deleted_is_gone_with_its_files(alice: User, django_capture_on_commit_callbacks: Any) -> None:
    browser = signed_in(alice)
    row = _calculate(browser)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.delete(f"{PATH}{row.pk}/").json() == {"state": "ok"}
    assert browser.get(f"{PATH}{row.pk}/").json() == {"state": "error"}
    assert not default_storage.exists(row.original)
    assert not default_storage.exists(row.thumbnail)


def test_nothing_is_kept_where_nothing_should_be(alice: User, settings: Any) -> None:
    settings.QUINTET_MASKS_KEEP_PICTURES_DAYS = 0
    browser = signed_in(alice)
    browser.post("/mask_detect/picture_calculate/", {"pic_file": SimpleUploadedFile("x.png", make_picture())})
    assert not Picture.objects.exists()
    assert browser.get("/mask_detect/statistics/").json()["results"][0]["pictures"]["looked"] == 1


def test_what_is_old_goes_and_stays_counted(alice: User, django_capture_on_commit_callbacks: Any) -> None:
    browser = signed_in(alice)
    old, young = _calculate(browser), _calculate(browser)
    Picture.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        jobs.enqueue("masks.drop_old_pictures")
        run_due()
    assert list(Picture.objects.values_list("pk", flat=True)) == [young.pk]
    assert not default_storage.exists(old.original)
    assert browser.get("/mask_detect/statistics/").json()["results"][0]["pictures"]["looked"] == 2


def test_the_list_is_paged_and_filtered(alice: User) -> None:
    browser = signed_in(alice)
    rows = [_calculate(browser, f"{n}.png") for n in range(3)]
    _with_faces(rows[0])
    first = browser.get(PATH, {"page_size": 2}).json()
    assert (first["count"], [row["name"] for row in first["results"]]) == (3, ["2.png", "1.png"])
    assert [row["name"] for row in browser.get(PATH, {"class": "without_mask"}).json()["results"]] == ["0.png"]
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    assert browser.get(PATH, {"from": tomorrow}).json()["count"] == 0
    assert browser.get(PATH, {"page": 9}).json() == {"state": "error1"}


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"to": "2026-13-40"}, {"batch": "x"}, {"from": "0001-01-01"}])
def test_a_filter_that_cannot_be_is_refused(alice: User, query: dict[str, str]) -> None:
    assert signed_in(alice).get(PATH, query).json()["state"] == "error2"


def test_exports_hold_every_face_once(alice: User) -> None:
    browser = signed_in(alice)
    row = _with_faces(_calculate(browser, "=cmd.png"))
    _calculate(browser, "empty.png")
    exported = {kind: _text(browser.get(f"{PATH}export/", {"format": kind})) for kind in ("json", "csv", "coco")}
    assert [len(picture["faces"]) for picture in json.loads(exported["json"])] == [0, 2]
    lines = list(csv.DictReader(io.StringIO(exported["csv"].removeprefix("\ufeff"))))
    assert [(line["name"], line["class"], line["x1"]) for line in lines] == [
        ("empty.png", "", ""), ("'=cmd.png", "with_mask", "1.0"), ("'=cmd.png", "without_mask", "20.0"),
    ]  # fmt: skip
    coco = json.loads(exported["coco"])
    assert [annotation["bbox"] for annotation in coco["annotations"]] == [
        [1.0, 2.0, 10.0, 20.0],
        [20.0, 20.0, 20.0, 20.0],
    ]
    assert {annotation["image_id"] for annotation in coco["annotations"]} == {row.pk}
    assert len({annotation["id"] for annotation in coco["annotations"]}) == 2
    assert browser.get(f"{PATH}export/", {"format": "xls"}).json() == {"state": "error"}


def _text(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_statistics_add_up_by_day_of_the_local_time(alice: User, settings: Any) -> None:
    moment = now().replace(hour=20)  # in Shanghai already the next day
    count_seen(owner_id=alice.pk, source="video", at=moment, looked=1, counts={"with_mask": 3, "without_mask": 1})
    count_seen(owner_id=alice.pk, source="video", at=moment, looked=1, counts={"with_mask": 0, "without_mask": 1})
    tomorrow = (moment + timedelta(days=1)).date().isoformat()
    answer = signed_in(alice).get("/mask_detect/statistics/", {"from": tomorrow, "to": tomorrow}).json()
    [day] = answer["results"]
    assert day["from"].startswith(tomorrow)
    assert day["videos"] == {"looked": 2, "with_mask": 3, "without_mask": 2, "mask_worn_incorrect": 0}
    assert (day["people"], day["share_without_mask"]) == (5, 0.4)
    assert day["pictures"]["looked"] == 0


def test_everybodys_statistics_are_for_administrators(alice: User) -> None:
    count_seen(owner_id=alice.pk, source="camera", at=now(), looked=1, counts={"with_mask": 2})
    root = signed_in(make_person("root", administrator=True))
    assert signed_in(alice).get("/mask_detect/statistics/?everybody=1").json() == {"state": "error"}
    assert root.get("/mask_detect/statistics/").json()["results"] == []
    assert root.get("/mask_detect/statistics/?everybody=1&by=hour").json()["results"][0]["cameras"]["with_mask"] == 2


@pytest.mark.parametrize("query", [{"by": "week"}, {"from": "2026-02-02", "to": "2026-01-01"}, {"from": "1990-01-01"}])
def test_a_span_that_cannot_be_is_refused(alice: User, query: dict[str, str]) -> None:
    assert signed_in(alice).get("/mask_detect/statistics/", query).json() == {"state": "error"}


class TestMetrics:
    def test_they_are_prometheus_text(self, alice: User) -> None:
        count_seen(owner_id=alice.pk, source="picture", at=now(), looked=4, counts={"without_mask": 3})
        response = Client().get("/mask_detect/metrics")
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = response.content.decode().splitlines()
        assert 'quintet_masks_faces_total{source="picture",class="without_mask"} 3' in lines
        assert lines.count("# TYPE quintet_masks_faces_total counter") == 1
        names = [line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")]
        assert names == sorted(names, key=names.index), "each name's lines stand together"

    def test_on_a_network_they_are_for_administrators_or_the_token(self, guarded: None, settings: Any) -> None:
        assert Client().get("/mask_detect/metrics").json() == {"state": "error"}
        root = signed_in(make_person("root", administrator=True))
        assert root.get("/mask_detect/metrics").status_code == 200
        settings.QUINTET_MASKS_METRICS_TOKEN = "scrape-me"
        said = {"Authorization": "Bearer scrape-me"}
        assert "quintet_masks" in Client().get("/mask_detect/metrics", headers=said).content.decode()
        assert Client().get("/mask_detect/metrics", headers={"Authorization": "Bearer x"}).json() == {"state": "error"}


def _files_in_store() -> set[str]:
    found = set()
    for owner in default_storage.listdir("pictures")[0]:
        found |= {f"pictures/{owner}/{name}" for name in default_storage.listdir(f"pictures/{owner}")[1]}
    return found


def test_what_a_killed_process_left_behind_goes_after_a_day_and_nothing_else(
    alice: User, settings: Any, tmp_path: Path
) -> None:
    on_disk(settings, tmp_path)
    _calculate(signed_in(alice))
    kept = _files_in_store()
    left = default_storage.save(f"pictures/{alice.pk}/left.jpg", SimpleUploadedFile("left.jpg", b"left"))
    fresh = default_storage.save(f"pictures/{alice.pk}/fresh.jpg", SimpleUploadedFile("fresh.jpg", b"fresh"))
    two_days_ago = (now() - timedelta(days=2)).timestamp()
    for name in (*kept, left):
        os.utime(default_storage.path(name), (two_days_ago, two_days_ago))
    jobs.enqueue("masks.drop_old_pictures", {})
    run_due()
    assert _files_in_store() == kept | {fresh}


def test_a_batch_is_forgotten_with_its_last_picture(alice: User, settings: Any) -> None:
    settings.QUINTET_MASKS_KEEP_PICTURES_DAYS = 30
    browser = signed_in(alice)
    browser.post(PATH, {"pic_files": SimpleUploadedFile("a.png", make_picture("PNG"))})
    run_due()
    Batch.objects.update(created_at=now() - timedelta(days=31))
    jobs.enqueue("masks.drop_old_pictures", {})
    run_due()
    assert Batch.objects.count() == 1, "its picture is still there"
    Picture.objects.update(created_at=now() - timedelta(days=31))
    jobs.enqueue("masks.drop_old_pictures", {})
    run_due()
    assert not Batch.objects.exists()
