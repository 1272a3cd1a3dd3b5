"""Cameras on a real server: the worker starts who reads them, web processes show them, and nobody is left behind."""

import os
import signal
import socket
import time
from pathlib import Path

from quintet.services.masks.tests.camera_sources import HTTPCamera
from tests.cli.running import Person, Server, is_running, serving

LIVE_AGAIN_WITHIN_SECONDS = 5.0


def watchers(server: Server) -> list[int]:
    return [pid for pid in server.children() if b"\0watch\0" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_camera_is_watched_through_the_death_of_its_source_and_of_who_reads_it(tmp_path: Path) -> None:
    settings = {"QUINTET_MASKS_CAMERA_LEASE_SECONDS": "2", "QUINTET_MASKS_CAMERA_STREAMS": "2"}
    with HTTPCamera() as source, serving(tmp_path / "data", **settings) as server:
        root = Person(server, "root")
        assert watchers(server) == []  # nobody needs one yet
        root.ask("/mask_detect/create_camera/", {"name": "gate", "source": source.address})

        def state() -> str:
            return str(root.ask("/mask_detect/cameras/")["results"][0]["state"])

        server.wait_until(lambda: state() == "live")
        # Two watch: it is read once, and a third has no place.
        viewers = [root.open("/mask_detect/cameras/1/stream.mjpeg") for _ in range(2)]
        for _, answer in viewers:
            assert answer.headers["Content-Type"].startswith("multipart/x-mixed-replace")
            assert b"image/jpeg" in answer.read(60)
        assert source.connections == 1
        assert root.ask("/mask_detect/cameras/1/stream.mjpeg") == {"state": "error", "msg": "too many viewers"}
        # Others are served meanwhile, and who leaves makes room.
        assert server.ask("/healthz")[0] == 200
        for connection, _ in viewers:
            assert connection.sock is not None
            connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()
        server.wait_until(lambda: can_watch(root))

        source.close()
        server.wait_until(lambda: state() == "lost")
        with HTTPCamera(source.port):
            began = time.monotonic()
            server.wait_until(lambda: state() == "live")
            assert time.monotonic() - began < LIVE_AGAIN_WITHIN_SECONDS

            (first,) = watchers(server)
            os.kill(first, signal.SIGKILL)
            server.wait_until(lambda: watchers(server) not in ([], [first]) and state() == "live")
        # Whoever was started dies with who started them, also when nobody could say goodbye.
        left = server.children()
        assert watchers(server)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        ends_at = time.monotonic() + 20
        while any(is_running(pid) for pid in left) and time.monotonic() < ends_at:
            time.sleep(0.05)
        assert not [pid for pid in left if is_running(pid)]


def can_watch(person: Person) -> bool:
    """Also for a HEAD, which is no viewer."""
    for _ in range(3):
        connection, answer = person.open("/mask_detect/cameras/1/detections", "HEAD")
        answer.read()
        connection.close()
    connection, answer = person.open("/mask_detect/cameras/1/detections")
    is_stream = answer.headers["Content-Type"].startswith("text/event-stream")
    connection.close()
    return is_stream
