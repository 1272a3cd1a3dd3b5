"""What an importer reads from: an uploaded file, a ZIP or not; and how names of files find frames of the task."""

import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import IO

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.document import Picture
from quintet.services.annotation.shapes.checks import LabelRule, Rules, Spec, fits
from quintet.services.annotation.shapes.marks import VALUE_MAX_LENGTH, Attribute

MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Target:
    """The task that the annotations come into; as formats.Document has it."""

    labels: Rules
    pictures: list[Picture]
    start: int = 0
    step: int = 1

    @cached_property
    def labels_by_name(self) -> Mapping[str, LabelRule]:
        """Names differ within a task."""
        return {rule.name: rule for rule in self.labels.values()}

    def label(self, name: str) -> LabelRule:
        """Raises BadFile for a label that the task has not."""
        try:
            return self.labels_by_name[name]
        except KeyError:
            raise BadFile(f"The task has no label {name!r}.") from None

    @cached_property
    def _frames_by_name(self) -> dict[str, int | None]:
        """Frames by name, by name without ending, and by the last part of either where that is one frame's alone."""
        found: dict[str, int | None] = {}
        for frame, picture in enumerate(self.pictures):
            path = PurePosixPath(picture.name)
            for short in {path.name, PurePosixPath(picture.stem).name} - {picture.name, picture.stem}:
                found[short] = None if short in found else frame
        for frame, picture in enumerate(self.pictures):
            found[picture.stem] = found[picture.name] = frame
        return found

    def frame_named(self, name: str) -> int | None:
        """The frame that a file's name means: the whole path or its end, with or without ending."""
        path = PurePosixPath(name.replace("\\", "/"))
        ways = [str(path), str(path.with_suffix("")) if path.name else "", path.name, path.stem]
        return next((frame for way in ways if (frame := self._frames_by_name.get(way)) is not None), None)

    def frame_called(self, name: str) -> int:
        """As frame_named. Raises BadFile when there is none."""
        frame = self.frame_named(name)
        if frame is None:
            raise BadFile(f"No frame of the task is called {name!r}.")
        return frame

    def frame_numbered(self, source: int) -> int:
        """The frame with a number of its source. Raises BadFile when the task has left it out."""
        frame, rest = divmod(source - self.start, self.step)
        if rest or not 0 <= frame < len(self.pictures):
            raise BadFile(f"The task has no frame {source}.")
        return frame

    def attributes(self, rule: LabelRule, said: Mapping[str, str], *, mutable: bool | None = None) -> list[Attribute]:
        """What the label knows, with a value that it may have; the rest of what a file says is not ours."""
        return [
            Attribute(spec.id, said[spec.name])
            for spec in rule.specs.values()
            if (mutable is None or spec.mutable == mutable) and spec.name in said and _is_value(said[spec.name], spec)
        ]


def _is_value(said: str, spec: Spec) -> bool:
    return len(said) <= VALUE_MAX_LENGTH and "\x00" not in said and fits(said, spec)


class Parcel:
    """An uploaded file: a ZIP, or one file alone. Reads at most MOST_BYTES in all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, MOST_BYTES
        file.seek(0)
        self._zip = _zip_of(file)
        file.seek(0)

    @property
    def is_zip(self) -> bool:
        """Whether there are files inside."""
        return self._zip is not None

    @property
    def size(self) -> int:
        """Bytes in all, unpacked."""
        if self._zip is not None:
            return sum(entry.file_size for entry in self._zip.infolist())
        here = self._file.seek(0, 2)
        self._file.seek(0)
        return here

    def names(self, ending: str = "") -> list[str]:
        """Files inside with this ending; none of a file that is no ZIP."""
        if self._zip is None:
            return []
        return [
            entry.filename
            for entry in self._zip.infolist()
            if not entry.is_dir() and entry.filename.lower().endswith(ending)
        ]

    def find(self, name: str) -> str:
        """The file called so, at the top or in a folder. Raises BadFile."""
        for found in self.names():
            if found == name or found.endswith(f"/{name}"):
                return found
        raise BadFile(f"There is no {name} in the archive.")

    def has(self, name: str) -> bool:
        """Whether there is a file called so."""
        return any(found == name or found.endswith(f"/{name}") for found in self.names())

    def read(self, name: str = "") -> bytes:
        """A file inside, or the file itself."""
        return b"".join(self.pieces(name))

    def text(self, name: str = "") -> str:
        """The same in UTF-8. Raises BadFile."""
        try:
            return self.read(name).decode("utf-8-sig")
        except UnicodeDecodeError as other:
            raise BadFile(f"{name or 'The file'} is no text in UTF-8.") from other

    def pieces(self, name: str = "") -> Iterator[bytes]:
        """The same bit by bit. Raises BadFile for what is damaged, encrypted, or too large."""
        try:
            with self._open(name) as source:
                while piece := source.read(1 << 20):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise BadFile(f"There is more in the file than {MOST_BYTES} bytes.")
                    yield piece
        except BadFile:
            raise
        # zlib and lzma have errors of their own, which have no common name.
        except Exception as broken:
            raise BadFile("The archive is damaged.") from broken

    def _open(self, name: str) -> IO[bytes]:
        if self._zip is None or not name:
            return _Kept(self._file)  # type: ignore[return-value]
        return self._zip.open(name)


class _Kept:
    """A file that stays open."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self.read = file.read

    def __enter__(self) -> "_Kept":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _zip_of(file: IO[bytes]) -> zipfile.ZipFile | None:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, IndexError):
        return None


def number(said: object) -> float:
    """A finite number. Raises BadFile."""
    try:
        value = float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = float("nan")
    if value - value != 0:
        raise BadFile(f"{str(said)[:40]!r} is no number.")
    return value


def whole(said: object, *, most: int = 2**31 - 1) -> int:
    """A whole number, not negative. Raises BadFile."""
    value = number(said)
    if value != int(value) or not 0 <= value <= most:
        raise BadFile(f"{str(said)[:40]!r} is no number that can stand here.")
    return int(value)


def corners(flat: Iterable[object]) -> list[float]:
    """Numbers in a row."""
    return [number(each) for each in flat]
