"""Reading: the newest frame of each camera, and back whenever its source is."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quintet.services.masks.tests.camera_sources import (
    HTTPCamera,
    free_port,
    http_file,
    make_clip,
    needs_rtsp_server,
    number_of,
    numbered_frame,
    rtsp_camera,
    wait_until,
)
from quintet.services.masks.vision.cameras import sources
from quintet.services.masks.vision.cameras.address import read_source
from quintet.services.masks.vision.cameras.lately import Alarm, Tally
from quintet.services.masks.vision.cameras.reader import Reader, Slot
from quintet.services.masks.vision.detector import Face

# The promise; the rest is for a machine that has other work.
BACK_WITHIN_SECONDS = 5.0


@contextmanager
def reading(address: str, files: str = "") -> Iterator[tuple[Slot, list[tuple[str, str]]]]:
    """A reader's slot, and what it said."""
    said: list[tuple[str, str]] = []
    slot = Slot()
    reader = Reader(read_source(address, files=files), slot, changed=lambda state, why: said.append((state, why)))
    reader.start()
    try:
        yield slot, said
    finally:
        reader.stop()
        reader.join(6)
        assert not reader.is_alive()


def is_live(said: list[tuple[str, str]]) -> bool:
    return bool(said) and said[-1] == ("live", "")


def test_a_camera_over_http_goes_from_connecting_to_live() -> None:
    with HTTPCamera() as camera, reading(camera.address) as (slot, said):
        wait_until(lambda: is_live(said))
        newest = slot.take()
        assert newest is not None
        assert newest.pixels().shape == (48, 64, 3)
        assert said == [("connecting", ""), ("live", "")]


def test_whoever_is_slow_sees_the_newest_frame_and_no_queue_grows() -> None:
    with HTTPCamera(fps=40) as camera, reading(camera.address) as (slot, said):
        wait_until(lambda: is_live(said))
        for _ in range(2):
            time.sleep(0.5)
            newest = slot.take()
            assert newest is not None
            # At 40 frames a second: a tenth of a second, and not the half second that nobody looked.
            assert 0 <= camera.sent - number_of(newest.pixels()) <= 6
        assert slot.dropped >= 25


def test_a_source_that_dies_is_lost_and_live_again_soon_after_it_returns() -> None:
    with HTTPCamera() as camera, reading(camera.address) as (slot, said):
        wait_until(lambda: is_live(said))
        camera.close()
        wait_until(lambda: said[-1][0] == "lost")
        assert slot.take() is None
        time.sleep(1.2)  # so that the waits between attempts have grown to their longest
        assert said[-1] == ("lost", "Nobody answers at the source's port.")
        with HTTPCamera(camera.port):
            assert wait_until(lambda: is_live(said)) < BACK_WITHIN_SECONDS


def test_a_source_that_falls_silent_is_lost_although_it_holds_the_line() -> None:
    with HTTPCamera() as camera, reading(camera.address) as (_, said):
        wait_until(lambda: is_live(said))
        camera.frozen.set()
        wait_until(lambda: said[-1] == ("lost", "The source does not answer."))
        camera.frozen.clear()
        assert wait_until(lambda: is_live(said)) < BACK_WITHIN_SECONDS


def test_a_source_that_says_something_but_sends_no_pictures_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "FRAMELESS_SECONDS", 0.8)
    with HTTPCamera() as camera, reading(camera.address) as (_, said):
        wait_until(lambda: is_live(said))
        camera.is_mumbling = True
        wait_until(lambda: said[-1] == ("lost", "The source sends no pictures."))
        camera.is_mumbling = False
        wait_until(lambda: is_live(said))


@needs_rtsp_server()
def test_a_camera_over_rtsp_is_read_through_its_death_and_return() -> None:
    port = free_port()
    with reading(f"rtsp://127.0.0.1:{port}/live") as (slot, said):
        wait_until(lambda: said[-1:] == [("lost", "Nobody answers at the source's port.")])
        with rtsp_camera(port):
            assert wait_until(lambda: is_live(said)) < BACK_WITHIN_SECONDS
            first = slot.take()
            assert first is not None
            assert first.pixels().shape == (240, 320, 3)
            wait_until(lambda: slot.wait_newer_than(first.number + 5, 0))
        wait_until(lambda: said[-1][0] == "lost")
        with rtsp_camera(port):
            assert wait_until(lambda: is_live(said)) < BACK_WITHIN_SECONDS


@needs_rtsp_server()
def test_a_password_opens_an_rtsp_camera_and_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with rtsp_camera(port, "guard", "s3cr3t/ü"), caplog.at_level(logging.DEBUG):
        with reading(f"rtsp://guard:s3cr3t%2F%C3%BC@127.0.0.1:{port}/live") as (_, said):
            wait_until(lambda: is_live(said))
        with reading(f"rtsp://guard:wr0ng@127.0.0.1:{port}/live") as (_, refused):
            wait_until(lambda: refused[-1] == ("lost", "The source does not accept the name and password."))
    assert "s3cr3t" not in caplog.text
    assert "wr0ng" not in caplog.text


