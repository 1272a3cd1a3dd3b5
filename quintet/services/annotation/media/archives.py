"""ZIP and TAR: the pictures in them, each as a file."""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from quintet.services.annotation.media.errors import BadMedia
from quintet.services.annotation.media.kinds import IMAGE, kind_of

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
_PIECE = 256 * 1024
# What an archive may hold however small it is, and how many times its own size.
_LEAST_LIMIT, _TIMES = 2 * 1024**3, 50


def unpack(archive: Path, name: str, into: Path) -> list[tuple[str, Path]]:
    """Every picture in the archive: its path there, and the file in `into` that now holds it; in order of the paths.

    Raises BadMedia: unreadable, of a kind that is not read, or larger inside than anybody means.
    """
    limit = max(_LEAST_LIMIT, _TIMES * archive.stat().st_size)
    found: list[tuple[str, Path]] = []
    try:
        for inner, opened in _members(archive, name):
            with opened:
                path = into / f"{len(found)}"
                limit -= _copy(opened, path, limit)
            found.append((inner, path))
    except _BROKEN as broken:
        raise BadMedia(f"ValueError: {name} cannot be unpacked") from broken
    if not found:
        raise BadMedia("ValueError: No media data found")
    return sorted(found)


def _members(archive: Path, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (".7z", ".rar", ".cpio"):
        raise BadMedia(f"ValueError: {suffix[1:]} archives are not read here; pack the pictures as ZIP or TAR")
    if suffix == ".zip":
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                if not member.is_dir() and _is_wanted(member.filename):
                    yield clean_path(member.filename), opened.open(member)
        return
    with tarfile.open(archive, mode="r:*") as tar:
        for entry in tar:
            if entry.isfile() and _is_wanted(entry.name):
                yield clean_path(entry.name), tar.extractfile(entry) or io.BytesIO()


def _is_wanted(name: str) -> bool:
    # Macs put a shadow of each file into archives.
    return kind_of(name) == IMAGE and not name.startswith("__MACOSX/")


def clean_path(name: str) -> str:
    """A path inside an upload: with slashes, not leading out of it.

    >>> clean_path("..\\\\a/./b.jpg")
    'a/b.jpg'
    """
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", ".", "..")]
    return "/".join(parts).replace("\x00", "").encode("utf-8", "replace").decode()[:1024]


def _copy(source: IO[bytes], path: Path, limit: int) -> int:
    size = 0
    with path.open("wb") as target:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise BadMedia("ValueError: The archive holds far more than its size says")
            target.write(piece)
    return size


def pack(members: Iterable[tuple[str, bytes]], path: Path) -> None:
    """Write a ZIP that stores its members as they are, in this order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)


def member_at(archive: IO[bytes], place: int) -> bytes:
    """The member at that place of a ZIP that `pack` wrote. Raises IndexError."""
    with zipfile.ZipFile(archive) as opened:
        return opened.read(opened.infolist()[place])
