"""Watching: who reads a camera, what is seen of it, and when that ends."""

import io
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from quintet.core import conf
from quintet.services.masks.actions import give_cameras_back, keep_cameras, write_state
from quintet.services.masks.api import cameras as api
from quintet.services.masks.models import Camera, CameraEvent, CameraMinute, Tally
from quintet.services.masks.tests.camera_sources import HTTPCamera, wait_until
from quintet.services.masks.tests.camera_watching import (
    BARE,
    MASKED,
    Seer,
    make_watched,
    wait_until_seen,
    watching,
    watching_elsewhere,
)
from quintet.services.masks.tests.makers import make_person, post, signed_in
from quintet.services.masks.watching import protocol
from quintet.services.masks.watching import watcher as watcher_module

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Iterator[HTTPCamera]:
    with HTTPCamera() as found:
        yield found


@pytest.fixture(autouse=True)
def quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "_TURN_SECONDS", 0.05)


def streamed(response: Any) -> Iterator[bytes]:
    """What comes, as it comes."""
    return iter(response.streaming_content)


def parts(stream: Iterator[bytes]) -> Iterator[bytes]:
    """The JPEGs of a stream, as they come."""
    for said in stream:
        if b"image/jpeg" in said:
            yield said.partition(b"\r\n\r\n")[2][:-2]


