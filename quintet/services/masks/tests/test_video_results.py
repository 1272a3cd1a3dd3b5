"""What was seen in a video can be had as data; it is listed, and kept as long as it was said."""

import csv
import io
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from quintet.core.clock import now
from quintet.core.deferred.inline import run_due
from quintet.services.masks.actions import drop_old_videos, top_up
from quintet.services.masks.actions.video_files import FOLDER
from quintet.services.masks.models import Kind, Tally, Video
from quintet.services.masks.tests.makers import make_person, signed_in
from quintet.services.masks.tests.video_makers import (
    CLIP,
    body,
    files,
    make_clip,
    make_colour_model,
    on_disk,
    uploaded,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


def two_people(frame: int) -> list[Any]:
    """One who stays, without a mask; one with a mask who comes at frame 20 and walks."""
    walker = [(10 + 2 * frame, 10, 40 + 2 * frame, 44, "with_mask")] if frame >= 20 else []
    return [(200, 100, 230, 140, "without_mask"), *walker]


@pytest.fixture
def seen(tmp_path: Path, settings: Any) -> tuple[Client, str]:
    """A video of two people in three parts, done."""
    settings.QUINTET_MASKS_VIDEO_MODEL = str(make_colour_model(tmp_path / "colours", side=320))
    settings.QUINTET_MASKS_VIDEO_PART_SECONDS = 1
    browser = signed_in(make_person())
    clip = make_clip(width=320, height=240, frames=75, key_every=25, figures=two_people)
    path = uploaded(browser, clip, "=shop, front.mp4")
    work()
    return browser, path


def test_people_are_counted_once_each(seen: tuple[Client, str]) -> None:
    browser, path = seen
    video = browser.get(path.removesuffix("result.mp4")).json()["video"]
    assert video["counts"] == {"with_mask": 1, "without_mask": 1, "mask_worn_incorrect": 0}
    assert (video["frames_done"], video["seconds"], video["model"]) == (75, 3.0, "colours")
    tally = Tally.objects.get()
    assert (tally.source, tally.looked, tally.with_mask, tally.without_mask) == ("video", 1, 1, 1)


def test_result_json_holds_every_frame_and_every_box(seen: tuple[Client, str]) -> None:
    browser, path = seen
    response = browser.get(path.replace("result.mp4", "result.json"))
    told = json.loads(body(response))
    assert response["Content-Type"] == "application/json"
    assert (told["width"], told["height"], told["frames"], told["rate"]) == (320, 240, 75, 25.0)
    assert told["times"] == [round(0.04 * frame, 6) for frame in range(75)]
    stays, walks = told["tracks"]
    assert (stays["track"], stays["class"], stays["counted"]) == (1, "without_mask", True)
    assert (stays["first_frame"], stays["last_frame"]) == (0, 74)
    assert [box[0] for box in stays["boxes"]] == list(range(75))
    assert stays["boxes"][40][1:5] == pytest.approx([199, 104, 231, 136], abs=9)
    assert (walks["class"], walks["first_frame"], walks["last_frame"]) == ("with_mask", 20, 74)
    assert walks["boxes"][41] == [61, *walks["boxes"][41][1:]]
    assert walks["boxes"][41][1:5] == pytest.approx([131, 11, 163, 43], abs=9)


def test_events_csv_says_who_came_and_went(seen: tuple[Client, str]) -> None:
    browser, path = seen
    response = browser.get(path.replace("result.mp4", "events.csv"))
    rows = list(csv.reader(io.StringIO(body(response).decode())))
    assert rows[0][:6] == ["track", "class", "first_frame", "last_frame", "first_seconds", "last_seconds"]
    assert [row[1:7] for row in rows[1:]] == [
        ["without_mask", "0", "74", "0.000", "2.960", "75"],
        ["with_mask", "20", "74", "0.800", "2.960", "55"],
    ]
    assert "%3Dshop" in response["Content-Disposition"] or "=shop, front.csv" in response["Content-Disposition"]


def test_videos_are_listed_newest_first_and_by_pages() -> None:
    person = make_person()
    top_up(person, Kind.VIDEOS, by=10, ip="")
    browser = signed_in(person)
    for name in ("one.mp4", "two.mp4", "three.mp4"):
        uploaded(browser, CLIP, name)
    page = browser.get("/mask_detect/videos/?page_size=2").json()
    assert [video["name"] for video in page["results"]] == ["three.mp4", "two.mp4"]
    assert (page["state"], page["count"], page["previous"]) == ("ok", 3, None)
    assert browser.get(page["next"]).json()["results"][0]["name"] == "one.mp4"
    assert browser.get("/mask_detect/videos/?page=9").json() == {"state": "error"}
    assert browser.get("/mask_detect/videos/").json()["results"][0]["state"] == "waiting"


def test_another_persons_videos_are_not_listed() -> None:
    uploaded(signed_in(make_person()), CLIP)
    assert signed_in(make_person("bob")).get("/mask_detect/videos/").json()["count"] == 0
    assert Client().get("/mask_detect/videos/").json() == {"state": "error"}


@pytest.mark.parametrize("path", ["/mask_detect/videos/0/", "/mask_detect/videos/999999999999999999/"])
def test_a_video_that_is_not_there_is_an_error(path: str) -> None:
    browser = signed_in(make_person())
    assert browser.get(path).json() == {"state": "error"}
    assert browser.delete(path).json() == {"state": "error"}
    assert browser.post(f"{path}cancel/").json() == {"state": "error"}
    assert browser.get(f"{path}result.mp4").status_code == 404


def test_a_short_video_does_not_wait_for_the_whole_of_a_long_one(settings: Any) -> None:
    settings.QUINTET_MASKS_VIDEO_PART_SECONDS = 1
    person = make_person()
    top_up(person, Kind.VIDEOS, by=10, ip="")
    browser = signed_in(person)
    uploaded(browser, make_clip(frames=300, key_every=25), "long.mp4")
    run_due(2, queues=["video"])
    uploaded(browser, CLIP, "short.mp4")
    run_due(3 + 3, queues=["video"])
    assert [video["state"] for video in browser.get("/mask_detect/videos/").json()["results"]] == ["done", "running"]
    work()
    assert [video["state"] for video in browser.get("/mask_detect/videos/").json()["results"]] == ["done", "done"]
    assert Video.objects.get(name="long.mp4").frames == 300


class TestKeeping:
    @pytest.fixture
    def done(self) -> tuple[Client, str]:
        browser = signed_in(make_person())
        path = uploaded(browser, CLIP)
        work()
        return browser, path

    def aged(self, days: int) -> None:
        Video.objects.update(finished_at=now() - timedelta(days=days, minutes=1))
        drop_old_videos(None)

    def test_originals_go_first_and_results_later(self, done: tuple[Client, str], settings: Any) -> None:
        browser, path = done
        settings.QUINTET_MASKS_VIDEO_ORIGINAL_DAYS = 3
        settings.QUINTET_MASKS_VIDEO_RESULT_DAYS = 5
        self.aged(2)
        assert len(files()) == 4
        self.aged(3)
        assert "original" not in files()
        assert browser.get(path.replace("result.mp4", "original")).status_code == 410
        assert browser.get(path).status_code == 200
        self.aged(5)
        assert files() == []
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["msg"]) == (410, "It is not kept any more.")
        video = browser.get(path.removesuffix("result.mp4")).json()["video"]
        assert (video["state"], video["url"], video["frames_done"]) == ("done", None, 20)

    def test_nought_days_keep_it_until_it_is_deleted(self, done: tuple[Client, str], settings: Any) -> None:
        settings.QUINTET_MASKS_VIDEO_ORIGINAL_DAYS = settings.QUINTET_MASKS_VIDEO_RESULT_DAYS = 0
        self.aged(10_000)
        assert len(files()) == 4

    def test_what_is_in_work_stays(self) -> None:
        uploaded(signed_in(make_person()), CLIP)
        drop_old_videos(None)
        assert files() == ["original"]


def test_what_a_death_left_behind_goes_after_a_day(settings: Any, tmp_path: Any) -> None:
    on_disk(settings, tmp_path)
    browser = signed_in(make_person())
    uploaded(browser, CLIP)
    default_storage.save(f"{FOLDER}/nobodys/original", ContentFile(b"x"))
    default_storage.save(f"{FOLDER}/todays/original", ContentFile(b"x"))
    in_hand = tmp_path / "videos-in-hand"
    for name in ("upload-old", "upload-new"):
        (in_hand / name).write_bytes(b"x")
    (in_hand / "part-old").mkdir()
    long_ago = now().timestamp() - 2 * 24 * 3600
    kept = Video.objects.get().folder
    for old in (
        tmp_path / FOLDER / "nobodys" / "original",
        tmp_path / FOLDER / kept / "original",
        in_hand / "upload-old",
    ):
        os.utime(old, (long_ago, long_ago))
    os.utime(in_hand / "part-old", (long_ago, long_ago))
    (tmp_path / FOLDER / "emptied").mkdir()
    drop_old_videos(None)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == sorted([kept, "todays"])
    assert [path.name for path in in_hand.iterdir()] == ["upload-new"]
