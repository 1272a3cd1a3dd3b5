"""What a format writes: a task, its labels, its frames, what was marked; and the archive it is written into."""

import heapq
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath
from typing import IO

from quintet.services.annotation.shapes.between import keyframes, seen
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Shape, Track, values_of

# Images are compressed already; of text the quickest step saves most of what the slowest would.
_LEVEL = 1
_MADE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Picture:
    """A frame. name: as people know it, with folders and ending; of a video's frame `frame_000012`."""

    name: str
    width: int
    height: int

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return str(PurePosixPath(self.name).with_suffix("")) if "." in self.name else self.name


@dataclass(frozen=True)
class Document:
    """All that is written.

    meta       what CVAT's XML says of the task, in its order: names and texts, or more of the same inside
    labels     by number, in order
    pictures   of frame 0, 1, …
    start, step  number of a frame in its source: start + frame * step
    deleted    frames that nothing is written of; no plain shape or tag in `marks` lies on one
    content    a frame's image: the ending of its file's name and its bytes; None: annotations alone
    """

    meta: Mapping[str, object]
    labels: Rules
    pictures: Sequence[Picture]
    marks: Marks
    start: int = 0
    step: int = 1
    is_video: bool = False
    with_z_order: bool = False
    deleted: Collection[int] = frozenset()
    content: Callable[[Iterable[int]], Iterator[tuple[int, str, bytes]]] | None = field(default=None, repr=False)

    def source_number(self, frame: int) -> int:
        """A frame's number before selection."""
        return self.start + frame * self.step

    @cached_property
    def label_places(self) -> dict[int, int]:
        """Place of each label, from 0."""
        return {label: place for place, label in enumerate(self.labels)}

    def images(self) -> Iterator[tuple[int, str, bytes]]:
        """(frame, ending with its dot, bytes) of each; none when only annotations are wanted."""
        return iter(()) if self.content is None else self.content([frame for frame, _ in self.shown()])

    def shown(self) -> Iterator[tuple[int, Picture]]:
        """Number and picture of each frame that is not deleted."""
        return (pair for pair in enumerate(self.pictures) if pair[0] not in self.deleted)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is to be seen on one frame: a shape, or where a track is there. attributes: by number, the track's too."""

    shape: Shape | Keyframe
    label: int
    group: int
    source: str
    attributes: Mapping[int, str]
    track: int | None = None
    is_keyframe: bool = True


def figures(document: Document) -> Iterator[tuple[int, list[Figure]]]:
    """Frame by frame, those with something on them; plain shapes before tracks. Tracks are expanded as it goes."""
    shapes = ((shape.frame, _plain(shape)) for shape in sorted(document.marks.shapes, key=lambda shape: shape.frame))
    last = len(document.pictures) - 1
    tracked = (_expanded(track, place, last) for place, track in enumerate(document.marks.tracks))
    for frame, group in groupby(heapq.merge(shapes, *tracked, key=itemgetter(0)), key=itemgetter(0)):
        if frame <= last and frame not in document.deleted:
            yield frame, [figure for _, figure in group]


def _plain(shape: Shape) -> Figure:
    said = values_of(shape.attributes) if shape.attributes else {}
    return Figure(shape, shape.label_id, shape.group or 0, shape.source, said)


def _expanded(track: Track, place: int, last: int) -> Iterator[tuple[int, Figure]]:
    fixed = values_of(track.attributes)
    for shape, is_keyframe in seen(keyframes(track), 0, last):
        said = {**fixed, **values_of(shape.attributes)}
        yield shape.frame, Figure(shape, track.label_id, track.group or 0, track.source, said, place, is_keyframe)


class Archive:
    """A ZIP that is written from its beginning to its end; nothing of it is held in memory."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)

    def write(self, name: str, content: str | bytes, *, stored: bool = False) -> None:
        """A small file, or an image as it is."""
        entry = zipfile.ZipInfo(name, _MADE)
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, content, compresslevel=_LEVEL)

    @contextmanager
    def open(self, name: str) -> "Iterator[TextSink]":
        """A file that is written bit by bit."""
        entry = zipfile.ZipInfo(name, _MADE)
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        entry._compresslevel = _LEVEL  # type: ignore[attr-defined]  # there is no other way to say it before Python 3.13
        with self._zip.open(entry, "w", force_zip64=True) as target:
            sink = TextSink(target)
            yield sink
            sink.flush()

    def close(self) -> None:
        """Write the directory of what is in it."""
        self._zip.close()


class TextSink:
    """Text in pieces, encoded and compressed some hundred kilobytes at a time."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._held, self._size = target, [""], 0

    def write(self, piece: str) -> None:
        """One more piece."""
        self._held.append(piece)
        self._size += len(piece)
        if self._size > 200_000:
            self.flush()

    def flush(self) -> None:
        """All that is held."""
        self._target.write("".join(self._held).encode("utf-8", "replace"))
        self._held.clear()
        self._size = 0
