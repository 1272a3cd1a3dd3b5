"""A video comes back with boxes: one that is done costs one, one that is refused, fails or is cancelled nothing."""

import io
import struct
import threading
import time
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job
from quintet.services.masks.actions import spend
from quintet.services.masks.actions.video_files import FOLDER
from quintet.services.masks.models import Kind, LedgerEntry, Quota, Tally, Video
from quintet.services.masks.queries import video_detector
from quintet.services.masks.tests.makers import make_person, make_picture, signed_in
from quintet.services.masks.tests.video_makers import (
    CLIP,
    add_tone,
    body,
    files,
    frames_in,
    make_clip,
    on_disk,
    upload,
    uploaded,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


def videos_left(name: str = "alice") -> int:
    return Quota.objects.get(owner__username=name).videos_left


def test_the_documented_client_gets_its_video_by_two_requests() -> None:
    browser = signed_in(make_person())
    answer = upload(browser, CLIP, "生日 party.mp4")
    url = answer.json()["url"]
    assert answer.json() == {"state": "ok", "url": url}
    assert url.startswith("http://testserver/mask_detect/videos/")
    work()
    response = browser.get(url)
    content = body(response)
    assert (response.status_code, response["Content-Type"]) == (200, "video/mp4")
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7%94%9F%E6%97%A5%20party.mp4")
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.frames, stream.codec_context.width, stream.codec_context.height) == (20, 64, 48)
        assert [sound.codec_context.name for sound in container.streams.audio] == ["aac"]


def test_a_done_video_has_cost_one_and_keeps_what_it_needs() -> None:
    browser = signed_in(make_person())
    uploaded(browser, CLIP)
    assert videos_left() == 0
    work()
    assert videos_left() == 0
    assert list(LedgerEntry.objects.values_list("kind", "change", "reason")) == [(Kind.VIDEOS, -1, "video")]
    assert [name.partition(".")[0] for name in files()] == ["events", "original", "result", "result"]
    assert Tally.objects.get(source="video").looked == 1
    video = browser.get("/mask_detect/videos/").json()["results"][0]
    assert (video["state"], video["frames_done"], video["frames_total"]) == ("done", 20, 20)
    assert (video["name"], video["seconds"], video["width"], video["height"]) == ("clip.mp4", 0.8, 64, 48)
    assert video["counts"] == {"with_mask": 0, "without_mask": 0, "mask_worn_incorrect": 0}


def test_nobody_else_can_read_it() -> None:
    path = uploaded(signed_in(make_person()), CLIP)
    work()
    for stranger in (Client(), signed_in(make_person("bob")), signed_in(make_person("root", administrator=True))):
        for name in ("result.mp4", "result.json", "events.csv", "original"):
            response = stranger.get(path.replace("result.mp4", name))
            assert (response.status_code, response.json()) == (404, {"state": "error"})
        assert stranger.get(path.removesuffix("result.mp4")).json() == {"state": "error"}
        assert stranger.post(path.replace("result.mp4", "cancel/")).json() == {"state": "error"}
        assert stranger.delete(path.removesuffix("result.mp4")).json() == {"state": "error"}
    assert Video.objects.get().state == Video.DONE


def test_who_is_not_signed_in_or_asks_wrongly_is_error1() -> None:
    assert upload(Client(), CLIP).json() == {"state": "error1"}
    assert signed_in(make_person()).get("/mask_detect/video_calculate/").json() == {"state": "error1"}


def test_who_has_none_left_is_told_so_and_nothing_is_kept() -> None:
    person = make_person()
    spend(person, Kind.VIDEOS, reason="video")
    assert upload(signed_in(person), CLIP).json() == {"state": "no resources"}
    assert files() == []
    assert not Job.objects.filter(kind="masks.calculate_video").exists()


def make_container_bomb() -> bytes:
    """An AVI that says it is of 60000 x 60000 raw pixels."""
    clip = make_clip(kind="avi", codec="rawvideo", pixels="bgr24", frames=2)
    # Its height is negative where rows begin at the top.
    return clip.replace(struct.pack("<2i", 64, -48), struct.pack("<2i", 60_000, -60_000))


def make_picture_bomb() -> bytes:
    """A film of JPEGs each of which says it is of 60000 x 60000."""
    clip = make_clip(kind="mkv", codec="mjpeg", pixels="yuvj420p", frames=2)
    return clip.replace(bytes([0, 48, 0, 64]), 2 * (60_000).to_bytes(2, "big"))