@pytest.mark.parametrize("asks_for", ["Basic", "Digest"])
def test_a_password_opens_an_http_camera(asks_for: str) -> None:
    with HTTPCamera(password="guard:s3cr3t", asks_for=asks_for) as camera:
        with reading(camera.address.replace("//", "//guard:s3cr3t@")) as (_, said):
            wait_until(lambda: is_live(said))
        with reading(camera.address.replace("//", "//guard:wr0ng@")) as (_, refused):
            wait_until(lambda: refused[-1] == ("lost", "The source does not accept the name and password."))


def test_a_redirect_is_not_followed() -> None:
    with HTTPCamera() as other, HTTPCamera(redirect=other.address) as camera, reading(camera.address) as (_, said):
        wait_until(lambda: said[-1] == ("lost", "The source redirects elsewhere, which is not followed."))
        assert other.connections == 0


def test_a_playlist_that_names_other_addresses_is_no_video() -> None:
    with HTTPCamera() as other:
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other.address}\n#EXT-X-ENDLIST\n"
        with http_file(playlist.encode(), "application/vnd.apple.mpegurl") as address, reading(address) as (_, said):
            wait_until(lambda: said[-1][0] == "lost")
            assert "live" not in [state for state, _ in said]
            assert other.asked == []


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_a_clip_over_http_is_read(tmp_path: Path, container: str) -> None:
    clip = make_clip(tmp_path / "clip", frames=10, container=container).read_bytes()
    with http_file(clip, "video/mp4") as address, reading(address) as (_, said):
        wait_until(lambda: ("live", "") in said)
        wait_until(lambda: ("lost", "The source has ended.") in said)
        wait_until(lambda: said.count(("live", "")) > 1)  # it begins anew, as a camera that was away


def test_a_camera_that_gives_one_picture_at_a_time_is_asked_again_and_again() -> None:
    numbers = iter(range(200))
    with http_file(lambda: numbered_frame(next(numbers)), "image/jpeg") as address, reading(address) as (slot, said):
        wait_until(lambda: is_live(said))
        time.sleep(1)
        newest = slot.take()
        assert newest is not None
        assert 4 <= next(numbers) - 1 <= 12
        assert next(numbers) - number_of(newest.pixels()) <= 4


def test_a_recording_comes_in_its_own_time(tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mp4", frames=15, fps=15)
    with reading(f"file://{tmp_path}/clip.mp4", files=str(tmp_path)) as (_, said):
        wait_until(lambda: is_live(said))
        assert 0.6 < wait_until(lambda: said[-1][0] == "lost") < 3


def test_what_is_no_video_is_said_to_be_none() -> None:
    with http_file(b"<html>hello</html>" * 100, "text/html") as address, reading(address) as (_, said):
        wait_until(lambda: said[-1] == ("lost", "The source sends nothing that is a video."))


def face(wearing: str, left: float = 0) -> Face:
    return Face(left, 0, left + 10, 10, wearing, 0.9)  # type: ignore[arg-type]


def test_one_mistaken_frame_tells_of_nobody_and_one_person_is_told_of_once() -> None:
    alarm, bare, masked = Alarm(quiet_seconds=10), [face("without_mask")], [face("with_mask")]
    assert [alarm.looked(faces, at) for at, faces in enumerate([bare, [], bare, [], bare])] == [False] * 4 + [True]
    assert not any(alarm.looked(bare, at) for at in range(5, 100))
    # Out of sight for long, and back.
    assert not any(alarm.looked([], at) for at in range(100, 130))
    assert [alarm.looked(bare, at) for at in range(130, 133)] == [False, False, True]
    # A face that is once taken for bare among many looks.
    calm = Alarm(quiet_seconds=10)
    assert not any(calm.looked(bare if at % 4 == 3 else masked, at) for at in range(100))


def test_whoever_comes_while_it_is_quiet_is_told_of_when_they_are_still_there() -> None:
    alarm, one, other = Alarm(quiet_seconds=20), face("without_mask"), face("without_mask", left=300)
    told = [at for at in range(60) if alarm.looked([one] if at < 5 else [one, other], at)]
    assert told == [2, 22]


def test_minutes_hold_the_most_and_the_sum() -> None:
    tally, begin = Tally(), datetime(2026, 11, 20, 8, 0, 30, tzinfo=UTC)
    tally.add(begin, [face("with_mask"), face("without_mask")])
    tally.add(begin + timedelta(seconds=20), [face("with_mask")])
    tally.add(begin + timedelta(seconds=40), [])
    assert [minute.minute.minute for minute in tally.take(before=begin + timedelta(seconds=59))] == [0]
    (last,) = tally.take()
    assert (last.minute.minute, last.looks, last.most_faces) == (1, 1, 0)
