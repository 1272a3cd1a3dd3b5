"""Files that come in pieces, by tus 1.0."""

import base64
import hashlib
import io
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from quintet.core.clock import now
from quintet.core.deferred import inline
from quintet.core.deferred.actions import enqueue
from quintet.services.annotation.models import Resumable
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import fetched, picture, status, upload, zipped
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db
PIECE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    """Where the pieces lie."""
    settings.DATA = tmp_path / "data"
    return tmp_path / "data" / "annotation-pieces"


@pytest.fixture
def client() -> Client:
    return with_key(member())


@pytest.fixture
def task_id(client: Client) -> int:
    return int(make_task(client)["id"])


def named(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()}"


def begin(client: Client, task_id: int, name: str, size: int | None, body: bytes = b"", /, **more: str) -> Any:
    length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
    headers = {**TUS, **length, "Upload-Metadata": named(name), **more}
    kind = PIECE if body else ""
    return client.generic("POST", f"/api/v1/tasks/{task_id}/data/uploads", body, content_type=kind, headers=headers)


def proceed(client: Client, address: str, offset: int, body: bytes, **more: str) -> Any:
    # The test client says nothing of an empty body.
    headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": PIECE, **more}
    return client.generic("PATCH", address, body, content_type=PIECE, headers=headers)


def offset_of(client: Client, address: str) -> int:
    answer = client.head(address, headers=TUS)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    return int(answer["Upload-Offset"])


def sent(client: Client, task_id: int, name: str, content: bytes) -> str:
    """A whole file; its address."""
    answer = begin(client, task_id, name, len(content), content)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def use(client: Client, task_id: int, *addresses: str, **said: Any) -> Any:
    body = {"image_quality": 70, "resumable_files": [each.rpartition("/")[2] for each in addresses], **said}
    return send(client, "POST", f"tasks/{task_id}/data", body)


def names(client: Client, task_id: int) -> list[str]:
    return [frame["name"] for frame in told(client.get(f"/api/v1/tasks/{task_id}/data/meta"))["frames"]]


def checksum(algorithm: str, content: bytes) -> dict[str, str]:
    said = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    return {"Upload-Checksum": f"{algorithm} {said}"}


def test_files_come_in_pieces_and_become_frames_by_their_names(client: Client, task_id: int, place: Path) -> None:
    content = picture(300, 200)
    answer = begin(client, task_id, "day 1/街.jpg", len(content))
    assert (answer.status_code, answer["Tus-Resumable"], answer.content) == (201, "1.0.0", b"")
    assert "GMT" in answer["Upload-Expires"]
    address = answer["Location"]
    for start in range(0, len(content), 500):
        assert offset_of(client, address) == start
        answer = proceed(client, address, start, content[start : start + 500])
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(min(len(content), start + 500)))
    other = sent(client, task_id, "a.png", picture(kind="PNG"))
    answer = use(client, task_id, address, other)
    assert (answer.status_code, told(answer)["client_files"]) == (202, ["day 1/街.jpg", "a.png"])
    assert "resumable_files" not in told(answer)
    assert status(client, task_id) == ("Finished", "")
    assert names(client, task_id) == ["a.png", "day 1/街.jpg"]
    assert fetched(client, task_id, type="frame", number=1, quality="original") == content
    assert told(client.get(f"/api/v1/tasks/{task_id}/data/uploads")) == []
    assert client.head(address, headers=TUS).status_code == 404


