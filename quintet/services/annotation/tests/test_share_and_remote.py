"""Data that is not in the request: on the share, or at an address; read by a worker where it takes long."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client

from quintet.core.deferred import inline
from quintet.core.deferred.actions import cancel
from quintet.core.deferred.models import Job as DeferredJob
from quintet.core.deferred.running import claim
from quintet.services.annotation.actions import drop_leftovers, uploads
from quintet.services.annotation.models import Frame, Upload
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import fetched, film, members, picture, status, tarred, upload, zipped
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_disk(settings: Any, tmp_path: Path) -> Path:
    """Files lie in a folder, as on a machine of one's own."""
    files = tmp_path / "files"
    settings.DATA = tmp_path / "data"
    options = {"location": str(files), "base_url": "/media/"}
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    storages._storages = {}  # type: ignore[attr-defined]
    return files


@pytest.fixture
def share(settings: Any, tmp_path: Path) -> Path:
    """A share with a few pictures."""
    folder = tmp_path / "share"
    (folder / "day" / "noon").mkdir(parents=True)
    for name in ("b.jpg", "a.png", "day/2.jpg", "day/10.jpg", "day/noon/1.jpg"):
        (folder / name).write_bytes(picture())
    (folder / "day" / "notes.txt").write_text("nothing to see")
    (tmp_path / "secret.jpg").write_bytes(picture())
    (folder / "way-out").symlink_to(tmp_path)
    settings.QUINTET_ANNOTATION_SHARE = str(folder)
    return folder


@pytest.fixture
def client() -> Client:
    """Somebody who makes tasks."""
    return with_key(member())


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.partition("?")[0]
        if name == "/moved.jpg":
            self.send_response(302)
            self.send_header("Location", "/a.jpg")
            self.end_headers()
            return
        self.send_response(200 if name == "/a.jpg" else 404)
        self.end_headers()
        if name == "/a.jpg":
            self.wfile.write(picture(50, 40))

    def log_message(self, *told: object) -> None:
        """Silence."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another server, with one picture."""
    server = HTTPServer(("127.0.0.1", 0), _Pictures)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def names(client: Client, task_id: int) -> list[str]:
    return [frame["name"] for frame in told(client.get(f"/api/v1/tasks/{task_id}/data/meta"))["frames"]]


def test_the_share_is_listed_folder_by_folder(client: Client, share: Path) -> None:
    def listing(directory: str) -> Any:
        return client.get(f"/api/v1/server/share?directory={directory}")

    assert {(row["name"], row["type"]) for row in told(client.get("/api/v1/server/share"))} == {
        ("a.png", "REG"), ("b.jpg", "REG"), ("day", "DIR")
    }  # fmt: skip
    for spelled in ("day/noon", "/day/noon/", "%2Fday%2Fnoon"):
        assert told(listing(spelled)) == [{"name": "1.jpg", "type": "REG"}]
    for bad in ("b.jpg", "none", "..", "/../", "way-out", "day/../..", "%00", "a/%ED%A0%80"):
        answer = listing(bad)
        assert (answer.status_code, told(answer).endswith(" is an invalid directory")) == (400, True), bad


def test_without_a_share_its_root_is_empty(client: Client) -> None:
    assert told(client.get("/api/v1/server/share?directory=%2F")) == []
    assert client.get("/api/v1/server/share?directory=/etc").status_code == 400


def test_files_of_the_share_are_referred_to_and_not_copied(client: Client, share: Path, on_disk: Path) -> None:
    task_id = make_task(client)["id"]
    said = {"image_quality": 70, "server_files": ["b.jpg", "/a.png"]}
    assert send(client, "POST", f"tasks/{task_id}/data", said).status_code == 202
    assert status(client, task_id) == ("Finished", "")
    assert names(client, task_id) == ["a.png", "b.jpg"]
    chunk = members(fetched(client, task_id, type="chunk", number=0, quality="original"))
    assert chunk["000000.png"] == (share / "a.png").read_bytes()
    assert not [path for path in on_disk.rglob("*") if path.is_file()]
    (share / "a.png").unlink()
    answer = client.get(f"/api/v1/tasks/{task_id}/data?type=frame&number=0")
    assert (answer.status_code, b"No such file" in answer.content) == (400, True)


