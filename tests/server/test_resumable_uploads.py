"""Files in pieces over real connections: a server that is killed in the middle, two who send at once, bodies of no
said length."""

import hashlib
import http.client
import os
import socket
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.running import Server

MIB = 1024 * 1024
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["_Annotation"]:
    running = _Annotation(tmp_path_factory.mktemp("pieces") / "data")
    yield running
    running.server.stop()


class _Annotation:
    """A server, and somebody who makes tasks there."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = Server(data, "--demo")
        status, said = self.server.ask("/api/v1/auth/login", {"username": "admin", "password": "admin8888"})
        assert status == 200
        self.key = {"Authorization": f"Token {said['key']}"}
        self.task = self.new_task()

    def new_task(self) -> int:
        status, said = self.server.ask("/api/v1/tasks", {"name": "large", "labels": [{"name": "car"}]}, **self.key)
        assert status == 201
        return int(said["id"])

    def begin(self, name: str, size: int) -> str:
        metadata = f"filename {b64encode(name.encode()).decode()}"
        path = f"/api/v1/tasks/{self.task}/data/uploads"
        status, headers = self.send("POST", path, b"", {"Upload-Length": str(size), "Upload-Metadata": metadata})
        assert status == 201
        return str(headers["Location"])

    def send(self, verb: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(verb, path, body, {**TUS, **self.key, **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            connection.close()

    def proceed(self, address: str, offset: int, body: Any) -> tuple[int, Any]:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return self.send("PATCH", address, body, headers)

    def offset_of(self, address: str) -> int:
        status, headers = self.send("HEAD", address, None, {})
        assert status == 200
        return int(headers["Upload-Offset"])

    def break_off(self, address: str, offset: int, content: bytes, *, said: int) -> socket.socket:
        """Say that so many bytes come, and send fewer."""
        key = self.key["Authorization"]
        head = (
            f"PATCH {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {key}\r\nTus-Resumable: 1.0.0\r\n"
            f"Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {said}\r\n\r\n"
        )
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        connection.sendall(head.encode() + content)
        return connection

    def length_on_disk(self, address: str) -> int:
        return (self.data / "files" / "annotation-pieces" / address.rpartition("/")[2]).stat().st_size


def _pictures() -> dict[str, bytes]:
    found = {}
    for number in range(4):
        target = BytesIO()
        Image.frombytes("RGB", (800, 600), os.urandom(800 * 600 * 3)).save(target, "PNG", compress_level=0)
        found[f"day/{number}.png"] = target.getvalue()
    return found


def _zipped(pictures: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_file_survives_a_broken_connection_and_the_death_of_the_server(server: _Annotation) -> None:
    pictures = _pictures()
    content = _zipped(pictures)
    address = server.begin("pictures.zip", len(content))
    status, headers = server.proceed(address, 0, content[:MIB])
    assert (status, headers["Upload-Offset"]) == (204, str(MIB))

    server.break_off(address, MIB, content[MIB : 3 * MIB], said=len(content) - MIB).close()
    server.server.wait_until(lambda: server.length_on_disk(address) == 3 * MIB)
    assert server.offset_of(address) == 3 * MIB

    hanging = server.break_off(address, 3 * MIB, content[3 * MIB : 4 * MIB + 77], said=len(content) - 3 * MIB)
    server.server.wait_until(lambda: server.length_on_disk(address) >= 4 * MIB)
    server.server.kill()
    hanging.close()
    server.server = Server(server.data, "--demo")
    there = server.offset_of(address)
    assert 4 * MIB <= there <= 4 * MIB + 77
    status, headers = server.proceed(address, there, content[there:])
    assert (status, headers["Upload-Offset"]) == (204, str(len(content)))

    body = {"image_quality": 70, "resumable_files": [address]}
    assert server.server.ask(f"/api/v1/tasks/{server.task}/data", body, **server.key)[0] == 202
    path = f"/api/v1/tasks/{server.task}"
    server.server.wait_until(lambda: server.server.ask(f"{path}/status", **server.key)[1]["state"] == "Finished")
    for number, name in enumerate(sorted(pictures)):
        asked = f"{path}/data?type=frame&quality=original&number={number}"
        assert server.server.ask(asked, **server.key)[1] == pictures[name]
    assert list((server.data / "files" / "annotation-pieces").iterdir()) == []


def test_of_those_who_send_at_once_one_goes_on_and_nobody_writes_over_what_is_there(server: _Annotation) -> None:
    contents = [os.urandom(12 * MIB) for _ in range(3)]
    address = server.begin("a.bin", 12 * MIB)
    answers: dict[int, tuple[int, Any]] = {}
    barrier = threading.Barrier(3)

    def one(number: int) -> None:
        barrier.wait(timeout=20)
        answers[number] = server.proceed(address, 0, _Slowly(contents[number]))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers.values()) == [204, 409, 409]
    [winner] = [number for number, (status, _) in answers.items() if status == 204]
    kept = (server.data / "files" / "annotation-pieces" / address.rpartition("/")[2]).read_bytes()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(contents[winner]).digest()
    assert server.offset_of(address) == 12 * MIB
    assert server.send("DELETE", address, None, {})[0] == 204


class _Slowly:
    """A body that comes in pieces; its length is known."""

    def __init__(self, content: bytes) -> None:
        self._file, self._length = BytesIO(content), len(content)

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        return self._file.read(64 * 1024)


def test_a_body_may_come_without_its_length(server: _Annotation) -> None:
    content = os.urandom(3 * MIB)
    address = server.begin("a.bin", len(content))
    pieces = (content[start : start + 100_000] for start in range(0, len(content), 100_000))
    status, headers = server.proceed(address, 0, pieces)
    assert (status, headers["Upload-Offset"]) == (204, str(len(content)))
    kept = (server.data / "files" / "annotation-pieces" / address.rpartition("/")[2]).read_bytes()
    assert kept == content
    assert server.proceed(address, len(content), iter([b"more"]))[0] == 413
