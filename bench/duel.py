"""Two servers side by side: one worker each, pinned to one core, asked in turns; compared by CPU time per request.

CPU time is that of the server's whole process tree, from the kernel's books, so that other programs on the machine
change it little.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench import Row
from bench.fill import PASSWORD, USERNAME
from quintet.core.testing.engines import a_database, postgres_address

OURS, PLAIN = "quintet.server.wsgi:application", "bench.plain_goods.wsgi:application"
ROUNDS = 5
# As much CPU time per round and server as makes the kernel's ticks of 10 ms small against it.
CPU_SECONDS_PER_ROUND = 0.5
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Request:
    """What to ask a server."""

    verb: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Server:
    """A running server and a connection to it."""

    def __init__(self, process_id: int, port: int) -> None:
        self.process_id = process_id
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, request: Request) -> bytes:
        """Raises RuntimeError unless the answer is a 2xx."""
        self.connection.request(request.verb, request.path, request.body or None, dict(request.headers))
        answer = self.connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{request.verb} {request.path} answered {answer.status}: {content[:200]!r}")
        return content

    def cpu_seconds(self) -> float:
        """Of the process and all below it, so far."""
        return sum(_cpu_seconds(process_id) for process_id in _tree(self.process_id))

    def cost(self, request: Request, times: int) -> float:
        """CPU seconds of one request, as a mean of so many."""
        # A new connection each time: the server closes one that was idle while the other server was asked.
        self.connection.close()
        before = self.cpu_seconds()
        for _ in range(times):
            self.ask(request)
        return (self.cpu_seconds() - before) / times

    def times_for(self, request: Request) -> int:
        """How many requests take about CPU_SECONDS_PER_ROUND."""
        self.cost(request, 5)  # first requests compile, connect and fill caches
        times = 5
        while (spent := self.cost(request, times) * times) < CPU_SECONDS_PER_ROUND / 4:
            times *= 2
        return max(5, round(times * CPU_SECONDS_PER_ROUND / spent))


def _tree(process_id: int) -> Iterator[int]:
    yield process_id
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _cpu_seconds(process_id: int) -> float:
    # Fields 14 and 15, user and system time; the second field may hold spaces and ends with the last parenthesis.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def served(which: str, *, database: str = "") -> Iterator[Server]:
    """`ours` or `plain`, filled with the same goods, on SQLite or in the PostgreSQL database that is named."""
    application = OURS if which == "ours" else PLAIN
    with tempfile.TemporaryDirectory(prefix="quintet-bench-") as data, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "QUINTET_DATA": data, "QUINTET_EXPOSURE": "loopback", "QUINTET_JOBS": "celery"}
        environment["QUINTET_DATABASE"] = database
        subprocess.run([sys.executable, "-m", "bench.fill", which], env=environment, check=True)
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1"]
        command += ["--port", str(port), "--log-level", "warning", "--no-ws", application]
        core = {max(os.sched_getaffinity(0))}
        process = subprocess.Popen(command, env=environment, preexec_fn=lambda: os.sched_setaffinity(0, core))
        try:
            _wait_until_it_listens(port, process)
            yield Server(process.pid, port)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not listen")


@contextmanager
def both(engine: str) -> Iterator[tuple[Server, Server]]:
    """Ours and the plain one, on `SQLite` or `PostgreSQL`."""
    with ExitStack() as stack:
        databases = [stack.enter_context(a_database()) if engine == "PostgreSQL" else "" for _ in range(2)]
        ours, plain = (
            stack.enter_context(served(which, database=database))
            for which, database in zip(("ours", "plain"), databases, strict=True)
        )
        yield ours, plain


def engines() -> list[str]:
    """What both can be compared on here."""
    return ["SQLite", "PostgreSQL"] if postgres_address() else ["SQLite"]


def logged_in(server: Server, path: str, key: str, scheme: str) -> tuple[tuple[str, str], ...]:
    """The headers of the one person there is: `key` is where the answer of `path` holds the token."""
    answer = orjson.loads(server.ask(login(path)))
    return (("Authorization", f"{scheme} {answer[key]}"),)


def login(path: str) -> Request:
    """Signing in."""
    body = orjson.dumps({"username": USERNAME, "password": PASSWORD})
    return Request("POST", path, body, (("Content-Type", "application/json"),))


def compared(
    what: str,
    against: str,
    ours: tuple[Server, Request],
    rival: tuple[Server, Request],
    *,
    same: Callable[[bytes, bytes], bool] | None = None,
) -> Row:
    """In rounds, one after the other. `same` says whether both answers tell the same; raises RuntimeError if not."""
    (our_server, our_request), (their_server, their_request) = ours, rival
    if same is not None and not same(our_server.ask(our_request), their_server.ask(their_request)):
        raise RuntimeError(f"{what}: the two servers answer differently")
    our_times, their_times = our_server.times_for(our_request), their_server.times_for(their_request)
    ratios = [
        their_server.cost(their_request, their_times) / our_server.cost(our_request, our_times) for _ in range(ROUNDS)
    ]
    return Row(what, against, statistics.median(ratios), "CPU time per request", min(ratios), max(ratios))
