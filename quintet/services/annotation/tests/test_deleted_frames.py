"""Frames that are deleted: they stay, with what was marked on them, and no export shows them."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.formats import EXPORTERS
from quintet.services.annotation.queries.data import deleted_frames_of
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import film, picture
from quintet.services.annotation.tests.test_data import task_with
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db
WRITTEN = [name for name, exporter in EXPORTERS.items() if exporter.write]
META = ["chunk_size", "size", "image_quality", "start_frame", "stop_frame", "frame_filter", "frames"]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.QUINTET_ANNOTATION_WAIT_MS = 1


@pytest.fixture
def drawn() -> Drawable:
    return make_drawable(member(), (0, 5), (4, 9), overlap=2)


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner
    return with_key(drawn.task.owner)


def _delete(client: Client, path: str, *frames: int) -> Any:
    return send(client, "PATCH", f"{path}/data/meta", {"deleted_frames": list(frames)})


def _exported(client: Client, task_id: int, name: str, kind: str = "annotations") -> zipfile.ZipFile:
    path, asked = f"/api/v1/tasks/{task_id}/{kind}", {"format": name, "action": "download"}
    if client.get(path, asked).status_code == 202:
        run_due()
    answer: Any = client.get(path, asked)
    assert answer.status_code == 200, answer.content
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_frames_are_deleted_and_come_back_and_clients_of_cvat_1_see_no_difference(
    alice: Client, drawn: Drawable
) -> None:
    path = f"tasks/{drawn.task.pk}"
    before = told(alice.get(f"/api/v1/{path}/data/meta"))
    assert list(before) == META
    answer = _delete(alice, path, 7, 2, 7)
    assert (answer.status_code, told(answer)) == (200, {**before, "deleted_frames": [2, 7]})
    assert told(alice.get(f"/api/v1/{path}/data/meta")) == before
    assert told(alice.get(f"/api/v1/{path}/data/meta?forms=all"))["deleted_frames"] == [2, 7]
    assert deleted_frames_of(drawn.task.pk) == {2, 7}
    assert told(_delete(alice, path))["deleted_frames"] == []


def test_a_job_speaks_of_its_own_frames_alone(alice: Client, drawn: Drawable) -> None:
    _delete(alice, f"tasks/{drawn.task.pk}", 1, 4, 8)
    first, second = (f"jobs/{job.pk}" for job in drawn.jobs)
    shown = told(alice.get(f"/api/v1/{second}/data/meta"))
    assert list(shown) == [*META, "deleted_frames"]
    assert [shown[name] for name in ("size", "start_frame", "stop_frame", "deleted_frames")] == [6, 4, 9, [4, 8]]
    assert [frame["name"] for frame in shown["frames"]] == [f"img_{number:03}.png" for number in range(4, 10)]
    assert told(_delete(alice, second, 9))["deleted_frames"] == [9]
    assert told(alice.get(f"/api/v1/{first}/data/meta"))["deleted_frames"] == [1]
    assert deleted_frames_of(drawn.task.pk) == {1, 9}
    assert _delete(alice, second, 3).status_code == 400


def test_a_jobs_meta_counts_in_the_source_as_the_tasks_does(alice: Client) -> None:
    thinned = make_drawable(member("bob"), (0, 2), (3, 5), start_frame=10, step=5)
    assert thinned.task.owner
    shown = told(with_key(thinned.task.owner).get(f"/api/v1/jobs/{thinned.jobs[1].pk}/data/meta"))
    assert [shown[name] for name in ("size", "start_frame", "stop_frame")] == [3, 25, 35]


@pytest.mark.parametrize("said", [[10], [-1], [True], ["1"], [1.0], [2**63], "1", None, {"0": 1}])
def test_what_is_no_list_of_frames_is_refused_and_changes_nothing(alice: Client, drawn: Drawable, said: object) -> None:
    for path in (f"tasks/{drawn.task.pk}", f"jobs/{drawn.jobs[1].pk}"):
        answer = send(alice, "PATCH", f"{path}/data/meta", {"deleted_frames": said})
        assert (answer.status_code, list(told(answer))) == (400, ["deleted_frames"])
    assert deleted_frames_of(drawn.task.pk) == set()


def test_who_may_delete_frames(alice: Client, drawn: Drawable) -> None:
    path = f"tasks/{drawn.task.pk}"
    observer = with_key(member("watcher", "observer"))
    for place in (path, f"jobs/{drawn.jobs[0].pk}"):
        assert observer.get(f"/api/v1/{place}/data/meta").status_code == 200
        assert _delete(observer, place, 1).status_code == 403
        assert _delete(with_key(member(f"other{place[:1]}")), place, 1).status_code == 403
    assert _delete(alice, "tasks/999", 1).status_code == 404
    assert _delete(alice, "jobs/999", 1).status_code == 404
    assert _delete(alice, f"tasks/{make_task(alice)['id']}", 0).status_code == 400


@pytest.mark.parametrize("name", WRITTEN)
def test_no_export_shows_a_deleted_frame_and_undeleting_brings_everything_back(
    alice: Client, drawn: Drawable, name: str
) -> None:
    moving = track(drawn.car, keyframe(1, (0, 0, 10, 10)), keyframe(8, (70, 0, 80, 10)))
    there = [n for n in range(10) if n not in (2, 7)]
    body = marks(
        tags=[tag(drawn.person, 2), tag(drawn.person, 3)],
        shapes=[box(drawn.car, 7, (300, 300, 310, 310)), box(drawn.person, 3)], tracks=[moving],
    )  # fmt: skip
    assert send(alice, "PUT", drawn.url, body).status_code == 200
    marked = told(alice.get(f"/api/v1/{drawn.url}"))
    before = _text(_exported(alice, drawn.task.pk, name))
    _delete(alice, f"tasks/{drawn.task.pk}", 2, 7)
    after = _text(_exported(alice, drawn.task.pk, name))
    assert _numbers(before) - _numbers(after) <= {2, 7}
    assert not _numbers(after) & {2, 7}
    assert not {"300.00", "300"} & set(re.findall(r"[\d.]+", after))
    if name == "CVAT for images 1.1":
        assert re.findall(r'<image id="(\d+)"', after) == [str(n) for n in there]
        assert (before.count("<box"), after.count("<box"), after.count("<tag")) == (11, 8, 1)
    assert told(alice.get(f"/api/v1/{drawn.url}")) == marked
    _delete(alice, f"tasks/{drawn.task.pk}")
    assert _numbers(_text(_exported(alice, drawn.task.pk, name))) == _numbers(before)


def _text(archive: zipfile.ZipFile) -> str:
    return "\n".join(f"{name}\n{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist())


def _numbers(text: str) -> set[int]:
    """Frames that are named in an export, whatever the format."""
    named = re.findall(r"img_(\d\d\d)", text) or re.findall(r'<box frame="(\d+)"', text)
    return {int(number) for number in named} or {int(line) - 1 for line in re.findall(r"^(\d+),", text, re.MULTILINE)}


def test_a_track_reads_the_same_on_all_other_frames_after_its_keyframe_was_deleted(
    alice: Client, drawn: Drawable
) -> None:
    gone = {**keyframe(7, (60, 0, 70, 10)), "outside": True}
    again = keyframe(9, (5, 5, 15, 15))
    body = marks(tracks=[track(drawn.car, keyframe(0, (0, 0, 10, 10)), keyframe(4, (40, 40, 50, 50)), gone, again)])
    send(alice, "PUT", drawn.url, body)
    whole = _boxes(_exported(alice, drawn.task.pk, "CVAT for video 1.1"))
    _delete(alice, f"tasks/{drawn.task.pk}", 4, 7)
    written = _exported(alice, drawn.task.pk, "CVAT for video 1.1")
    kept = _boxes(written)
    seen = {frame: where for frame, (where, outside) in whole.items() if not outside}
    assert {frame: where for frame, (where, outside) in kept.items() if not outside} == {
        frame: where for frame, where in seen.items() if frame not in (4, 7)
    }  # fmt: skip
    file = SimpleUploadedFile("annotations.xml", written.read("annotations.xml"))
    back = encode_multipart(BOUNDARY, {"annotation_file": file})
    path = f"/api/v1/{drawn.url}?format=CVAT 1.1"
    assert alice.put(path, back, content_type=MULTIPART_CONTENT).status_code == 201
    assert _boxes(_exported(alice, drawn.task.pk, "CVAT for video 1.1")) == kept


def _boxes(archive: zipfile.ZipFile) -> dict[int, tuple[tuple[str, ...], bool]]:
    found = {}
    for line in re.findall(r"<box [^>]*>", archive.read("annotations.xml").decode()):
        said = dict(re.findall(r'(\w+)="([^"]*)"', line))
        where = tuple(said[side] for side in ("xtl", "ytl", "xbr", "ybr"))
        found[int(said["frame"])] = where, said["outside"] == "1"
    return found


def test_images_of_deleted_frames_are_left_out_of_datasets(tmp_path: Path) -> None:
    client = with_key(member())
    files = {f"{n}.jpg": picture(20 + n, 20) for n in range(3)}
    task = task_with(client, files)
    assert client.get(f"/api/v1/tasks/{task['id']}/dataset?format=COCO 1.0&action=download").status_code == 200
    _delete(client, f"tasks/{task['id']}", 1)
    for name in WRITTEN:
        images = [held for held in _exported(client, task["id"], name, "dataset").namelist() if held.endswith(".jpg")]
        assert len(images) == 2, name
        assert not [held for held in images if held.endswith(("/1.jpg", "/000002.jpg"))], name
    assert len(client.get(f"/api/v1/tasks/{task['id']}/data?type=frame&number=1&quality=original").content) > 0
    video = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=4)})
    _delete(client, f"tasks/{video['id']}", 0, 2)
    names = _exported(client, video["id"], "COCO 1.0", "dataset").namelist()
    pictures = {name for name in names if name.endswith(".png")}
    assert pictures == {"images/frame_000001.png", "images/frame_000003.png"}
