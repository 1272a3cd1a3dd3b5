"""Bytes of a file that comes in pieces: put behind those that are there, by one writer at a time, and kept for good
before anybody is told so.

The length of the file is the truth. A process that dies in the middle of a piece leaves what it has written, and that
counts. Two who write at once see each other before each write: one of them goes on, the other is told where the file
ends.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from quintet.core.errors import NotFound
from quintet.services.annotation.errors import ChecksumDiffers, OffsetDiffers, OverLimit

Read = Callable[[int], bytes]
_AT_ONCE = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def make(path: Path) -> None:
    """An empty file, whose name survives a power cut."""
    with path.open("xb") as made:
        os.fsync(made.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def length_now(path: Path) -> int:
    """How many bytes are there, whether a power cut would leave them or not. Raises NotFound."""
    with _opened(path) as file:
        return os.fstat(file.fileno()).st_size


def length_of(path: Path) -> int:
    """How many bytes are there for good. Raises NotFound."""
    with _opened(path) as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size


def append(path: Path, read: Read, *, at: int, most: int, over: OverLimit) -> int:
    """Put what is read behind the first `at` bytes; where the file ends then.

    most   what the file may have in the end; `over` is raised when it would be more

    What was read before something went wrong is kept. Raises NotFound, OffsetDiffers, OverLimit.
    """
    with _opened(path) as file:
        end = at
        _refuse_another_offset(file, at)
        try:
            while piece := read(_AT_ONCE):
                if end + len(piece) > most:
                    raise over
                _write(file, piece, end)
                end += len(piece)
        finally:
            os.fsync(file.fileno())
        return end


def append_checked(
    path: Path, read: Read, *, at: int, most: int, over: OverLimit, checksum: tuple[str, bytes]
) -> int:  # fmt: skip
    """The same of a piece of which nothing is kept unless its checksum holds (algorithm, sum).

    Raises ChecksumDiffers as well.
    """
    with _opened(path) as file:
        _refuse_another_offset(file, at)
    apart = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        with apart.open("w+b") as piece:
            length = _copied(read, piece, most=most - at, over=over, checksum=checksum)
            piece.seek(0)
            return append(path, piece.read, at=at, most=at + length, over=over)
    finally:
        apart.unlink(missing_ok=True)


def _copied(read: Read, target: BinaryIO, *, most: int, over: OverLimit, checksum: tuple[str, bytes]) -> int:
    name, wanted = checksum
    found, length = hashlib.new(name, usedforsecurity=False), 0
    while piece := read(_AT_ONCE):
        length += len(piece)
        if length > most:
            raise over
        found.update(piece)
        with _room():
            target.write(piece)
    if found.digest() != wanted:
        raise ChecksumDiffers(f"The {name} of these {length} bytes is another.")
    return length


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError as gone:
        raise NotFound("the file is not on this machine any more") from gone
    with file:
        yield file


def _refuse_another_offset(file: BinaryIO, at: int) -> None:
    there = os.fstat(file.fileno()).st_size
    if there != at:
        raise OffsetDiffers(there)


def _write(file: BinaryIO, piece: bytes, at: int) -> None:
    number, left = file.fileno(), memoryview(piece)
    # Held for one write alone: who is slow to send must not keep others out, and who died keeps nobody out.
    fcntl.flock(number, fcntl.LOCK_EX)
    try:
        _refuse_another_offset(file, at)
        with _room():
            while left:
                written = os.pwrite(number, left, at)
                at, left = at + written, left[written:]
    finally:
        fcntl.flock(number, fcntl.LOCK_UN)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as full:
        if full.errno in _FULL:
            raise OverLimit("There is no room left on this server's disk.") from full
        raise


def room_left(folder: Path) -> int:
    """Free bytes on the disk."""
    return shutil.disk_usage(folder).free
