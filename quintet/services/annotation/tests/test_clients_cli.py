"""CVAT's command line, sub-command by sub-command; the rows are those of its table."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.models import Task
from quintet.services.annotation.tests.clients import CommandLine, Refused
from quintet.services.annotation.tests.drawings import box, keyframe, marks, tag, track
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import picture
from quintet.services.annotation.tests.test_share_and_remote import elsewhere  # noqa: F401  # a fixture
from quintet.services.annotation.tests.test_tasks import CAR, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


@pytest.fixture
def cli() -> CommandLine:
    """Somebody with a terminal."""
    return CommandLine(member().username)


def _pictures(names: str = "cab") -> dict[str, bytes]:
    return {f"{name}.jpg": picture(90, 60) for name in names}


def _drawn(cli: CommandLine) -> int:
    """A task with all five kinds of figures, a tag and a track."""
    task_id = cli.create("street", [CAR], files=_pictures())
    label = told(cli.client.get(f"/api/v1/tasks/{task_id}"))["labels"][0]
    car, (color, parked) = label["id"], [each["id"] for each in label["attributes"]]
    said = marks(
        tags=[tag(car, 1, attributes=[{"spec_id": color, "value": "blue"}])],
        shapes=[
            box(car, 0, (1.25, 2, 30, 40), attributes=[{"spec_id": parked, "value": "true"}], occluded=True),
            box(car, 0, (30, 5, 60, 5, 45, 40), type="polygon", group=2),
            box(car, 1, (1, 2, 3, 4, 5.5, 6.25), type="polyline"),
            box(car, 2, (1, 2, 3, 4), type="points"),
            box(car, 2, list(range(16)), type="cuboid"),
        ],
        tracks=[track(car, keyframe(0, (1, 2, 3, 4)), keyframe(2, (11, 2, 13, 4)))],
    )
    answer = send(cli.client, "PUT", f"tasks/{task_id}/annotations", said)
    assert answer.status_code == 200, answer.content
    return task_id


def _xml(archive: bytes) -> str:
    said = zipfile.ZipFile(io.BytesIO(archive)).read("annotations.xml").decode()
    return re.sub(r"<(dumped|updated)>.*?</\1>", "", said)


def test_ls_prints_a_line_for_each_task_the_newest_first_and_fetches_page_after_page(cli: CommandLine) -> None:
    """Rows 1 and 2."""
    ids = [cli.create(f"task {number}", [CAR], files={}) for number in range(11)]
    assert cli.ls() == [f"{task_id},task {number},annotation" for number, task_id in reversed([*enumerate(ids)])]
    shown = [json.loads(each) for each in cli.ls(as_json=True)]
    assert [task["id"] for task in shown] == ids[::-1]


def test_create_from_local_files(cli: CommandLine) -> None:
    """Row 3."""
    said = {"overlap": 1, "segment_size": 2, "bug_tracker": "https://bugs.example/7"}
    task_id = cli.create("street", [CAR], files=_pictures(), **said)
    assert cli.printed == [f"Created task ID: {task_id} NAME: street"]
    task = told(cli.client.get(f"/api/v1/tasks/{task_id}"))
    assert {name: task[name] for name in (*said, "size", "image_quality")} == {**said, "size": 3, "image_quality": 50}
    assert [(part["start_frame"], part["stop_frame"]) for part in task["segments"]] == [(0, 1), (1, 2), (2, 2)]
    names = [frame["name"] for frame in told(cli.client.get(f"/api/v1/tasks/{task_id}/data/meta"))["frames"]]
    assert names == ["a.jpg", "b.jpg", "c.jpg"]


def test_file_names_in_any_script_come_as_they_are(cli: CommandLine) -> None:
    """`requests` writes them as RFC 2231 has it."""
    task_id = cli.create("街", [CAR], files={"街 一.jpg": picture(), "b c.jpg": picture()})
    names = [frame["name"] for frame in told(cli.client.get(f"/api/v1/tasks/{task_id}/data/meta"))["frames"]]
    assert names == ["b c.jpg", "街 一.jpg"]


def test_create_from_the_share(cli: CommandLine, settings: Any, tmp_path: Path) -> None:
    """Row 4."""
    settings.QUINTET_ANNOTATION_SHARE = str(tmp_path)
    for name in ("one.jpg", "two.jpg"):
        (tmp_path / name).write_bytes(picture())
    task_id = cli.create("shared", [CAR], share=["one.jpg", "two.jpg"])
    assert told(cli.client.get(f"/api/v1/tasks/{task_id}"))["size"] == 2


def test_create_from_elsewhere_and_what_cannot_be_fetched_shows_in_the_status(
    cli: CommandLine,
    elsewhere: str,  # noqa: F811
) -> None:
    """Row 5."""
    good, bad = (cli.create("remote", [CAR], remote=[f"{elsewhere}/{name}"]) for name in ("a.jpg", "missing.jpg"))
    run_due()
    states = [told(cli.client.get(f"/api/v1/tasks/{task_id}/status")) for task_id in (good, bad)]
    assert [said["state"] for said in states] == ["Finished", "Failed"]
    assert "Failed to download" in states[1]["message"]


def test_create_with_annotations_waits_for_the_data_and_uploads_them(cli: CommandLine) -> None:
    """Row 6."""
    file = ("street.zip", cli.dump(_drawn(cli)))
    cli.printed.clear()
    task_id = cli.create("copy", [CAR], files=_pictures(), annotation=file)
    assert cli.printed == [
        f"Created task ID: {task_id} NAME: copy",
        "Awaiting data compression before uploading annotations…",
        f"Upload job for Task ID {task_id} with annotation file street.zip finished",
    ]
    found = told(cli.client.get(f"/api/v1/tasks/{task_id}/annotations"))
    # A track goes out as what is seen of it on each frame.
    assert (len(found["tags"]), len(found["shapes"])) == (1, 5 + 3)


def test_create_without_labels_is_refused_and_makes_nothing(cli: CommandLine) -> None:
    """Row 7, as 1.1.0 answers."""
    with pytest.raises(Refused, match="400 Client Error"):
        cli.create("bare", [], files=_pictures())
    assert cli.ls() == []


@pytest.mark.parametrize("quality", ["original", "compressed"])
def test_frames_are_pictures_that_can_be_opened(cli: CommandLine, quality: str) -> None:
    """Row 8."""
    sent = {"a.png": picture(90, 60, "blue", "PNG"), "b.jpg": picture(70, 50, "red")}
    task_id = cli.create("street", [CAR], files=sent)
    saved = cli.frames(task_id, 0, 1, quality=quality)
    assert list(saved) == [f"task_{task_id}_frame_000000.jpg", f"task_{task_id}_frame_000001.jpg"]
    assert [image.size for image in saved.values()] == [(90, 60), (70, 50)]
    if quality == "original":
        for image, content in zip(saved.values(), sent.values(), strict=True):
            assert image.tobytes() == Image.open(io.BytesIO(content)).tobytes()


def test_a_frame_that_is_not_there_is_an_error(cli: CommandLine) -> None:
    """Row 9."""
    task_id = cli.create("street", [CAR], files=_pictures())
    with pytest.raises(Refused, match="400 Client Error: Bad Request"):
        cli.frames(task_id, 99)


def test_what_was_dumped_and_uploaded_is_dumped_the_same(cli: CommandLine) -> None:
    """Rows 10 and 12: one question each in the common case."""
    task_id = _drawn(cli)
    cli.printed.clear()
    first = cli.dump(task_id, "CVAT for video 1.1")
    assert cli.printed == ["STATUS 201"]
    assert cli.upload(task_id, ("dump.zip", first)) == 1
    assert _xml(cli.dump(task_id, "CVAT for video 1.1")) == _xml(first)
    images = cli.dump(task_id)
    assert cli.upload(task_id, ("annotations.xml", zipfile.ZipFile(io.BytesIO(images)).read("annotations.xml"))) == 1
    assert _xml(cli.dump(task_id)) == _xml(images)


def test_a_server_that_never_waits_is_asked_again(cli: CommandLine, settings: Any) -> None:
    """As CVAT's own answers first: 202, and 201 to the second question."""
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    task_id = _drawn(cli)
    cli.printed.clear()
    archive = cli.dump(task_id)
    assert cli.printed == ["STATUS 202", "STATUS 201"]
    assert cli.upload(task_id, ("a.zip", archive)) == 2


