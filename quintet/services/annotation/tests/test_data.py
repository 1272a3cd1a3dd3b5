"""From files to frames: what is uploaded, selected, cut and read again."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from quintet.core.deferred import inline
from quintet.services.annotation.models import Frame, Job
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import (
    brightness,
    fetched,
    film,
    members,
    picture,
    played,
    profile,
    size_of,
    status,
    tarred,
    turned,
    upload,
    zipped,
)
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    """Chunks are cached on disk."""
    settings.DATA = tmp_path / "data"


@pytest.fixture
def client() -> Client:
    """Somebody who makes tasks."""
    return with_key(member())


def task_with(client: Client, files: dict[str, bytes], said: dict[str, Any] | None = None, **task: Any) -> Any:
    task_id = make_task(client, **task)["id"]
    answer = upload(client, task_id, files, **(said or {}))
    assert answer.status_code == 202, answer.content
    inline.run_due()
    return told(client.get(f"/api/v1/tasks/{task_id}"))


def segments(task: Any) -> list[tuple[int, int]]:
    return [(segment["start_frame"], segment["stop_frame"]) for segment in task["segments"]]


def test_pictures_become_frames_in_the_order_of_their_names(client: Client) -> None:
    files = {"b.png": picture(40, 30, "blue", "PNG"), "10.jpg": picture(), "2.jpg": picture(20, 20), "notes.txt": b"x"}
    task = task_with(client, files, overlap=1, segment_size=2)
    assert status(client, task["id"]) == ("Finished", "")
    assert [task[name] for name in ("mode", "size", "overlap", "segment_size", "image_quality")] == [
        "annotation", 3, 1, 2, 70
    ]  # fmt: skip
    assert list(task)[-6:] == [
        "data_chunk_size", "data_compressed_chunk_type", "data_original_chunk_type", "size", "image_quality", "data"
    ]  # fmt: skip
    assert (task["data_chunk_size"], task["data_compressed_chunk_type"]) == (72, "imageset")
    assert segments(task) == [(0, 1), (1, 2), (2, 2)]
    assert len(segments(task)) == len({job["id"] for segment in task["segments"] for job in segment["jobs"]})
    meta = told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))
    assert meta == {
        "chunk_size": 72, "size": 3, "image_quality": 70, "start_frame": 0, "stop_frame": 2, "frame_filter": "",
        "frames": [
            {"width": 32, "height": 24, "name": "10.jpg"}, {"width": 20, "height": 20, "name": "2.jpg"},
            {"width": 40, "height": 30, "name": "b.png"},
        ],
    }  # fmt: skip


def test_chunks_hold_frames_in_order_compressed_or_byte_for_byte(client: Client) -> None:
    files = {f"{number}.png": picture(30 + number, 20, kind="PNG") for number in range(5)}
    task_id = task_with(client, files, {"chunk_size": 2})["id"]
    chunk = members(fetched(client, task_id, type="chunk", number=1))
    assert list(chunk) == ["000000.jpeg", "000001.jpeg"]
    opened = [Image.open(io.BytesIO(content)) for content in chunk.values()]
    assert [(shown.format, shown.mode, shown.size) for shown in opened] == [
        ("JPEG", "RGB", (32, 20)), ("JPEG", "RGB", (33, 20))
    ]  # fmt: skip
    last = members(fetched(client, task_id, type="chunk", number=2, quality="original"))
    assert last == {"000000.png": files["4.png"]}
    answer = client.get(f"/api/v1/tasks/{task_id}/data?type=chunk&number=0")
    assert answer["Content-Type"] == "application/zip"
    answer.getvalue()
    again = client.get(
        f"/api/v1/tasks/{task_id}/data?type=chunk&number=0", headers={"If-Modified-Since": answer["Last-Modified"]}
    )
    assert again.status_code == 304
    upload(client, task_id, {"5.png": picture(60, 20, kind="PNG")})
    known = {"If-None-Match": answer["ETag"], "If-Modified-Since": answer["Last-Modified"]}
    for ask in (client.get, client.head):
        newer = ask(f"/api/v1/tasks/{task_id}/data?type=chunk&number=2", headers=known)
        newer.getvalue()
        assert newer.status_code == 200


def test_a_frame_and_a_preview_are_pictures(client: Client) -> None:
    files = {"a.png": picture(600, 300, kind="PNG")}
    task_id = task_with(client, files)["id"]
    for _ in ("made alone", "taken from the chunk"):
        frame = Image.open(io.BytesIO(fetched(client, task_id, type="frame", number=0)))
        assert (frame.format, frame.size) == ("JPEG", (600, 300))
        fetched(client, task_id, type="chunk", number=0)
    answer = client.get(f"/api/v1/tasks/{task_id}/data?type=frame&number=0&quality=original")
    assert (answer["Content-Type"], answer.content) == ("image/png", files["a.png"])
    shown = Image.open(io.BytesIO(fetched(client, task_id, type="preview")))
    assert (shown.format, shown.size) == ("JPEG", (256, 128))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "data type not specified or has wrong value"),
        ("type=chunk", "number not specified"),
        ("type=frame&number=x", "number not specified"),
        ("type=frame&number=0&quality=best", "wrong quality value"),
        (
            "type=chunk&number=9",
            "cannot get requested data type: chunk, number: 9, quality: Quality.COMPRESSED\n"
            "requested chunk does not exist",
        ),
        (
            "type=frame&number=99&quality=original",
            "cannot get requested data type: frame, number: 99, quality: Quality.ORIGINAL\n"
            "Incorrect requested frame number: 99",
        ),
    ],
)
def test_what_is_not_there_is_refused_in_one_sentence(client: Client, asked: str, said: str) -> None:
    task_id = task_with(client, {"a.jpg": picture()})["id"]
    answer = client.get(f"/api/v1/tasks/{task_id}/data?{asked}")
    assert (answer.status_code, told(answer)) == (400, said)


def test_before_there_is_data_there_is_nothing_to_get(client: Client) -> None:
    task_id = make_task(client)["id"]
    assert status(client, task_id) == ("Finished", "")
    for path in ("data?type=preview", "data?type=chunk&number=0", "data/meta"):
        assert client.get(f"/api/v1/tasks/{task_id}/{path}").status_code == 400
    assert client.get("/api/v1/tasks/999/data/meta").status_code == 404


@pytest.mark.parametrize(
    ("said", "numbers", "stop"),
    [
        ({"start_frame": 1}, [1, 2, 3, 4, 5], 5),
        ({"start_frame": 1, "stop_frame": 4, "frame_filter": "step=2"}, [1, 3], 3),
        ({"stop_frame": 0}, [0], 0),
        ({"frame_filter": "step = 5"}, [0, 5], 5),
    ],
)
def test_frames_are_selected(client: Client, said: dict[str, Any], numbers: list[int], stop: int) -> None:
    task_id = task_with(client, {f"{number}.jpg": picture() for number in range(6)}, said)["id"]
    meta = told(client.get(f"/api/v1/tasks/{task_id}/data/meta"))
    assert [frame["name"] for frame in meta["frames"]] == [f"{number}.jpg" for number in numbers]
    assert (meta["stop_frame"], meta["size"]) == (stop, len(numbers))
    assert list(Frame.objects.order_by("number").values_list("source_frame", flat=True)) == numbers


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"image_quality": 101}, {"image_quality": ["Ensure this value is less than or equal to 100."]}),
        ({"image_quality": ""}, {"image_quality": ["A valid integer is required."]}),
        ({"frame_filter": "every"}, {"frame_filter": ["Invalid frame filter expression"]}),
        (
            {"start_frame": 3, "stop_frame": 2},
            {"non_field_errors": ["Stop frame must be more or equal start frame"]},
        ),
        (
            {"remote_files[0]": "http://a.example/x.jpg", "remote_files[1]": "http://b.example/x.jpg"},
            {"remote_files": ["The files' names must differ"]},
        ),
    ],
)
def test_an_upload_that_breaks_a_rule_is_refused(client: Client, said: dict[str, Any], fault: object) -> None:
    task_id = make_task(client)["id"]
    answer = upload(client, task_id, {"a.jpg": picture()}, **said)
    assert (answer.status_code, told(answer)) == (400, fault)
    assert "size" not in told(client.get(f"/api/v1/tasks/{task_id}"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"notes.txt": b"x"}, "ValueError: No media data found"),
        (
            {"a.jpg": picture(), "b.zip": zipped({"c.jpg": picture()})},
            "ValueError: Only one video, archive, pdf, zip or many image, directory can be used simultaneously, "
            "but 1 image(s), 1 zip(s) found.",
        ),
        ({"a.jpg": b"no picture"}, "ValueError: a.jpg is no picture that can be read"),
        (
            {"a.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"},
            "ValueError: a.jpg is no picture that can be read",
        ),
        ({"a.zip": b"no archive"}, "ValueError: a.zip cannot be unpacked"),
        ({"a.tar": b"no archive"}, "ValueError: a.tar cannot be unpacked"),
        ({"a.7z": b"?"}, "ValueError: 7z archives are not read here; pack the pictures as ZIP or TAR"),
        ({"a.zip": zipped({"notes.txt": b"x"})}, "ValueError: No media data found"),
        ({"a.mp4": b"no video"}, "ValueError: the video cannot be read"),
        ({"a.pdf": b"no pdf"}, "ValueError: a.pdf is no PDF that can be read"),
    ],
)
def test_files_that_make_no_task_fail_with_a_reason_and_can_be_followed_by_better_ones(
    client: Client, files: dict[str, bytes], message: str
) -> None:
    task = task_with(client, files)
    assert status(client, task["id"]) == ("Failed", message)
    assert (task["size"], task["segments"], task["mode"]) == (0, [], "")
    assert upload(client, task["id"], {"a.jpg": picture()}, image_quality=50).status_code == 202
    task = told(client.get(f"/api/v1/tasks/{task['id']}"))
    assert (task["size"], task["image_quality"], status(client, task["id"])) == (1, 50, ("Finished", ""))


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.zip", zipped), ("a.tar.gz", tarred), ("a.tar.bz2", lambda files: tarred(files, "bz2")), ("a.TAR", tarred)],
)
def test_archives_are_unpacked_and_frames_are_named_by_their_paths(client: Client, name: str, pack: Any) -> None:
    files = {
        "sub/z.jpg": picture(10, 10), "img2.jpg": picture(20, 10), "img10.jpg": picture(30, 10), "read.me": b"",
        "__MACOSX/img2.jpg": b"shadow",
    }  # fmt: skip
    task_id = task_with(client, {name: pack(files)})["id"]
    meta = told(client.get(f"/api/v1/tasks/{task_id}/data/meta"))
    assert [(frame["name"], frame["width"]) for frame in meta["frames"]] == [
        ("img10.jpg", 30), ("img2.jpg", 20), ("sub/z.jpg", 10)
    ]  # fmt: skip
    chunk = members(fetched(client, task_id, type="chunk", number=0, quality="original"))
    assert list(chunk.values()) == [files["img10.jpg"], files["img2.jpg"], files["sub/z.jpg"]]


def test_the_pages_of_a_pdf_are_frames(client: Client) -> None:
    target = io.BytesIO()
    pages = [Image.new("RGB", (200, 100), color) for color in ("white", "black")]
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    task = task_with(client, {"plan.pdf": target.getvalue()})
    meta = told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))
    assert meta["frames"] == [{"width": 200, "height": 100, "name": f"plan-00{page}.jpeg"} for page in (1, 2)]
    shown = [fetched(client, task["id"], type="frame", number=n, quality=q) for n in (0, 1) for q in ("original", "")]
    assert [round(brightness(content) / 255) for content in shown] == [1, 1, 0, 0]
    assert Image.open(io.BytesIO(shown[0])).size == (200, 100)


def test_a_video_is_played_in_chunks_that_cvats_page_can_decode(client: Client, tmp_path: Path) -> None:
    task = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4")}, segment_size=20)
    assert [task[name] for name in ("mode", "size", "overlap", "data_chunk_size")] == ["interpolation", 40, 5, 36]
    assert [task[f"data_{which}_chunk_type"] for which in ("compressed", "original")] == ["video", "video"]
    assert segments(task) == [(0, 19), (15, 34), (30, 39)]
    meta = told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))
    assert meta["frames"] == [{"width": 64, "height": 48, "name": "clip.mp4"}]
    for number, count in ((0, 36), (1, 4)):
        content = fetched(client, task["id"], type="chunk", number=number)
        assert profile(content) == ("Constrained Baseline", 25, 1)
        shown = [bright - (number * 36 + place) * 5 for place, bright in enumerate(played(content))]
        assert len(shown) == count
        assert max(map(abs, shown)) < 9
    for number in (0, 17, 39):
        frame = fetched(client, task["id"], type="frame", number=number)
        assert (frame[1:4], abs(brightness(frame) - number * 5) < 6) == (b"PNG", True)
    assert len(played(fetched(client, task["id"], type="chunk", number=1, quality="original"))) == 4
    assert abs(brightness(fetched(client, task["id"], type="preview"))) < 6


def test_a_video_can_be_had_as_pictures_and_thinned_out(client: Client, tmp_path: Path) -> None:
    said = {"use_zip_chunks": "true", "start_frame": 3, "frame_filter": "step=10"}
    task = task_with(client, {"clip.mkv": film(tmp_path / "clip.mkv")}, said)
    assert [task[f"data_{which}_chunk_type"] for which in ("compressed", "original")] == ["imageset", "video"]
    assert task["size"] == 4
    chunk = members(fetched(client, task["id"], type="chunk", number=0))
    assert [round(brightness(content) / 5) for content in chunk.values()] == [3, 13, 23, 33]
    assert told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))["stop_frame"] == 33


def test_a_turned_video_is_upright_and_a_large_one_is_halved(client: Client, tmp_path: Path) -> None:
    content = turned(film(tmp_path / "clip.mp4", count=3, width=1200, height=800))
    task = task_with(client, {"phone.mp4": content})
    [frame] = told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))["frames"]
    assert (frame["width"], frame["height"]) == (800, 1200)
    shown = Image.open(io.BytesIO(fetched(client, task["id"], type="frame", number=2)))
    assert shown.size == (800, 1200)
    assert size_of(fetched(client, task["id"], type="chunk", number=0)) == (400, 600)
    assert size_of(fetched(client, task["id"], type="chunk", number=0, quality="original")) == (800, 1200)


def test_a_video_that_breaks_off_shows_what_there_is(client: Client, tmp_path: Path) -> None:
    content = film(tmp_path / "clip.mkv", width=320, height=240)
    task = task_with(client, {"clip.mkv": content[: len(content) * 2 // 3]})
    assert (status(client, task["id"])[0], 0 < task["size"] < 40) == ("Finished", True)
    assert len(played(fetched(client, task["id"], type="chunk", number=0))) == min(36, task["size"])


def test_a_second_upload_appends_and_touches_nothing_that_is_there(client: Client) -> None:
    task = task_with(client, {f"{number}.jpg": picture() for number in range(3)}, segment_size=2)
    before = fetched(client, task["id"], type="chunk", number=0)
    Job.objects.filter(pk=task["segments"][0]["jobs"][0]["id"]).update(version=7)
    assert upload(client, task["id"], {"a.jpg": picture(50), "b.jpg": picture(60)}).status_code == 202
    more = told(client.get(f"/api/v1/tasks/{task['id']}"))
    assert (more["size"], segments(more)) == (5, [(0, 1), (2, 2), (3, 4)])
    assert more["segments"][:2] == task["segments"]
    chunk = members(fetched(client, task["id"], type="chunk", number=0))
    assert list(members(before).values()) == list(chunk.values())[:3]
    assert Image.open(io.BytesIO(chunk["000004.jpeg"])).size == (60, 24)
    assert told(client.get(f"/api/v1/tasks/{task['id']}/data/meta"))["stop_frame"] == 4


def test_a_video_is_not_mixed_with_anything(client: Client, tmp_path: Path) -> None:
    task = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=3)})
    upload(client, task["id"], {"a.jpg": picture()})
    said = "ValueError: pictures can be added to pictures alone; a video needs a task of its own"
    assert status(client, task["id"]) == ("Failed", said)
    assert told(client.get(f"/api/v1/tasks/{task['id']}"))["size"] == 3


def test_who_may_upload_and_who_may_look(client: Client) -> None:
    owner = member("owner")
    task = make_task(client, owner=owner.pk, assignee=owner.pk)
    assert upload(with_key(member("other")), task["id"], {"a.jpg": picture()}).status_code == 403
    assert upload(client, task["id"], {"a.jpg": picture()}).status_code == 202
    assert client.get(f"/api/v1/tasks/{task['id']}/data/meta").status_code == 403
    assert with_key(owner).get(f"/api/v1/tasks/{task['id']}/data/meta").status_code == 200


def test_what_is_echoed(client: Client) -> None:
    task_id = make_task(client)["id"]
    answer = upload(client, task_id, {"b.jpg": picture(), "a.jpg": picture()}, frame_filter="step=2")
    assert told(answer) == {
        "chunk_size": None, "size": 0, "image_quality": 70, "start_frame": 0, "stop_frame": 0,
        "frame_filter": "step=2", "compressed_chunk_type": "imageset", "original_chunk_type": "imageset",
        "client_files": ["b.jpg", "a.jpg"], "server_files": [], "remote_files": [], "use_zip_chunks": False,
    }  # fmt: skip


def test_sixteen_bits_are_shown_in_eight(client: Client) -> None:
    target = io.BytesIO()
    Image.new("I;16", (8, 8), 4000).save(target, "PNG")
    task_id = task_with(client, {"a.png": target.getvalue()})["id"]
    assert brightness(fetched(client, task_id, type="frame", number=0)) > 250


def test_a_damaged_picture_is_missing_and_no_error(client: Client) -> None:
    task_id = task_with(client, {"a.jpg": picture(300, 300)[:700], "b.jpg": picture()}, {"chunk_size": 1})["id"]
    answer = client.get(f"/api/v1/tasks/{task_id}/data?type=chunk&number=0")
    assert (answer.status_code, told(answer).endswith("the picture is damaged")) == (400, True)
    assert client.get(f"/api/v1/tasks/{task_id}/data?type=preview").status_code == 400
    assert fetched(client, task_id, type="chunk", number=1)


def test_files_go_with_their_task(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    from quintet.services.annotation.actions.files import FOLDER, store

    task_id = task_with(client, {"a.jpg": picture()})["id"]
    assert store().listdir(FOLDER)[0]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/tasks/{task_id}").status_code == 204
    assert not [found for folder in store().listdir(FOLDER)[0] for found in store().listdir(f"{FOLDER}/{folder}")[1]]


@pytest.mark.parametrize("body", [b"", b"--x\r\nrubbish", b"--x--\r\n"])
def test_a_broken_body_is_refused(client: Client, body: bytes) -> None:
    task_id = make_task(client)["id"]
    answer = client.generic(
        "POST", f"/api/v1/tasks/{task_id}/data", body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 400
    assert send(client, "POST", f"tasks/{task_id}/data", []).status_code == 400