def test_what_is_used_takes_no_more_room(
    client: Client, task_id: int, place: Path, django_capture_on_commit_callbacks: Any
) -> None:
    address = sent(client, task_id, "a.jpg", picture())
    assert len(list(place.iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert use(client, task_id, address).status_code == 202
    assert list(place.iterdir()) == []


def test_what_is_spoken_is_told_to_anybody(settings: Any, task_id: int) -> None:
    settings.QUINTET_ANNOTATION_RESUMABLE_FILE_MB = 3
    answer = Client().options(f"/api/v1/tasks/{task_id}/data/uploads")
    assert (answer.status_code, answer["Tus-Version"], answer["Tus-Max-Size"]) == (204, "1.0.0", str(3 * 1024 * 1024))
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert set(answer["Tus-Extension"].split(",")) == {
        "creation", "creation-defer-length", "creation-with-upload", "checksum", "expiration", "termination"
    }  # fmt: skip


def test_how_far_it_is_can_be_asked_and_what_was_said_of_it_is_told_again(client: Client, task_id: int) -> None:
    answer = begin(client, task_id, "a.jpg", 10, b"12345", **{"Upload-Metadata": f"{named('a.jpg')},is_last"})
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "5")
    shown = client.head(answer["Location"], headers=TUS)
    assert [shown[name] for name in ("Upload-Offset", "Upload-Length", "Upload-Metadata")] == [
        "5", "10", f"{named('a.jpg')},is_last"
    ]  # fmt: skip
    said = told(client.get(answer["Location"]))
    [listed] = told(client.get(f"/api/v1/tasks/{task_id}/data/uploads"))
    assert said == listed
    assert [said[name] for name in ("name", "size", "offset", "is_whole")] == ["a.jpg", 10, 5, False]


def test_the_length_may_be_said_later_and_once(client: Client, task_id: int) -> None:
    address = begin(client, task_id, "a.jpg", None)["Location"]
    assert client.head(address, headers=TUS)["Upload-Defer-Length"] == "1"
    assert proceed(client, address, 0, b"12345").status_code == 204
    assert use(client, task_id, address).status_code == 400
    assert proceed(client, address, 5, b"", **{"Upload-Length": "4"}).status_code == 400
    assert proceed(client, address, 5, b"67", **{"Upload-Length": "8"}).status_code == 204
    assert proceed(client, address, 7, b"", **{"Upload-Length": "9"}).status_code == 400
    shown = client.head(address, headers=TUS)
    assert (shown["Upload-Length"], "Upload-Defer-Length" in shown) == ("8", False)
    assert proceed(client, address, 7, b"8").status_code == 204


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Tus-Resumable": ""}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "9" * 19}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "filename ?"}, 400),
        ({"Upload-Metadata": "filename " + base64.b64encode(b"\xff").decode()}, 400),
        ({"Upload-Metadata": named("..")}, 400),
        ({"Upload-Metadata": named("a\x00.jpg")}, 400),
        ({"Upload-Metadata": named("x" * 1001)}, 400),
        ({"Upload-Metadata": "a b,a b," + named("a.jpg")}, 400),
    ],
)
def test_a_beginning_that_breaks_a_rule_is_refused(
    client: Client, task_id: int, headers: dict[str, str], fault: int
) -> None:
    answer = begin(client, task_id, "a.jpg", 10, **headers)
    assert (answer.status_code, list(told(answer))) == (fault, ["detail"])
    assert answer["Tus-Resumable"] == "1.0.0"
    assert fault != 412 or answer["Tus-Version"] == "1.0.0"
    assert not Resumable.objects.exists()


def test_a_piece_that_does_not_fit_is_refused_and_nothing_of_it_is_kept(client: Client, task_id: int) -> None:
    address = begin(client, task_id, "a.jpg", 10, b"12345")["Location"]
    for offset in (0, 4, 6):
        answer = proceed(client, address, offset, b"x")
        assert (answer.status_code, answer["Upload-Offset"]) == (409, "5")
    assert proceed(client, address, 5, b"678901").status_code == 413
    plain = client.generic("PATCH", address, b"x", content_type="text/plain", headers={**TUS, "Upload-Offset": "5"})
    assert plain.status_code == 415
    assert proceed(client, address, 5, b"x", **{"Tus-Resumable": "2.0.0"}).status_code == 412
    assert proceed(client, address, 5, b"x", **{"Upload-Offset": "five"}).status_code == 400
    assert offset_of(client, address) == 5
    assert proceed(client, address, 5, b"").status_code == 204
    with_text = {**TUS, "Upload-Length": "1", "Upload-Metadata": named("a.jpg")}
    path = f"/api/v1/tasks/{task_id}/data/uploads"
    assert client.generic("POST", path, b"x", content_type="text/plain", headers=with_text).status_code == 415


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_is_kept_if_its_checksum_holds(client: Client, task_id: int, algorithm: str, place: Path) -> None:
    address = begin(client, task_id, "a.jpg", 10, b"123", **checksum(algorithm, b"123"))["Location"]
    wrong = proceed(client, address, 3, b"456", **checksum(algorithm, b"457"))
    assert (wrong.status_code, wrong.reason_phrase, offset_of(client, address)) == (460, "Checksum Mismatch", 3)
    assert proceed(client, address, 3, b"456", **checksum(algorithm, b"456")).status_code == 204
    assert offset_of(client, address) == 6
    for said in ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 ?", "sha1"):
        assert proceed(client, address, 6, b"7", **{"Upload-Checksum": said}).status_code in (400, 460)
    assert proceed(client, address, 6, b"78901", **checksum(algorithm, b"78901")).status_code == 413
    assert [left.name for left in place.iterdir()] == [address.rpartition("/")[2]]
    assert begin(client, task_id, "b.jpg", 3, b"123", **checksum(algorithm, b"x")).status_code == 460
    assert Resumable.objects.count() == 1


