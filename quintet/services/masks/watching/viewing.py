"""What web processes see of cameras: they ask the watcher that reads each."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from quintet.services.masks import conf
from quintet.services.masks.errors import NothingToSee, TooManyViewers
from quintet.services.masks.models import Camera
from quintet.services.masks.queries import is_read
from quintet.services.masks.watching import protocol

_seated = 0
_seating = threading.Lock()

Message = tuple[dict[str, Any], bytes]
Write = Callable[[dict[str, Any], bytes], bytes]


def _take_seat() -> None:
    global _seated
    with _seating:
        if _seated >= conf.CAMERA_STREAMS.value:
            raise TooManyViewers("every place is taken")
        _seated += 1


def _leave_seat() -> None:
    global _seated
    with _seating:
        _seated -= 1


class Stream:
    """A camera as it goes on, as bytes for a streaming answer. It holds one of MASKS_CAMERA_STREAMS places until it is
    closed, which happens at its end or when the viewer has gone.

    write     from a message to what is sent; nothing for what is not
    may_go_on asked before each message
    """

    def __init__(
        self,
        camera: Camera,
        want: str,
        write: Write,
        *,
        may_go_on: Callable[[], bool],
    ) -> None:
        """Raises TooManyViewers, NothingToSee."""
        self._write, self._may_go_on = write, may_go_on
        self._is_closed = False
        _take_seat()
        try:
            self._connection = _asked(camera, {"want": want, "camera": camera.pk})
        except NothingToSee:
            _leave_seat()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Blocks until there is something to send; the watcher says something every two seconds."""
        while not self._is_closed:
            try:
                header, content = protocol.receive(self._connection)
            except (OSError, EOFError):
                break
            if header.get("kind") == "end" or not self._may_go_on():
                break
            if said := self._write(header, content):
                return said
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Leave the place. Done twice it is done once."""
        if not self._is_closed:
            self._is_closed = True
            with suppress(OSError):
                self._connection.close()
            _leave_seat()


def snapshot(camera: Camera) -> Message:
    """The newest look, its JPEG with boxes. Raises NothingToSee."""
    with _asked(camera, {"want": "snapshot", "camera": camera.pk}) as connection:
        try:
            header, content = protocol.receive(connection)
        except (OSError, EOFError) as gone:
            raise NothingToSee("the watcher has gone") from gone
    if header.get("kind") != "look":
        raise NothingToSee("no picture has come yet")
    return header, content


def seen_now(cameras: Iterable[Camera]) -> dict[int, dict[str, Any]]:
    """What each of the cameras shows just now: its state and the newest look, as the watcher describes them. Cameras
    that nobody reads, or whose watcher is silent, are left out."""
    at: dict[str, list[int]] = {}
    for camera in cameras:
        if is_read(camera):
            at.setdefault(camera.watcher, []).append(camera.pk)
    found: dict[int, dict[str, Any]] = {}
    for address, ids in at.items():
        with suppress(OSError, EOFError), protocol.connect(address) as connection:
            protocol.send(connection, {"want": "now", "cameras": ids})
            told = protocol.receive(connection)[0].get("cameras", {})
            found |= {number: told[str(number)] for number in ids if told.get(str(number))}
    return found


def _asked(camera: Camera, what: dict[str, Any]) -> Connection:
    if not is_read(camera):
        raise NothingToSee("nobody reads that camera")
    try:
        connection = protocol.connect(camera.watcher)
        protocol.send(connection, what)
    except OSError as gone:
        raise NothingToSee("the watcher has gone") from gone
    return connection
