"""Where web processes ask a watcher."""

import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from quintet.services.masks.watching import protocol
from quintet.services.masks.watching.board import Board
from quintet.services.masks.watching.eye import Eye

_MOST_VISITORS = 256
# Longer paths are none for a Unix socket.
_LONGEST_PATH = 100
_SNAPSHOT_SECONDS = 3.0

Find = Callable[[int], Eye | None]


class Door:
    """Listens, and serves each visitor in a thread.

    find     the eye that looks at a camera; None for a camera that is not read here
    listen   host:port; empty: a Unix socket in `folder` that nobody else's processes can open
    """

    def __init__(self, find: Find, *, listen: str, folder: Path) -> None:
        self._find = find
        self._visitors = threading.BoundedSemaphore(_MOST_VISITORS)
        self._path: Path | None = None
        if listen:
            host, _, port = listen.rpartition(":")
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host.strip("[]"), int(port)), family=family)
            self.address = f"tcp:{host}:{self._socket.getsockname()[1]}"
        else:
            self._path = _socket_path(folder)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.bind(str(self._path))
            self._path.chmod(0o600)
            self._socket.listen(64)
            self.address = f"unix:{self._path}"
        self._thread = threading.Thread(target=self._listen, name="door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            if self._path.parent.name.startswith("quintet-watcher-"):
                with suppress(OSError):
                    self._path.parent.rmdir()

    def _listen(self) -> None:
        while True:
            try:
                found, _ = self._socket.accept()
            except OSError:
                return
            if not self._visitors.acquire(blocking=False):
                found.close()
                continue
            threading.Thread(
                target=self._serve, args=(Connection(found.detach()),), name="visitor", daemon=True
            ).start()

    def _serve(self, connection: Connection) -> None:
        # A visitor who leaves, in whatever way, is no event.
        try:
            with suppress(OSError, EOFError), connection:
                protocol.check_visitor(connection)
                asked, _ = protocol.receive(connection, longest=protocol.LONGEST_REQUEST)
                self._answer(connection, asked)
        finally:
            self._visitors.release()

    def _answer(self, connection: Connection, asked: dict[str, Any]) -> None:
        want = asked.get("want")
        if want == "now":
            cameras = [number for number in asked.get("cameras", []) if isinstance(number, int)]
            protocol.send(
                connection, {"kind": "now", "cameras": {str(number): self._now(number) for number in cameras}}
            )
            return
        eye = self._find(asked["camera"]) if isinstance(asked.get("camera"), int) else None
        if eye is None:
            protocol.send(connection, {"kind": "end"})
        elif want == "snapshot":
            _send_snapshot(connection, eye.board)
        else:
            _send_all(connection, eye.board, with_pictures=want == "frames")

    def _now(self, camera: int) -> dict[str, object] | None:
        eye = self._find(camera)
        if eye is None:
            return None
        look = eye.board.look if eye.board.state == "live" else None
        seen = {**look.described(), "looks_per_second": eye.looks_per_second()} if look else None
        return {**eye.board.described(), "seen": seen}


def _send_snapshot(connection: Connection, board: Board) -> None:
    board.wait_for_look(_SNAPSHOT_SECONDS)
    look = board.look
    if look is None:
        protocol.send(connection, {"kind": "end"})
    else:
        protocol.send(connection, {"kind": "look", **board.described(), **look.described()}, look.jpeg())


def _send_all(connection: Connection, board: Board, *, with_pictures: bool) -> None:
    version = -1
    shown, said = None, None
    while (newer := board.wait(version, protocol.HEARTBEAT_SECONDS)) is not None:
        version = newer
        state = board.described()
        if state != said or board.look is shown:
            # Also a heartbeat, when nothing has changed.
            protocol.send(connection, {"kind": "state", **state})
            said = state
        if (look := board.look) is not None and look is not shown:
            shown = look
            protocol.send(connection, {"kind": "look", **look.described()}, look.jpeg() if with_pictures else b"")


def _socket_path(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("watcher-*.sock"):
        _remove_if_dead(left)
    name = f"watcher-{os.getpid()}-{secrets.token_hex(3)}.sock"
    if len(str(folder / name)) <= _LONGEST_PATH:
        return folder / name
    return Path(tempfile.mkdtemp(prefix="quintet-watcher-")) / name


def _remove_if_dead(path: Path) -> None:
    """Whoever was killed could not take their socket away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
