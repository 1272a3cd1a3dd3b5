"""What an importer reads from: an uploaded file, a ZIP or not; and how names of files find frames of the task."""

import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.document import Picture
from quintet.services.annotation.formats.matching import FrameNames, plain
from quintet.services.annotation.formats.report import Report
from quintet.services.annotation.shapes.checks import LabelRule, Rules, Spec, fits
from quintet.services.annotation.shapes.marks import VALUE_MAX_LENGTH, Attribute

MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Target:
    """The task that the annotations come into; as formats.Document has it.

    report   what of the file found its place here, and what did not
    """

    labels: Rules
    pictures: list[Picture]
    start: int = 0
    step: int = 1
    report: Report = field(default_factory=Report)

    @cached_property
    def labels_by_name(self) -> Mapping[str, LabelRule]:
        """Names differ within a task."""
        return {rule.name: rule for rule in self.labels.values()}

    def label(self, name: str) -> LabelRule:
        """Raises Misfit for a label that the task has not."""
        try:
            return self.labels_by_name[name]
        except KeyError:
            raise Misfit("unknown_label", f"The task has no label {name[:64]!r}.") from None

    @cached_property
    def _names(self) -> FrameNames:
        return FrameNames(self.pictures, start=self.start, step=self.step)

    @cached_property
    def _found(self) -> dict[tuple[tuple[str, ...], int | None], int | None]:
        return {}

    def frame_of(self, *names: str, number: int | None = None) -> int | None:
        """The frame that an item of a file belongs to; None where there is none, and its marks are lost.

        names    what the file calls it; the first that is known counts
        number   in the source, for when none is

        The report is told, once for each item, and knows that what follows belongs to it.
        """
        key = (names, number)
        if key in self._found:
            self.report.at(names[0], self._found[key])
            return self._found[key]
        found = next((place for name in names if name and (place := self._names.find(name)) is not None), None)
        if found is None and number is not None and (frame := self._names.numbered(number)) is not None:
            found = frame, "number"
        self._found[key] = found[0] if found is not None else None
        self.report.at(names[0], self._found[key])
        if found is not None:
            self.report.ways[found[1]] += 1
        else:
            self.report.skip(Misfit("no_frame", self._unmatched(names)), "item")
        return self._found[key]

    def _unmatched(self, names: tuple[str, ...]) -> str:
        if any(name and self._names.is_ambiguous(name) for name in names):
            return f"More than one frame of the task may be meant by {names[0][:200]!r}."
        return f"No frame of the task is called {names[0][:200]!r}."

    def frame_numbered(self, source: int) -> int:
        """The frame with a number of its source. Raises Misfit when the task has left it out."""
        frame = self._names.numbered(source)
        if frame is None:
            raise Misfit("no_frame", f"The task has no frame {source}.")
        return frame

    def attributes(self, rule: LabelRule, said: Mapping[str, str], *, mutable: bool | None = None) -> list[Attribute]:
        """What the label knows, with a value that it may have; the rest of what a file says is not ours."""
        found = []
        for spec in rule.specs.values():
            if (mutable is not None and spec.mutable != mutable) or (value := said.get(spec.name)) is None:
                continue
            if _is_value(value, spec):
                found.append(Attribute(spec.id, value))
            else:
                words = f"{value[:64]!r} is not a value of {spec.name}, an attribute of {rule.name}."
                self.report.skip(Misfit("bad_value", words), "value")
        return found


def _is_value(said: str, spec: Spec) -> bool:
    return len(said) <= VALUE_MAX_LENGTH and "\x00" not in said and fits(said, spec)


class Parcel:
    """An uploaded file: a ZIP, or one file alone. Reads at most MOST_BYTES in all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, MOST_BYTES
        file.seek(0)
        self._zip = _zip_of(file)
        self._entries = _entries(self._zip)
        file.seek(0)

    @property
    def is_zip(self) -> bool:
        """Whether there are files inside."""
        return self._zip is not None

    @property
    def size(self) -> int:
        """Bytes in all, unpacked."""
        if self._zip is not None:
            return sum(entry.file_size for entry in self._entries.values())
        here = self._file.seek(0, 2)
        self._file.seek(0)
        return here

    def names(self, ending: str = "") -> list[str]:
        """Files inside with this ending; none of a file that is no ZIP."""
        return [name for name in self._entries if name.lower().endswith(ending)]

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
        return self._zip.open(self._entries[name])


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


# What other systems put into archives beside the files that are meant.
_SHADOWS = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


def _entries(archive: zipfile.ZipFile | None) -> dict[str, zipfile.ZipInfo]:
    """Files by their paths, with slashes whatever the archive has."""
    if archive is None:
        return {}
    found = {
        plain(entry.filename): entry
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.endswith("\\")
    }
    return {
        name: entry
        for name, entry in found.items()
        if _SHADOWS.isdisjoint(name.split("/")) and not name.rpartition("/")[2].startswith("._")
    }


def number(said: object) -> float:
    """A finite number. Raises Misfit."""
    try:
        value = float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = float("nan")
    if value - value != 0:
        raise Misfit("unreadable", f"{str(said)[:40]!r} is no number.")
    return value


def whole(said: object, *, most: int = 2**31 - 1) -> int:
    """A whole number, not negative. Raises Misfit."""
    value = number(said)
    if value != int(value) or not 0 <= value <= most:
        raise Misfit("unreadable", f"{str(said)[:40]!r} is no number that can stand here.")
    return int(value)


def corners(flat: Iterable[object]) -> list[float]:
    """Numbers in a row. Raises Misfit."""
    return [number(each) for each in flat]
