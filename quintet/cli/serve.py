"""quintet serve: web and worker from one command, both stopped with it."""

import argparse
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from quintet.cli import prepare
from quintet.cli.children import in_a_child
from quintet.cli.failures import CommandFailed

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
# For requests that are answered at once: more would only take the interpreter's lock from one another.
_THREADS = 4
# A process that dies this often in this many seconds is broken, not unlucky.
_DEATHS, _DEATHS_WITHIN_SECONDS = 5, 60.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("serve", help="start web and worker")
    parser.add_argument("--host", default="127.0.0.1", help="the address to bind (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="the port to bind (default: 8000)")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="web processes (default: 1)")
    parser.add_argument("--demo", action="store_true", help="with sample data and admin / admin8888; loopback only")
    parser.add_argument("--no-worker", action="store_true", help="the worker runs elsewhere")
    prepare.add_data(parser)
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Prepare the data folder, start both, and stay until told to stop or until one cannot be kept alive."""
    loopback = _is_loopback(said.host)
    if said.demo and not loopback:
        raise CommandFailed("--demo has a password that everybody knows: bind 127.0.0.1 or leave it out")
    if said.processes < 1:
        raise CommandFailed("--processes must be 1 or more")
    os.environ.setdefault("QUINTET_EXPOSURE", "loopback" if loopback else "network")
    _refuse_taken_port(said.host, said.port)
    folder = prepare.make_data_folder()
    with prepare.hold(folder, alone=False):
        keeper = _Keeper(said, in_a_child(partial(_prepare, demo=said.demo)))
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: keeper.ask_to_stop())
        return keeper.run()


@dataclass(frozen=True)
class _Prepared:
    """What preparing found out.

    threads    of a web process
    greetings  more lines to greet with
    """

    threads: int
    greetings: Sequence[str]


def _prepare(*, demo: bool) -> _Prepared:
    """Bring the data folder up to date."""
    prepare.start_django()
    prepare.bring_tables_up_to_date()
    greetings = []
    if demo:
        from quintet.server.demo import PASSWORD, USERNAME, make_demonstration

        make_demonstration()
        greetings.append(f"Demonstration sign-in 演示账号: {USERNAME} / {PASSWORD}")
    from quintet.services.masks.interface import places_to_watch_cameras

    # Whoever watches a camera holds a thread for as long as they do, and must not keep others from theirs. Threads are
    # started when there is work for them, so that those nobody needs cost nothing.
    return _Prepared(_THREADS + places_to_watch_cameras(), greetings)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, OverflowError) as unknown:
        raise CommandFailed(f"{host}:{port} is no address to bind: {unknown}") from unknown
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as taken:
            raise CommandFailed(f"{host}:{port} cannot be bound: {taken.strerror}") from taken


class _Keeper:
    """Starts web and worker, starts one again that dies, and stops both."""

    def __init__(self, said: argparse.Namespace, prepared: _Prepared) -> None:
        self.said, self.greetings = said, prepared.greetings
        self.commands = {"web": _web_command(said, prepared.threads)}
        if not said.no_worker:
            self.commands["worker"] = [sys.executable, "-m", "quintet", "worker", "--parent", str(os.getpid())]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: dict[str, list[float]] = {name: [] for name in self.commands}
        self.stopping = False

    def ask_to_stop(self) -> None:
        self.stopping = True

    def run(self) -> int:
        try:
            for name in self.commands:
                self._start(name)
            self._wait_until_ready()
            while not self.stopping:
                self._revive_the_dead()
                time.sleep(0.2)
            return 0
        finally:
            self._stop()

    def _start(self, name: str) -> None:
        # A group of its own: Ctrl-C reaches this process alone, which then stops the others in order.
        self.running[name] = subprocess.Popen(self.commands[name], start_new_session=True)

    def _wait_until_ready(self) -> None:
        # 0.0.0.0 and :: are no addresses to call.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.said.host, self.said.host)  # noqa: S104
        address = f"http://{f'[{host}]' if ':' in host else host}:{self.said.port}"
        ends_at = time.monotonic() + _START_SECONDS
        while not self.stopping:
            if _answers(f"{address}/healthz"):
                self._greet(address)
                return
            if self.running["web"].poll() is not None or time.monotonic() > ends_at:
                raise CommandFailed("the web process did not start; what it printed is above")
            time.sleep(0.05)

    def _greet(self, address: str) -> None:
        print(f"Quintet is ready 已就绪: {address}/    (Ctrl-C stops it 停止)", flush=True)
        for line in self.greetings:
            print(line, flush=True)

    def _revive_the_dead(self) -> None:
        for name, process in self.running.items():
            if process.poll() is None:
                continue
            moment = time.monotonic()
            self.deaths[name] = [t for t in self.deaths[name] if moment - t < _DEATHS_WITHIN_SECONDS] + [moment]
            if len(self.deaths[name]) >= _DEATHS:
                raise CommandFailed(f"the {name} process keeps dying; what it printed is above")
            print(f"quintet: the {name} process ended ({process.returncode}); starting it again", file=sys.stderr)
            self._start(name)
            return

    def _stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        ends_at = time.monotonic() + _STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.1, ends_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _web_command(said: argparse.Namespace, threads: int) -> Sequence[str]:
    parts: list[Any] = [
        sys.executable, "-m", "quintet.server", "--interface", "wsgi", "--host", said.host, "--port", said.port,
        "--workers", said.processes, "--blocking-threads", threads, "--no-ws", "--log-level", "warning",
        "--respawn-failed-workers", "--workers-kill-timeout", 10, "quintet.server.entry:application",
    ]  # fmt: skip
    return [str(part) for part in parts]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310  our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