@pytest.mark.parametrize("name", ["street", "a street & a half", "街", "50% off?", "a=b+c"])
def test_a_task_of_any_name_can_be_dumped(cli: CommandLine, name: str) -> None:
    """The name goes into the address as it is; what it breaks there is only the file's name."""
    task_id = cli.create(name, [CAR], files=_pictures())
    assert zipfile.ZipFile(io.BytesIO(cli.dump(task_id))).namelist() == ["annotations.xml"]


def test_a_number_sign_in_a_name_leaves_an_empty_file(cli: CommandLine) -> None:
    """All after it, the wish to download too, stays with the client. It does so with CVAT."""
    task_id = cli.create("no. 7 #1", [CAR], files=_pictures())
    assert cli.dump(task_id) == b""


def test_a_format_that_is_not_there_is_an_error(cli: CommandLine) -> None:
    """Row 11."""
    task_id = cli.create("street", [CAR], files=_pictures())
    with pytest.raises(Refused, match="400 Client Error"):
        cli.dump(task_id, "Bogus 9")


def test_delete_says_what_was_there_and_what_was_not(cli: CommandLine) -> None:
    """Row 13."""
    task_id = cli.create("street", [CAR], files={})
    assert cli.delete(task_id) == f"Task ID {task_id} deleted"
    assert cli.delete(task_id) == f"Task ID {task_id} not found"
    assert not Task.objects.exists()


def test_a_wrong_password_ends_it(cli: CommandLine) -> None:
    """Row 14."""
    with pytest.raises(Refused, match="400 Client Error"):
        CommandLine("alice", "guessed")


def test_what_is_not_served_is_cleanly_not_there(cli: CommandLine) -> None:
    """Row 15: of 1.3.0 with a repository of data sets."""
    body = '{"path": "https://git.example/a.git", "lfs": true, "tid": 1}'
    for verb, path in (("POST", "/git/repository/create/1"), ("GET", "/git/repository/check/7")):
        answer = cli.client.generic(verb, path, body if verb == "POST" else "", content_type="application/json")
        assert answer.status_code == 404


def test_over_https_no_referer_is_needed() -> None:
    """Django's CSRF would ask for one; the command line never sends it."""
    cli = CommandLine(member().username, https=True)
    task_id = cli.create("street", [CAR], files=_pictures())
    assert cli.delete(task_id).endswith("deleted")


def test_the_key_opens_the_same_doors(cli: CommandLine) -> None:
    """Scripts that send the key, as the document has it, see what the cookie sees."""
    task_id = _drawn(cli)
    owner = Task.objects.get(pk=task_id).owner
    assert owner is not None
    answer = with_key(owner).get(f"/api/v1/tasks/{task_id}/annotations")
    assert told(answer) == told(cli.client.get(f"/api/v1/tasks/{task_id}/annotations"))