class _Broken(io.RawIOBase):
    """A connection that breaks after so many bytes."""

    def __init__(self, content: bytes, *, way: type[Exception] | None) -> None:
        self._left, self._way = io.BytesIO(content), way

    def read(self, size: int = -1) -> bytes:
        piece = self._left.read(min(size, 1000) if size > 0 else 1000)
        if not piece and self._way is not None:
            raise self._way("gone")
        return piece


@pytest.mark.parametrize("way", [OSError, None], ids=["with an error", "in silence"])
def test_what_came_before_a_connection_broke_is_kept(client: Client, task_id: int, way: type[Exception] | None) -> None:
    content = os.urandom(5000)
    address = begin(client, task_id, "a.jpg", len(content))["Location"]
    broken: dict[str, Any] = {"wsgi.input": _Broken(content[:3500], way=way), "CONTENT_LENGTH": "5000"}
    headers = {**TUS, "Upload-Offset": "0"}
    answer = client.generic("PATCH", address, b"-", content_type=PIECE, headers=headers, **broken)
    assert answer.status_code == (400 if way else 204)
    assert offset_of(client, address) == 3500
    assert proceed(client, address, 3500, content[3500:]).status_code == 204
    checked = begin(client, task_id, "b.jpg", len(content))["Location"]
    broken["wsgi.input"] = _Broken(content[:3500], way=way)
    client.generic(
        "PATCH", checked, b"-", content_type=PIECE, headers={**headers, **checksum("sha1", content)}, **broken
    )
    assert offset_of(client, checked) == 0


def test_what_is_not_whole_or_not_there_is_refused_in_words(client: Client, task_id: int) -> None:
    whole, part = sent(client, task_id, "a.jpg", picture()), begin(client, task_id, "b.jpg", 10, b"123")["Location"]
    elsewhere = sent(client, int(make_task(client)["id"]), "c.jpg", picture())
    for addresses, said in (
        ([whole, part], "Not whole yet: b.jpg (3 of 10 bytes)."),
        ([whole, elsewhere], f"This task has no such upload: {elsewhere.rpartition('/')[2]}."),
        ([whole, whole], "Each may be named once."),
    ):
        answer = use(client, task_id, *addresses)
        assert (answer.status_code, told(answer)) == (400, {"resumable_files": [said]})
    assert use(client, task_id, whole, resumable_files="x").status_code == 400
    assert status(client, task_id) == ("Finished", "")
    assert Resumable.objects.count() == 3
    assert use(client, task_id, resumable_files=[f"https://quintet.example{whole}"]).status_code == 202


def test_files_that_make_no_task_are_there_to_be_used_again(client: Client, task_id: int) -> None:
    address, broken = sent(client, task_id, "a.jpg", picture()), sent(client, task_id, "b.jpg", b"no picture")
    use(client, task_id, address, broken)
    assert status(client, task_id) == ("Failed", "ValueError: b.jpg is no picture that can be read")
    assert client.delete(broken, headers=TUS).status_code == 204
    assert use(client, task_id, address).status_code == 202
    assert names(client, task_id) == ["a.jpg"]