def test_folders_are_walked_by_a_worker_and_only_what_is_named_inside_counts(
    client: Client, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = make_task(client)["id"]
    send(client, "POST", f"tasks/{small}/data", {"image_quality": 70, "server_files": ["/day/noon"]})
    assert (status(client, small)[0], names(client, small)) == ("Finished", ["day/noon/1.jpg"])
    monkeypatch.setattr(uploads, "_QUICK_PICTURES", 2)
    task_id = make_task(client)["id"]
    send(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, "server_files": ["/day/"]})
    assert status(client, task_id)[0] == "Queued"
    refused = send(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, "server_files": ["b.jpg"]})
    assert refused.status_code == 409
    inline.run_due()
    assert (status(client, task_id)[0], names(client, task_id)) == (
        "Finished", ["day/10.jpg", "day/2.jpg", "day/noon/1.jpg"]
    )  # fmt: skip
    other = make_task(client)["id"]
    client.post(
        f"/api/v1/tasks/{other}/data",
        {"image_quality": 70, "server_files[0]": "day", "server_files[1]": "day/2.jpg"},
    )
    inline.run_due()
    assert names(client, other) == ["day/2.jpg"]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (["../secret.jpg"], "ValueError: Don't use '..' inside file paths"),
        (["way-out/secret.jpg"], "FileNotFoundError: No such file or directory: 'way-out/secret.jpg'"),
        (["/etc/passwd"], "FileNotFoundError: No such file or directory: 'etc/passwd'"),
        (["b.jpg", "day"], "ValueError: Combined data types are not supported"),
    ],
)
def test_nothing_outside_the_share_is_reached(client: Client, share: Path, named: list[str], message: str) -> None:
    task_id = make_task(client)["id"]
    send(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, "server_files": named})
    inline.run_due()
    assert status(client, task_id) == ("Failed", message)


def test_files_are_fetched_from_elsewhere(client: Client, elsewhere: str) -> None:
    task_id = make_task(client)["id"]
    said = {"image_quality": 70, "remote_files": [f"{elsewhere}/a.jpg?size=full", f"{elsewhere}/moved.jpg"]}
    assert send(client, "POST", f"tasks/{task_id}/data", said).status_code == 202
    inline.run_due()
    meta = told(client.get(f"/api/v1/tasks/{task_id}/data/meta"))
    assert meta["frames"] == [{"width": 50, "height": 40, "name": name} for name in ("a.jpg", "moved.jpg")]
    assert fetched(client, task_id, type="frame", number=1, quality="original") == picture(50, 40)


def test_what_cannot_be_fetched_fails_with_its_reason(client: Client, elsewhere: str, settings: Any) -> None:
    def outcome(address: str) -> str:
        task_id = make_task(client)["id"]
        send(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, "remote_files": [address]})
        inline.run_due()
        state, message = status(client, task_id)
        return f"{state} {message}"

    failed = "Failed Exception: Failed to download"
    assert outcome(f"{elsewhere}/none.jpg") == f"{failed} {elsewhere}/none.jpg. 404 - Not Found"
    assert "link-local" in outcome("http://169.254.169.254/a.jpg")
    settings.QUINTET_ANNOTATION_REMOTE_PRIVATE = False
    assert "private networks are not called" in outcome(f"{elsewhere}/a.jpg")
    settings.QUINTET_ANNOTATION_REMOTE_PRIVATE, settings.QUINTET_ANNOTATION_REMOTE_MB = True, 0
    assert "larger than 0 MiB" in outcome(f"{elsewhere}/a.jpg")


