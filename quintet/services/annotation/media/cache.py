"""Chunks that were made once, kept on this machine's disk as long as there is room; the longest unused go first."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_LOOKED_AT_EVERY = 16
_locks_guard = threading.Lock()
_locks: dict[str, tuple[threading.Lock, int]] = {}


class ChunkCache:
    """Files by name in one folder. Names are never used for another content.

    most_bytes   what all of them may take; looked at now and then
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes

    def opened(self, name: str) -> BinaryIO | None:
        """The file, if it is there."""
        path = self.folder / name
        try:
            found = path.open("rb")
        except FileNotFoundError:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return found

    def opened_or_made(self, name: str, make: Callable[[Path], None]) -> BinaryIO:
        """The file; `make` writes it when it is not there. Two who ask at once in one process wait for one another."""
        found = self.opened(name)
        while found is None:
            with _alone(str(self.folder / name)):
                if (found := self.opened(name)) is None:
                    self._make(name, make)
                    found = self.opened(name)
        return found

    def _make(self, name: str, make: Callable[[Path], None]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under a name of its own first: nobody ever sees half a file.
        mark = os.urandom(4)
        path = self.folder / f".{mark.hex()}-{name}"
        try:
            make(path)
            path.replace(self.folder / name)
        finally:
            path.unlink(missing_ok=True)
        if mark[0] % _LOOKED_AT_EVERY == 0:
            self.make_room()

    def make_room(self) -> None:
        """Drop the longest unused until a tenth is free, if there is more than may be; leftovers of the dead first."""
        kept: list[tuple[float, int, Path]] = []
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                told = path.stat()
                kept.append((told.st_mtime, told.st_size, path))
        total = sum(size for _, size, _ in kept)
        if total <= self.most_bytes:
            return
        for _, size, path in sorted(kept):
            if total <= self.most_bytes * 0.9:
                return
            path.unlink(missing_ok=True)
            total -= size


def path_of(opened: BinaryIO) -> Path:
    """A path for those who open files themselves; on Linux it holds as long as `opened` is, even if room is made."""
    held = Path(f"/proc/self/fd/{opened.fileno()}")
    return held if held.exists() else Path(opened.name)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with _locks_guard:
        lock, users = _locks.get(name, (threading.Lock(), 0))
        _locks[name] = lock, users + 1
    try:
        with lock:
            yield
    finally:
        with _locks_guard:
            lock, users = _locks.pop(name)
            if users > 1:
                _locks[name] = lock, users - 1