def test_a_worker_takes_them_over_and_leaves_them_when_it_fails(
    client: Client, task_id: int, settings: Any, tmp_path: Path
) -> None:
    settings.QUINTET_ANNOTATION_SHARE = str(tmp_path)
    (tmp_path / "on share.jpg").write_bytes(picture())
    # So many names are left to a worker.
    many = {"server_files": ["on share.jpg"] * 1001}
    broken, good = sent(client, task_id, "b.jpg", b"no picture"), sent(client, task_id, "c.jpg", picture())
    assert use(client, task_id, broken, **many).status_code == 202
    assert status(client, task_id)[0] == "Queued"
    assert use(client, task_id, good).status_code == 409
    inline.run_due()
    assert status(client, task_id)[0] == "Failed"
    assert {offset_of(client, broken), offset_of(client, good)} == {10, len(picture())}
    assert use(client, task_id, good, **many).status_code == 202
    inline.run_due()
    assert status(client, task_id) == ("Finished", "")
    assert names(client, task_id) == ["c.jpg", "on share.jpg"]
    assert list(Resumable.objects.values_list("name", flat=True)) == ["b.jpg"]


def test_they_go_with_files_of_the_same_body_and_after_those_of_others(client: Client, task_id: int) -> None:
    address = sent(client, task_id, "pictures.zip", zipped({"x/1.jpg": picture(), "x/2.jpg": picture()}))
    key = address.rpartition("/")[2]
    assert use(client, task_id, address).status_code == 202
    assert names(client, task_id) == ["x/1.jpg", "x/2.jpg"]
    key = sent(client, task_id, "3.jpg", picture()).rpartition("/")[2]
    assert upload(client, task_id, {"4.jpg": picture()}, **{"resumable_files[0]": key}).status_code == 202
    assert names(client, task_id) == ["x/1.jpg", "x/2.jpg", "3.jpg", "4.jpg"]