def test_an_address_of_another_kind_is_refused_at_once(client: Client) -> None:
    task_id = make_task(client)["id"]
    said = {"image_quality": 70, "remote_files": ["file:///etc/passwd"]}
    assert send(client, "POST", f"tasks/{task_id}/data", said).status_code == 400


def test_what_a_dead_worker_began_is_done_again_from_its_beginning(
    client: Client, on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_QUICK_BYTES", 10)
    task_id = make_task(client)["id"]
    upload(client, task_id, {"a.tar.gz": tarred({f"{n}.jpg": picture() for n in range(4)})})
    assert status(client, task_id) == ("Queued", "Waiting to be read")
    job = claim("one that dies")
    assert job is not None
    Upload.objects.update(state=Upload.STARTED)
    DeferredJob.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
    inline.run_due()
    assert (status(client, task_id)[0], names(client, task_id)) == ("Finished", ["0.jpg", "1.jpg", "2.jpg", "3.jpg"])
    kept = [path for path in on_disk.rglob("*") if path.is_file()]
    assert (
        len(kept) == len(set(Frame.objects.values_list("stored", flat=True))) + 1
    )  # the archive goes after the commit


def test_what_is_cancelled_failed(client: Client, share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_QUICK_PICTURES", 2)
    task_id = make_task(client)["id"]
    send(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, "server_files": ["day"]})
    assert cancel(DeferredJob.objects.get().pk)
    assert status(client, task_id) == ("Failed", "Exception: it was cancelled")


def test_a_task_that_is_removed_while_it_is_read_is_gone(
    client: Client, share: Path, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_QUICK_PICTURES", 2)
    task_id = make_task(client)["id"]
    said = {"image_quality": 70, "server_files": ["day"]}
    send(client, "POST", f"tasks/{task_id}/data", said)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/tasks/{task_id}").status_code == 204
    assert [job.state for job in inline.run_due()] == []
    assert DeferredJob.objects.get().state == "cancelled"


def test_a_refused_upload_leaves_no_file_behind(client: Client, on_disk: Path, tmp_path: Path) -> None:
    task_id = make_task(client)["id"]
    upload(client, task_id, {"a.jpg": picture(), "b.jpg": b"no picture"})
    upload(client, task_id, {"a.zip": zipped({"a.jpg": picture(), "b.jpg": b"no picture"})})
    upload(client, task_id, {"a.jpg": picture(), "clip.mp4": film(tmp_path / "a.mp4", count=2)})
    upload(client, task_id, {"a.jpg": picture()}, image_quality=500)
    assert status(client, task_id)[0] == "Failed"
    assert not [path for path in on_disk.rglob("*") if path.is_file()]


def test_what_no_row_knows_goes_after_a_day(client: Client, on_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    upload(client, make_task(client)["id"], {"a.jpg": picture()})
    strange = on_disk / "annotation" / "nobodys"
    strange.mkdir()
    (strange / "1").write_bytes(b"x")
    for folder in (on_disk / "annotation").iterdir():
        os.utime(folder, (0, 0))
    drop_leftovers(None)
    assert not strange.exists()
    assert len(list((on_disk / "annotation").iterdir())) == 1


def test_clients_may_tell_of_themselves(client: Client) -> None:
    event = {"client_id": "123456", "name": "Load job", "time": "2020-08-04T04:37:17.438Z", "is_active": True}
    answer = send(client, "POST", "server/logs", [{**event, "job_id": 999, "payload": {"x": 1}}])
    assert (answer.status_code, told(answer)[0]["name"]) == (201, "Load job")
    assert send(client, "POST", "server/logs", event).status_code == 400
    fault = {
        "system": "Linux", "client": "Firefox", "time": "2020-08-04T04:37:17.438Z", "client_id": 1, "message": "boom",
        "filename": "http://localhost:8080/main.js", "line": 1, "column": 2, "stack": "", "name": "TypeError",
        "task_id": 999,
    }  # fmt: skip
    assert send(client, "POST", "server/exception", fault).status_code == 201
    assert told(send(client, "POST", "server/exception", {}))["message"] == ["This field is required."]
