"""Frames on the wire: what is said of all of them, which are deleted, and the table of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rest_framework import serializers

from quintet.services.annotation.queries.data import Frames
from quintet.services.annotation.queries.frames import FrameRow

_COLUMNS = ("index", "source_frame", "name", "width", "height", "timestamp", "deleted", "jobs")
_LINES_AT_ONCE = 500


class _Numbers(serializers.Field):  # type: ignore[type-arg]  # takes no type argument at run time
    """A list of whole numbers, not negative; each once, ascending. There may be very many."""

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list) or not all(type(number) is int and number >= 0 for number in data):
            raise serializers.ValidationError("A list of frames' numbers, from 0, is needed.")
        return sorted(set(data))


class MetaChanges(serializers.Serializer[Any]):
    """What of a task's frames can be changed."""

    deleted_frames = _Numbers(required=False)


def meta(data: Frames, sizes: Sequence[Sequence[Any]]) -> dict[str, object]:
    """What CVAT 1.x says of a task's data. `sizes`: (width, height, name) of each frame, of a video once."""
    return {
        "chunk_size": data.chunk_size,
        "size": data.size,
        "image_quality": data.image_quality,
        "start_frame": data.start_frame,
        "stop_frame": data.stop_frame,
        "frame_filter": data.frame_filter,
        "frames": [{"width": width, "height": height, "name": name} for width, height, name in sizes],
    }


def row(shown: FrameRow) -> dict[str, object]:
    """One line of the table."""
    return dict(zip(_COLUMNS, shown, strict=True))


def as_csv(rows: Iterable[FrameRow]) -> Iterator[str]:
    """The table, some lines at a time; numbers of jobs separated by blanks. Begins with a byte-order mark, without
    which spreadsheets misread Chinese names."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for place, shown in enumerate(rows, 1):
        index, source, name, width, height, timestamp, deleted, jobs = shown
        when = "" if timestamp is None else f"{timestamp:.6f}"
        said = "true" if deleted else "false"
        writer.writerow([index, source, safe_cell(name), width, height, when, said, " ".join(map(str, jobs))])
        if place % _LINES_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def safe_cell(said: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{said}" if said.startswith(("=", "+", "-", "@", "\t", "\r")) else said