def make_song(kind: str = "mp4", codec: str = "aac") -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        add_tone(container, container.add_stream(codec, rate=44_100), seconds=0.5)
    return out.getvalue()


def make_song_with_cover() -> bytes:
    """A song whose cover is a video stream of one picture."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        song, cover = container.add_stream("aac", rate=44_100), container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        add_tone(container, song, seconds=0.5)
    return out.getvalue()


def with_size(content: bytes, box: bytes, size: int) -> bytes:
    at = content.index(box) - 4
    return content[:at] + size.to_bytes(4, "big") + content[at + 4 :]


BROKEN = {
    "empty": b"",
    "one byte": b"\0",
    "zeros": b"\0" * 5000,
    "text": b"This is no video.\n" * 300,
    "html": b"<!doctype html><html><body><video src=x></video></body></html>" * 20,
    "json": b'{"format": "mp4"}',
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\nHello\n",
    "play list": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "list of files": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "manifest": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "session description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    "png": make_picture("PNG"),
    "jpeg": make_picture("JPEG"),
    "webp": make_picture("WEBP"),
    "gif": make_picture("GIF"),
    "zip": b"PK\x03\x04" + b"\0" * 400,
    "pdf": b"%PDF-1.7\n" + b"x" * 500,
    "program": b"\x7fELF" + b"\1" * 600,
    "song": make_song(),
    "song with a cover": make_song_with_cover(),
    "wave": make_song("wav", "pcm_s16le"),
    "song in matroska": make_song("matroska", "aac"),
    "cut in its header": CLIP[:24],
    "cut in the middle": CLIP[: len(CLIP) // 2],
    "cut before its index": CLIP[: CLIP.index(b"moov")],
    "index alone": CLIP[CLIP.index(b"moov") - 4 :],
    "header that says 1 GB": with_size(CLIP[: CLIP.index(b"moov") - 4], b"mdat", 1 << 30),
    "index that says 1 GB": with_size(CLIP, b"moov", 1 << 30)[: len(CLIP) - 200],
    "matroska, header alone": make_clip(kind="mkv")[:60],
    "transport stream of zeros": b"\x47\x40\x11\x10" + b"\0" * 184 * 40,
    "60000 x 60000": make_container_bomb(),
    "60000 x 60000 within": make_picture_bomb(),
    "too small": make_clip(width=8, height=8, codec="mpeg4"),
    "no picture decodes": CLIP.replace(b"avc1", b"zzzz"),
}


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_video_is_error2_costs_nothing_and_leaves_no_file(name: str) -> None:
    person = make_person()
    response = upload(signed_in(person), BROKEN[name], "renamed.mp4")
    assert (response.status_code, response.json()) == (200, {"state": "error2"})
    assert Quota.of(person.pk).videos_left == 1
    assert not LedgerEntry.objects.exists()
    assert files() == []
    assert not Video.objects.exists()


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b'{"video_file": "clip.mp4"}', "application/json"),
        (b"video_file=clip.mp4", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "text/plain"),
    ],
)
def test_a_request_without_a_file_is_error2(content: bytes, kind: str) -> None:
    browser = signed_in(make_person())
    response = browser.post("/mask_detect/video_calculate/", content, content_type=kind)
    assert (response.status_code, response.json()) == (200, {"state": "error2"})


def test_a_file_in_another_field_is_no_video() -> None:
    browser = signed_in(make_person())
    response = browser.post("/mask_detect/video_calculate/", {"pic_file": io.BytesIO(CLIP)})
    assert response.json() == {"state": "error2"}


def test_a_file_above_the_limit_is_error2_and_leaves_nothing(settings: Any) -> None:
    settings.QUINTET_MASKS_VIDEO_MB = 0
    person = make_person()
    big = CLIP + b"\0" * 70_000
    assert upload(signed_in(person), CLIP).json() == {"state": "error2"}
    assert upload(signed_in(person), big).json() == {"state": "error2"}
    assert Quota.of(person.pk).videos_left == 1
    assert files() == []


def test_an_upload_is_moved_into_the_store_and_leaves_nothing_beside_it(settings: Any, tmp_path: Path) -> None:
    on_disk(settings, tmp_path)
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    assert upload(browser, b"no video").json() in ({"state": "error2"}, {"state": "no resources"})
    assert list((tmp_path / "videos-in-hand").iterdir()) == []
    work()
    assert len(frames_in(body(browser.get(path)))) == 20
    assert list((tmp_path / "videos-in-hand").iterdir()) == []
    assert browser.delete(path.removesuffix("result.mp4")).json() == {"state": "ok"}
    assert list((tmp_path / "videos").iterdir()) == []


def test_a_row_that_cannot_be_written_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person()
    browser = signed_in(person)
    Quota.of(person.pk)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER no_jobs BEFORE INSERT ON deferred_job BEGIN SELECT RAISE(ABORT, 'full'); END")
    try:
        browser.raise_request_exception = False
        assert upload(browser, CLIP).status_code == 500
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER no_jobs")
    assert files() == []
    assert Quota.of(person.pk).videos_left == 1
    assert not Video.objects.exists()


def test_a_video_whose_file_is_gone_fails_says_why_and_gives_back_once() -> None:
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    default_storage.delete(f"{FOLDER}/{Video.objects.get().folder}/original")
    work()
    video = browser.get(path.removesuffix("result.mp4")).json()["video"]
    assert (video["state"], video["reason"]) == ("failed", "The uploaded file is not there any more.")
    response = browser.get(path)
    assert (response.status_code, response.json()) == (410, {"state": "error", "msg": video["reason"]})
    assert videos_left() == 1
    assert list(LedgerEntry.objects.order_by("id").values_list("change", "reason")) == [
        (-1, "video"),
        (1, "video given back"),
    ]
    assert files() == []


def test_a_video_that_turns_out_unreadable_fails_says_why_and_gives_back() -> None:
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    name = f"{FOLDER}/{Video.objects.get().folder}/original"
    default_storage.delete(name)
    default_storage.save(name, ContentFile(CLIP[:100]))
    work()
    video = browser.get(path.removesuffix("result.mp4")).json()["video"]
    assert (video["state"], video["url"]) == ("failed", None)
    assert video["reason"] == "The video cannot be read: no picture of it could be decoded."
    assert (videos_left(), files()) == (1, [])


def test_two_uploads_that_race_for_the_last_one_are_one_video() -> None:
    person = make_person()
    Quota.of(person.pk)
    browsers = [signed_in(person) for _ in range(3)]
    answers: list[str] = []
    ready = threading.Barrier(len(browsers))

    def send(browser: Client) -> None:
        ready.wait()
        answers.append(upload(browser, CLIP).json()["state"])
        connection.close()

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["no resources", "no resources", "ok"]
    assert (videos_left(), files()) == (0, ["original"])
    assert LedgerEntry.objects.count() == Video.objects.count() == 1


def test_without_the_fast_model_the_accurate_one_looks(settings: Any) -> None:
    assert video_detector().model.name == "fast"
    settings.QUINTET_MASKS_VIDEO_MODEL = "no-such-model"
    assert video_detector().model.name == "accurate"


@pytest.mark.parametrize("began", [0, 1, 2])
def test_a_cancelled_video_costs_nothing_and_leaves_no_file(began: int) -> None:
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    run_due(began, queues=["video"])
    assert browser.post(path.replace("result.mp4", "cancel/")).json() == {"state": "ok"}
    assert (videos_left(), files()) == (1, [])
    assert browser.post(path.replace("result.mp4", "cancel/")).json() == {"state": "error"}
    work()
    assert (videos_left(), files()) == (1, [])
    assert browser.get(path).status_code == 410
    assert browser.get(path.removesuffix("result.mp4")).json()["video"]["state"] == "cancelled"


def test_a_done_video_cannot_be_cancelled_and_can_be_deleted() -> None:
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    work()
    assert browser.post(path.replace("result.mp4", "cancel/")).json() == {"state": "error"}
    assert browser.delete(path.removesuffix("result.mp4")).json() == {"state": "ok"}
    assert (videos_left(), files()) == (0, [])
    assert browser.get(path).status_code == 404


def test_deleting_a_video_in_work_gives_it_back() -> None:
    browser = signed_in(make_person())
    path = uploaded(browser, CLIP)
    assert browser.delete(path.removesuffix("result.mp4")).json() == {"state": "ok"}
    work()
    assert (videos_left(), files()) == (1, [])


class TestWaiting:
    def test_a_download_waits_for_the_video(self) -> None:
        browser = signed_in(make_person())
        path = uploaded(browser, CLIP)

        def later() -> None:
            time.sleep(0.3)
            work()
            connection.close()

        worker = threading.Thread(target=later)
        worker.start()
        response = browser.get(path)
        worker.join()
        assert response.status_code == 200
        assert len(frames_in(body(response))) == 20

    @pytest.mark.parametrize(
        ("query", "headers"),
        [("?wait=0", {}), ("", {"Prefer": "respond-async"}), ("", {"Prefer": "handling=strict, wait=0"})],
    )
    def test_who_does_not_wait_is_told_how_far_it_is(self, query: str, headers: dict[str, str]) -> None:
        browser = signed_in(make_person())
        path = uploaded(browser, CLIP)
        response = browser.get(path + query, headers=headers)
        assert response.status_code == 202
        assert int(response["Retry-After"]) >= 1
        assert response.json()["video"]["state"] == "waiting"

    def test_who_asks_by_head_does_not_wait(self) -> None:
        browser = signed_in(make_person())
        assert browser.head(uploaded(browser, CLIP)).status_code == 202

    def test_a_wait_ends(self, settings: Any) -> None:
        settings.QUINTET_MASKS_VIDEO_WAIT_SECONDS = 1
        browser = signed_in(make_person())
        assert browser.get(uploaded(browser, CLIP)).status_code == 202

    def test_where_nobody_may_wait_nobody_does(self, settings: Any) -> None:
        settings.QUINTET_MASKS_VIDEO_WAITERS = 0
        browser = signed_in(make_person())
        began = time.monotonic()
        assert browser.get(uploaded(browser, CLIP)).status_code == 202
        assert time.monotonic() - began < 5

    def test_the_newest_request_of_a_person_takes_the_place_of_their_oldest(self, settings: Any) -> None:
        settings.QUINTET_MASKS_VIDEO_WAITERS = 1
        person = make_person()
        browser = signed_in(person)
        path = uploaded(browser, CLIP)
        answers: list[int] = []

        def wait() -> None:
            answers.append(browser.get(f"{path}?wait=30").status_code)
            connection.close()

        first = threading.Thread(target=wait)
        first.start()
        time.sleep(0.4)
        second = threading.Thread(target=wait)
        second.start()
        first.join(5)
        assert answers == [202]
        work()
        second.join(10)
        assert answers == [202, 200]


@pytest.mark.django_db(transaction=False)
class TestDownloading:
    @pytest.fixture
    def done(self) -> tuple[Client, str, bytes]:
        browser = signed_in(make_person())
        path = uploaded(browser, CLIP)
        work()
        return browser, path, body(browser.get(path))

    @pytest.mark.parametrize(
        ("asked", "begin", "end"),
        [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=10-999999999", 10, None)],
    )
    def test_a_range_is_that_range(
        self, done: tuple[Client, str, bytes], asked: str, begin: int, end: int | None
    ) -> None:
        browser, path, whole = done
        response = browser.get(path, headers={"Range": asked})
        part = whole[begin:end]
        start = begin % len(whole)
        assert (response.status_code, body(response)) == (206, part)
        assert response["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(whole)}"
        assert response["Content-Length"] == str(len(part))

    @pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
    def test_a_range_that_is_not_there_is_416(self, done: tuple[Client, str, bytes], asked: str) -> None:
        browser, path, whole = done
        response = browser.get(path, headers={"Range": asked})
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(whole)}")

    @pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=１-"])
    def test_what_cannot_be_read_as_one_range_is_the_whole(self, done: tuple[Client, str, bytes], asked: str) -> None:
        browser, path, whole = done
        response = browser.get(path, headers={"Range": asked.encode().decode("latin-1")})
        assert (response.status_code, body(response)) == (200, whole)

    def test_a_range_of_something_else_is_the_whole(self, done: tuple[Client, str, bytes]) -> None:
        browser, path, whole = done
        tag = browser.head(path)["ETag"]
        asked = {"Range": "bytes=0-9", "If-Range": tag}
        assert browser.get(path, headers=asked).status_code == 206
        assert body(browser.get(path, headers={**asked, "If-Range": '"another"'})) == whole
        assert browser.get(path, headers={"If-None-Match": tag}).status_code == 304

    def test_head_says_what_get_would(self, done: tuple[Client, str, bytes]) -> None:
        browser, path, whole = done
        response = browser.head(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response["Content-Length"] == str(len(whole))
        assert response["Accept-Ranges"] == "bytes"

    def test_the_original_is_there_as_it_came(self, done: tuple[Client, str, bytes]) -> None:
        browser, path, _ = done
        response = browser.get(path.replace("result.mp4", "original"))
        assert body(response) == CLIP
        assert 'filename="clip.mp4"' in response["Content-Disposition"]