def events(stream: Iterator[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events, as they come."""
    for said in stream:
        name, _, told = said.decode().strip().partition("\n")
        yield name.removeprefix("event: "), json.loads(told.removeprefix("data: "))


def test_a_camera_that_is_read_shows_what_it_sees(camera: HTTPCamera) -> None:
    root = make_person("root", administrator=True)
    row, browser = make_watched(root, camera.address), signed_in(root)
    with watching(Seer(MASKED, BARE)) as watcher:
        wait_until_seen(watcher, row)
        wait_until(lambda: Camera.objects.get().state == "live")
        shown = browser.get(f"/mask_detect/cameras/{row.pk}/").json()["camera"]
        assert (shown["state"], shown["why"]) == ("live", "")
        assert shown["now"]["counts"] == {"with_mask": 1, "without_mask": 1, "mask_worn_incorrect": 0}
        assert (shown["now"]["width"], shown["now"]["height"]) == (64, 48)
        assert shown["now"]["latency_ms"] < 5000
        listed = browser.get("/mask_detect/cameras/").json()["results"]
        assert [(found["camera_id"], found["state"]) for found in listed] == [(row.pk, "live")]
        response = browser.get(f"/mask_detect/cameras/{row.pk}/snapshot.jpg")
        assert response.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(response.content)) as picture:
            assert picture.size == (64, 48)
    # Somebody may take it at once, and nobody is told that it is live.
    row.refresh_from_db()
    assert row.lease_until is None
    assert browser.get(f"/mask_detect/cameras/{row.pk}/").json()["camera"]["state"] == "connecting"
    # What was seen until then has been written down, for the camera and for its owner's statistics.
    minutes = CameraMinute.objects.all()
    assert sum(minute.looks for minute in minutes) > 0
    assert {(minute.most_faces, minute.most_with_mask, minute.most_without_mask) for minute in minutes} == {(2, 1, 1)}
    assert Tally.objects.filter(owner=root, source="camera", without_mask__gt=0).exists()


def test_two_who_watch_one_camera_have_it_decoded_and_drawn_once(camera: HTTPCamera) -> None:
    root = make_person("root", administrator=True)
    row, seer = make_watched(root, camera.address), Seer(MASKED)
    with watching(seer) as watcher:
        wait_until_seen(watcher, row)
        streams = [signed_in(root).get(f"/mask_detect/cameras/{row.pk}/stream.mjpeg") for _ in range(2)]
        assert streams[0].headers["Content-Type"].startswith("multipart/x-mixed-replace; boundary=")
        seen: list[set[bytes]] = [set(), set()]

        def watch(number: int) -> None:
            for jpeg in parts(streamed(streams[number])):
                seen[number].add(jpeg)
                if len(seen[number]) >= 5:
                    break
            connection.close()

        threads = [threading.Thread(target=watch, args=(number,)) for number in range(2)]
        before = seer.looks
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(seen[0]) == len(seen[1]) == 5
        # The very same bytes, at most one frame apart; and no more looks than for one of them.
        assert len(seen[0] & seen[1]) >= 3
        assert seer.looks - before <= 12
        assert camera.connections == 1
        for stream in streams:
            stream.close()


def test_detections_come_as_server_sent_events(camera: HTTPCamera) -> None:
    root = make_person("root", administrator=True)
    row = make_watched(root, camera.address)
    with watching(Seer(BARE)) as watcher:
        wait_until_seen(watcher, row)
        response = signed_in(root).get(f"/mask_detect/cameras/{row.pk}/detections")
        assert response.headers["Content-Type"].startswith("text/event-stream")
        stream = events(streamed(response))
        assert next(stream)[0] == "state"
        name, told = next(stream)
        assert name == "detections"
        assert [(face["class"], face["box"]) for face in told["faces"]] == [("without_mask", [30, 4, 46, 24])]
        camera.close()
        assert next(told["state"] for name, told in stream if name == "state" and told["state"] != "live") == "lost"
        response.close()


def test_a_full_house_says_so_and_a_place_that_was_left_is_free(camera: HTTPCamera, settings: Any) -> None:
    settings.QUINTET_MASKS_CAMERA_STREAMS = 1
    root = make_person("root", administrator=True)
    row, browser = make_watched(root, camera.address), signed_in(root)
    path = f"/mask_detect/cameras/{row.pk}/stream.mjpeg"
    with watching() as watcher:
        wait_until_seen(watcher, row)
        first = browser.get(path)
        assert browser.get(path).json() == {"state": "error", "msg": "too many viewers"}
        first.close()  # nothing of it was ever read
        second = browser.get(path)
        assert next(parts(streamed(second)))
        second.close()


@pytest.mark.parametrize("how", ["signs out", "is disabled", "loses the camera", "the camera is deleted"])
def test_a_stream_ends_when_its_viewer_may_not_see_it_any_more(
    camera: HTTPCamera, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(api, "_LOOK_AGAIN_SECONDS", 0.2)
    root, alice = make_person("root", administrator=True), make_person()
    row, browser = make_watched(root, camera.address), signed_in(alice)
    Camera.objects.update(owner=alice)
    with watching() as watcher:
        wait_until_seen(watcher, row)
        stream = browser.get(f"/mask_detect/cameras/{row.pk}/stream.mjpeg")
        frames = streamed(stream)
        assert next(parts(frames))
        if how == "signs out":
            browser.get("/login_register/logout/")
        elif how == "is disabled":
            type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        elif how == "loses the camera":
            post(signed_in(root), f"/mask_detect/cameras/{row.pk}/unbind/", {})
        else:
            signed_in(root).delete(f"/mask_detect/cameras/{row.pk}/")
        for _ in frames:
            pass
        stream.close()


def test_a_stream_ends_when_the_watcher_does(camera: HTTPCamera) -> None:
    root = make_person("root", administrator=True)
    row, browser = make_watched(root, camera.address), signed_in(root)
    with watching() as watcher:
        wait_until_seen(watcher, row)
        stream = browser.get(f"/mask_detect/cameras/{row.pk}/stream.mjpeg")
        frames = streamed(stream)
        assert next(parts(frames))
    for _ in frames:
        pass
    stream.close()


def test_somebody_unmasked_is_an_event_with_a_snapshot(camera: HTTPCamera, settings: Any) -> None:
    root, alice = make_person("root", administrator=True), make_person()
    row, browser = make_watched(root, camera.address), signed_in(alice)
    Camera.objects.update(owner=alice)
    with watching(Seer(MASKED, BARE)):
        wait_until(lambda: CameraEvent.objects.exists())
        page = browser.get(f"/mask_detect/cameras/{row.pk}/events/").json()
        # Quiet afterwards, however long the person stands there.
        assert page["count"] == 1
        (event,) = page["results"]
        assert [face["class"] for face in event["faces"]] == ["with_mask", "without_mask"]
        response = browser.get(event["snapshot"])
        with Image.open(io.BytesIO(b"".join(streamed(response)))) as picture:
            assert picture.size == (event["width"], event["height"])
    # The next owner learns nothing of it, whoever had it keeps nothing, and administrators see it.
    post(browser, f"/mask_detect/cameras/{row.pk}/unbind/", {})
    bob = make_person("bob")
    post(signed_in(bob), "/mask_detect/user_add_camera/", {"camera_id": row.pk})
    assert browser.get(event["snapshot"]).json() == {"state": "error"}
    assert Camera.objects.get().owner == bob
    Camera.objects.update(bound_at=CameraEvent.objects.get().at.replace(year=2099))
    assert signed_in(bob).get(f"/mask_detect/cameras/{row.pk}/events/").json()["results"] == []
    assert signed_in(bob).get(event["snapshot"]).json() == {"state": "error"}
    assert signed_in(root).get(f"/mask_detect/cameras/{row.pk}/events/").json()["count"] == 1


def test_of_two_watchers_one_reads_a_camera_and_the_other_when_that_one_was_killed(
    camera: HTTPCamera, settings: Any
) -> None:
    settings.QUINTET_MASKS_CAMERA_LEASE_SECONDS = 2
    root = make_person("root", administrator=True)
    row = make_watched(root, camera.address)
    with watching_elsewhere(lease_seconds=2) as other:
        wait_until(lambda: Camera.objects.get().state == "live", seconds=30)
        held = Camera.objects.get()
        with watching() as watcher:
            wait_until(lambda: Camera.objects.get().lease_until != held.lease_until)  # renewed
            assert watcher.watched == {}
            assert (Camera.objects.get().watcher, camera.connections) == (held.watcher, 1)
            other.kill()
            wait_until_seen(watcher, row)
            assert (Camera.objects.get().watcher, camera.connections) == (watcher.address, 2)


def test_who_has_lost_a_lease_reads_and_writes_no_more(camera: HTTPCamera) -> None:
    row = make_watched(make_person("root", administrator=True), camera.address)
    with watching() as watcher:
        wait_until_seen(watcher, row)
        lease = Camera.objects.get().lease
        # As if another process had taken it while this one slept.
        Camera.objects.update(lease=lease + 1, watcher="unix:elsewhere", state="live")
        wait_until(lambda: not watcher.watched)
        write_state(row.pk, lease, state="lost", why="stale")
        give_cameras_back([(row.pk, lease)])
        assert keep_cameras([(row.pk, lease)]) == set()
    row.refresh_from_db()
    assert (row.state, row.watcher, row.lease_until is None) == ("live", "unix:elsewhere", False)


def test_a_lease_that_cannot_be_renewed_is_not_used_any_more(camera: HTTPCamera, settings: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("locks a SQLite file")
    settings.QUINTET_MASKS_CAMERA_LEASE_SECONDS = 2
    row = make_watched(make_person("root", administrator=True), camera.address)
    with watching() as watcher:
        wait_until_seen(watcher, row)
        held = watcher.watched[row.pk]
        # Somebody holds the database for longer than the lease, which another process may have taken by then.
        with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            wait_until(lambda: not held.eye.is_alive() and held.reader and not held.reader.is_alive())
            assert camera.connections == 1
            other.execute("ROLLBACK")
        other.close()
        wait_until(lambda: watcher.watched.get(row.pk) not in (None, held))
        wait_until_seen(watcher, row)


def test_a_changed_source_is_read_and_the_old_one_let_go(camera: HTTPCamera) -> None:
    root = make_person("root", administrator=True)
    row, browser = make_watched(root, camera.address), signed_in(root)
    with HTTPCamera() as second, watching() as watcher:
        wait_until_seen(watcher, row)
        post(browser, f"/mask_detect/cameras/{row.pk}/", {"source": second.address})
        wait_until(lambda: second.connections)
        sent = camera.sent
        wait_until_seen(watcher, row)
        wait_until(lambda: second.sent > 20)
        assert camera.sent - sent < 20
        post(browser, f"/mask_detect/cameras/{row.pk}/", {"source": ""})
        wait_until(lambda: not watcher.watched)


def test_only_who_knows_the_key_is_let_in(camera: HTTPCamera, settings: Any) -> None:
    with watching() as watcher:
        address = watcher.address
        protocol.connect(address).close()
        settings.SECRET_KEY = "another"
        stranger = protocol._connected(address)
        stranger.settimeout(5)
        stranger.recv(36)
        stranger.sendall((64).to_bytes(4, "big") + b"?" * 64)
        assert stranger.recv(1) == b""
        stranger.close()


def test_a_watcher_may_listen_on_tcp(camera: HTTPCamera, settings: Any) -> None:
    settings.QUINTET_MASKS_WATCHER = "127.0.0.1:0"
    root = make_person("root", administrator=True)
    row, browser = make_watched(root, camera.address), signed_in(root)
    with watching() as watcher:
        assert watcher.address.startswith("tcp:127.0.0.1:")
        wait_until_seen(watcher, row)
        response = browser.get(f"/mask_detect/cameras/{row.pk}/snapshot.jpg")
        assert response.headers["Content-Type"] == "image/jpeg"


def test_the_socket_is_the_owners_alone_and_goes_with_the_watcher() -> None:
    with watching() as first, watching() as second:
        path = Path(first.address.removeprefix("unix:"))
        assert path.stat().st_mode & 0o077 == 0
        # Neither takes away what the other listens at.
        assert Path(second.address.removeprefix("unix:")).exists()
    assert not path.exists()


def test_the_socket_of_a_watcher_that_was_killed_is_swept_away() -> None:
    folder = Path(conf.DATA.value).absolute() / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    left = folder / "watcher-1-dead.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(left))
    with watching():
        assert not left.exists()