def test_limits_are_told_by_name(client: Client, task_id: int, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_RESUMABLE_FILE_MB, settings.QUINTET_ANNOTATION_RESUMABLE_PERSON_MB = 2, 3
    mib = 1024 * 1024
    large = begin(client, task_id, "a.jpg", 2 * mib + 1)
    assert (large.status_code, told(large)["detail"]) == (
        413, f"A file may have {2 * mib} bytes here (QUINTET_ANNOTATION_RESUMABLE_FILE_MB)."
    )  # fmt: skip
    first = begin(client, task_id, "a.jpg", 2 * mib)["Location"]
    second = begin(client, task_id, "b.jpg", 2 * mib)
    assert second.status_code == 413
    assert f"of which {mib} are left (QUINTET_ANNOTATION_RESUMABLE_PERSON_MB)" in told(second)["detail"]
    later = begin(client, task_id, "c.jpg", None)["Location"]
    assert proceed(client, later, 0, b"x" * (mib + 1)).status_code == 413
    assert proceed(client, later, 0, b"x", **{"Upload-Length": str(mib + 1)}).status_code == 413
    assert proceed(client, later, 0, b"x", **{"Upload-Length": str(mib)}).status_code == 204
    other = with_key(member("bob"))
    assert begin(other, int(make_task(other)["id"]), "a.jpg", 2 * mib).status_code == 201
    assert client.delete(first, headers=TUS).status_code == 204
    assert begin(client, task_id, "b.jpg", 2 * mib).status_code == 201
    assert begin(client, task_id, "b.jpg", 10**18 - 1).status_code == 413


def test_a_file_can_be_larger_than_any_other_body_may_be(client: Client, task_id: int, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    address = sent(client, task_id, "a.jpg", b"x" * 1001)
    assert offset_of(client, address) == 1001


def test_what_was_given_up_is_gone(client: Client, task_id: int, place: Path) -> None:
    address = begin(client, task_id, "a.jpg", 10, b"123")["Location"]
    assert client.delete(address).status_code == 412
    assert client.delete(address, headers=TUS).status_code == 204
    for answer in (
        client.head(address, headers=TUS),
        proceed(client, address, 3, b"x"),
        client.delete(address, headers=TUS),
    ):
        assert answer.status_code == 404
    assert list(place.iterdir()) == []


def test_they_go_with_their_task(
    client: Client, task_id: int, place: Path, django_capture_on_commit_callbacks: Any
) -> None:
    sent(client, task_id, "a.jpg", picture())
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/tasks/{task_id}").status_code == 204
    assert (Resumable.objects.count(), list(place.iterdir())) == (0, [])


def test_what_nobody_continues_is_swept_away(client: Client, task_id: int, place: Path) -> None:
    kept, busy, old = (begin(client, task_id, f"{n}.jpg", 10, b"123")["Location"] for n in range(3))
    keys = [address.rpartition("/")[2] for address in (busy, old)]
    Resumable.objects.filter(key__in=keys).update(touched_at=now() - timedelta(days=8))
    long_ago = (now() - timedelta(days=8)).timestamp()
    os.utime(place / keys[1], (long_ago, long_ago))
    (place / "of nobody").write_bytes(b"x")
    os.utime(place / "of nobody", (long_ago, long_ago))
    (place / f"{keys[0]}.abcd").write_bytes(b"a piece that is being checked")
    enqueue("annotation.drop_resumables")
    inline.run_due()
    assert [client.head(address, headers=TUS).status_code for address in (kept, busy, old)] == [200, 200, 404]
    assert {path.name for path in place.iterdir()} == {kept.rpartition("/")[2], keys[0], f"{keys[0]}.abcd"}


def test_who_may_send_pieces(client: Client, task_id: int) -> None:
    address = begin(client, task_id, "a.jpg", 10)["Location"]
    owned = make_task(client, assignee=member("worker").pk)["id"]
    theirs = begin(client, owned, "a.jpg", 10)["Location"]
    other, watcher = with_key(member("other")), with_key(member("watcher", "observer"))
    for somebody in (other, watcher):
        assert begin(somebody, owned, "a.jpg", 10).status_code == 403
        assert proceed(somebody, theirs, 0, b"x").status_code == 403
        assert somebody.head(theirs, headers=TUS).status_code == 403
        assert somebody.delete(theirs, headers=TUS).status_code == 403
        assert somebody.get(f"/api/v1/tasks/{owned}/data/uploads").status_code == 403
    assert begin(Client(), task_id, "a.jpg", 10).status_code == 401
    assert begin(client, 999, "a.jpg", 10).status_code == 404
    assert proceed(client, address.replace(f"/{task_id}/", f"/{owned}/"), 0, b"x").status_code == 404
    for key in ("x", "0" * 32, "%00"):
        assert proceed(client, f"/api/v1/tasks/{task_id}/data/uploads/{key}", 0, b"x").status_code == 404


def test_who_cannot_say_patch_says_post(client: Client, task_id: int) -> None:
    address = begin(client, task_id, "a.jpg", 3)["Location"]
    headers = {**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.generic("POST", address, b"123", content_type=PIECE, headers=headers).status_code == 204
    assert offset_of(client, address) == 3
    assert client.generic("POST", address, b"", headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert client.generic("POST", address, b"", headers=TUS).status_code == 405


def test_bytes_that_lie_on_another_machine_are_not_here(client: Client, task_id: int, place: Path) -> None:
    address = sent(client, task_id, "a.jpg", picture())
    (place / address.rpartition("/")[2]).unlink()
    assert client.head(address, headers=TUS).status_code == 404
    assert proceed(client, address, 3, b"x").status_code == 404
    assert use(client, task_id, address).status_code == 400
    assert client.delete(address, headers=TUS).status_code == 204


def test_a_task_has_no_more_jobs_than_the_server_allows(client: Client, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_TASK_JOBS = 3
    pictures = {f"{n}.jpg": picture() for n in range(5)}
    task_id = make_task(client, segment_size=2, overlap=1)["id"]
    upload(client, task_id, pictures)
    assert status(client, task_id) == (
        "Failed",
        "ValueError: 5 frames in segments of 2 would make 5 jobs; a task may have 3 (QUINTET_ANNOTATION_TASK_JOBS). "
        "Ask for a larger segment_size",
    )
    assert told(client.get(f"/api/v1/tasks/{task_id}"))["segments"] == []
    task_id = make_task(client, segment_size=2)["id"]
    upload(client, task_id, pictures)
    assert len(told(client.get(f"/api/v1/tasks/{task_id}"))["segments"]) == 3
    upload(client, task_id, {"5.jpg": picture()})
    assert status(client, task_id)[0] == "Failed"
    task_id = make_task(client)["id"]
    assert upload(client, task_id, pictures).status_code == 202
    assert status(client, task_id) == ("Finished", "")


def test_more_keys_than_a_statement_has_places_are_looked_up_as_well(client: Client, task_id: int) -> None:
    address = sent(client, task_id, "a.jpg", picture())
    most = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 500)
    try:
        answer = use(client, task_id, address, *(f"{number:032x}" for number in range(600)))
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, most)
    assert answer.status_code == 400
    assert b"and 595 more" in answer.content
