"""The table of frames: which number is which picture, and when it is shown."""

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from django.test import Client

from quintet.services.annotation.models import Segment
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import film, picture
from quintet.services.annotation.tests.test_data import task_with
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


@pytest.fixture
def client() -> Client:
    return with_key(member())


def _table(client: Client, task_id: int, **asked: Any) -> Any:
    answer = client.get(f"/api/v1/tasks/{task_id}/data/frames", asked)
    assert answer.status_code == 200, answer.content
    return told(answer)


def _csv(client: Client, task_id: int, **headers: str) -> list[dict[str, str]]:
    answer: Any = client.get(f"/api/v1/tasks/{task_id}/data/frames.csv", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content[1:])))


def test_each_frame_has_its_number_in_the_source_its_name_size_and_jobs(client: Client) -> None:
    files = {f"{n}.jpg": picture(20 + n, 10) for n in range(8)}
    said = {"start_frame": 1, "frame_filter": "step=2"}
    task = task_with(client, files, said, segment_size=3, overlap=1)
    first, second = (segment["jobs"][0]["id"] for segment in task["segments"])
    send(client, "PATCH", f"tasks/{task['id']}/data/meta", {"deleted_frames": [1]})
    page = _table(client, task["id"])
    assert (page["count"], page["next"], page["previous"]) == (4, None, None)
    assert page["results"] == [
        {"index": n, "source_frame": 1 + 2 * n, "name": f"{1 + 2 * n}.jpg", "width": 21 + 2 * n, "height": 10,
         "timestamp": None, "deleted": n == 1, "jobs": jobs}
        for n, jobs in enumerate([[first], [first], [first, second], [second]])
    ]  # fmt: skip
    rows = _csv(client, task["id"], Accept="text/csv")
    assert list(rows[0]) == list(page["results"][0])
    assert [row["jobs"] for row in rows] == [f"{first}", f"{first}", f"{first} {second}", f"{second}"]
    assert [(row["source_frame"], row["deleted"], row["timestamp"]) for row in rows[:2]] == [
        ("1", "false", ""), ("3", "true", "")
    ]  # fmt: skip


def test_pages_have_a_size_and_links(client: Client) -> None:
    task_id = task_with(client, {f"{n}.jpg": picture() for n in range(5)})["id"]
    page = _table(client, task_id, page_size=2, page=2)
    assert ([row["index"] for row in page["results"]], page["count"]) == ([2, 3], 5)
    assert page["next"].endswith("page=3&page_size=2")
    assert client.get(f"/api/v1/tasks/{task_id}/data/frames?page_size=2&page=4").status_code == 404


def _uneven(path: Path, moments: list[int], *, bframes: int = 2) -> bytes:
    """A video whose frames are shown at these milliseconds."""
    with av.open(str(path), "w") as container:
        stream: VideoStream = container.add_stream(
            "libx264", rate=1000, options={"crf": "20", "x264-params": f"bframes={bframes}"}
        )
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, moment in enumerate(moments):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 9 % 256, np.uint8), "rgb24")
            frame.pts, frame.time_base = moment, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frames_of_a_video_have_the_moment_at_which_they_are_shown_however_uneven(
    client: Client, tmp_path: Path, ending: str
) -> None:
    moments = [0, 40, 50, 300, 340, 1000, 1001, 1500, 3000, 3033]
    task_id = task_with(client, {f"clip.{ending}": _uneven(tmp_path / f"clip.{ending}", moments)})["id"]
    rows = _table(client, task_id)["results"]
    assert [row["timestamp"] for row in rows] == pytest.approx([moment / 1000 for moment in moments], abs=0.0011)
    assert [row["name"] for row in rows[:2]] == ["frame_000000", "frame_000001"]
    assert (rows[3]["width"], rows[3]["height"]) == (64, 48)


def test_time_begins_with_the_file_and_selection_keeps_it(client: Client, tmp_path: Path) -> None:
    # A transport stream's clock does not begin at 0; players show that it does.
    said = {"start_frame": 5, "frame_filter": "step=10"}
    task_id = task_with(client, {"clip.ts": film(tmp_path / "clip.ts")}, said)["id"]
    rows = _csv(client, task_id)
    assert [row["source_frame"] for row in rows] == ["5", "15", "25", "35"]
    assert [float(row["timestamp"]) for row in rows] == pytest.approx([0.2, 0.6, 1.0, 1.4], abs=0.001)


def test_where_a_file_does_not_say_its_rate_does(client: Client, tmp_path: Path) -> None:
    task_id = task_with(client, {"clip.avi": film(tmp_path / "clip.avi")})["id"]
    rows = _table(client, task_id)["results"]
    assert [row["timestamp"] for row in rows[::10]] == pytest.approx([0, 0.4, 0.8, 1.2])


def test_a_long_table_comes_in_pieces_with_few_statements(
    client: Client, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    task = task_with(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=2500, width=16, height=16)})
    Segment.objects.filter(task_id=task["id"]).update(stop_frame=1999)
    with django_assert_max_num_queries(16):
        answer: Any = client.get(f"/api/v1/tasks/{task['id']}/data/frames.csv")
        pieces = list(answer.streaming_content)
    assert len(pieces) > 4
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode()[1:])))
    assert [int(row["index"]) for row in rows] == list(range(2500))
    assert float(rows[2499]["timestamp"]) == pytest.approx(2499 / 25)
    assert {row["jobs"] for row in rows[:2000]} == {str(task["segments"][0]["jobs"][0]["id"])}
    assert {row["jobs"] for row in rows[2000:]} == {""}


def test_a_name_is_no_formula(client: Client) -> None:
    task_id = task_with(client, {"=1+1.jpg": picture()})["id"]
    assert _csv(client, task_id)[0]["name"] == "'=1+1.jpg"
    assert _table(client, task_id)["results"][0]["name"] == "=1+1.jpg"


def test_who_may_see_it_and_when(client: Client) -> None:
    task_id = make_task(client, assignee=make_task(client)["owner"])["id"]
    for path in (f"tasks/{task_id}/data/frames", f"tasks/{task_id}/data/frames.csv"):
        assert client.get(f"/api/v1/{path}").status_code == 400
        assert with_key(member(path[-1] * 3)).get(f"/api/v1/{path}").status_code == 403
        assert Client().get(f"/api/v1/{path}").status_code == 401
    assert client.get("/api/v1/tasks/999/data/frames").status_code == 404
