"""Real processes for tests of the command line."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0


def quintet(
    *words: str, data: Path | None = None, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    arguments = [*words, *(["--data", str(data)] if data else [])]
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "quintet", *arguments],
        capture_output=True, text=True, input=typed, env=_environment(variables), timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QUINTET_", "DJANGO_"))}
    return {**inherited, **variables}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`quintet serve` in a process of its own."""

    def __init__(self, data: Path, *words: str, **variables: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "quintet", "serve", "--port", str(self.port), "--data", str(data), *words]
        self.log = data.with_suffix(f".{self.port}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=_environment(variables), start_new_session=True
            )
        self.wait_until(lambda: "Quintet is ready" in self.log.read_text(encoding="utf-8"))

    def wait_until(self, is_so: Any) -> None:
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > ends_at:
                raise AssertionError(self.log.read_text(encoding="utf-8"))
            time.sleep(0.05)

    def children(self) -> list[int]:
        """Every process below the server's own: web, its workers, worker."""
        found, new = [], [self.process.pid]
        while new:
            parent = new.pop()
            below = [pid for pid in _processes() if _parent(pid) == parent]
            found += below
            new += below
        return found

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """As the kernel would, at once and without a word: the server and all that it started."""
        for pid in [self.process.pid, *self.children()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(PATIENCE_SECONDS)

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """GET, or POST of JSON; status and answer."""
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
                return response.status, _read(response.read())
        except urllib.error.HTTPError as refused:
            return refused.code, _read(refused.read())


class Person:
    """Somebody signed in at a server."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        account = {"username": name, "password": "long enough 1"}
        server.ask("/login_register/register/", {**account, "authority": True})
        connection = self._connection()
        connection.request("POST", "/login_register/login/", json.dumps(account), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        cookies = [said.partition(";")[0] for name, said in answer.getheaders() if name.lower() == "set-cookie"]
        self.cookie = {"Cookie": "; ".join(cookies)}
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def ask(self, path: str, body: object = None) -> Any:
        return self.server.ask(path, body, **self.cookie)[1]

    def open(
        self, path: str, verb: str = "GET", body: bytes = b"", **headers: str
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._connection()
        connection.request(verb, path, body, {**self.cookie, **headers})
        return connection, connection.getresponse()


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(data: Path, *words: str, **variables: str) -> Iterator[Server]:
    """A server for the length of a block."""
    server = Server(data, *words, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
