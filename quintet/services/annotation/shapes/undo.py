"""What undoes a save, packed: the rows that stood there before, column by column as the tables hold them, and the
numbers of those that came instead.

A state is what a job holds, or a part of it: rows by table and number, keyframes under the number of their track.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

Row = tuple[Any, ...]
KINDS = ("tags", "shapes", "tracks")
KEYFRAMES = "keyframes"
Ids = Mapping[str, Iterable[int]]
# By table: the names of a row's values; `id` is the first of them, and of a keyframe `track_id` the second.
Columns = Mapping[str, Sequence[str]]

_POINTS = "points"
_EIGHT = 8
_SMALL, _SAMPLE = 64, 2048
_QUICKLY = 1


@dataclass
class State:
    """Rows as the tables hold them.

    tags, shapes, tracks   by their number
    keyframes              those of each track
    """

    tags: dict[int, Row] = field(default_factory=dict)
    shapes: dict[int, Row] = field(default_factory=dict)
    tracks: dict[int, Row] = field(default_factory=dict)
    keyframes: dict[int, list[Row]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return not (self.tags or self.shapes or self.tracks)

    def of(self, kind: str) -> dict[int, Row]:
        """The tags, shapes or tracks."""
        found: dict[int, Row] = getattr(self, kind)
        return found

    def rows(self) -> dict[str, list[Row]]:
        """By table."""
        return {
            **{kind: list(self.of(kind).values()) for kind in KINDS},
            KEYFRAMES: [row for rows in self.keyframes.values() for row in rows],
        }

    def ids(self) -> dict[str, list[int]]:
        """The numbers of tags, shapes and tracks."""
        return {kind: list(self.of(kind)) for kind in KINDS}

    def add(self, rows: Mapping[str, Iterable[Row]]) -> None:
        """These as well, instead of those with the same numbers; of a track all keyframes come together."""
        for kind in KINDS:
            self.of(kind).update((row[0], row) for row in rows.get(kind, ()))
        for row in rows.get(KEYFRAMES, ()):
            self.keyframes.setdefault(row[1], []).append(row)

    def remove(self, ids: Ids) -> None:
        """Those with these numbers away, tracks with their keyframes."""
        for kind in KINDS:
            there = self.of(kind)
            for number in ids.get(kind, ()):
                there.pop(number, None)
        for number in ids.get("tracks", ()):
            self.keyframes.pop(number, None)

    def difference(self, other: "State") -> "tuple[State, State]":
        """What is only here or differs there, and the same of the other; a track differs with its keyframes."""
        mine, theirs = State(), State()
        for kind in KINDS:
            here, there = self.of(kind), other.of(kind)
            for number in here.keys() | there.keys():
                if here.get(number) != there.get(number) or self._differs(kind, number, other):
                    mine._take(self, kind, number)
                    theirs._take(other, kind, number)
        return mine, theirs

    def _differs(self, kind: str, number: int, other: "State") -> bool:
        return kind == "tracks" and sorted(self.keyframes[number]) != sorted(other.keyframes[number])

    def _take(self, other: "State", kind: str, number: int) -> None:
        if (row := other.of(kind).get(number)) is not None:
            self.of(kind)[number] = row
        if kind == "tracks" and number in other.keyframes:
            self.keyframes[number] = other.keyframes[number]

    def undo(self, packed: bytes, columns: Columns) -> None:
        """What it was before the save that this undoes."""
        rows, added = unpack(packed, columns)
        self.remove(added)
        self.add(rows)


def state_of(rows: Mapping[str, Iterable[Row]]) -> State:
    """These rows."""
    state = State()
    state.add(rows)
    return state


class _Said(msgspec.Struct, array_like=True):
    """rows: by table and column; added: by kind [first, how many] of neighbouring numbers."""

    rows: dict[str, dict[str, Any]]
    added: dict[str, list[tuple[int, int]]]


class _Packed(msgspec.Struct, array_like=True):
    """said: a compressed _Said; points: by table, the first bytes of all numbers, then the second ones, …"""

    said: bytes
    points: dict[str, list[bytes]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)
_SAID_DECODER = msgspec.msgpack.Decoder(_Said)


def pack(removed: State, added: Ids, columns: Columns) -> bytes:
    """What undoes a save that took `removed` away and added what has these numbers.

    >>> columns = {"tags": ("id", "frame"), "shapes": (), "tracks": (), "keyframes": ()}
    >>> undo = pack(state_of({"tags": [(7, 0), (8, 0)]}), {"tags": [9, 10, 12]}, columns)
    >>> state = state_of({"tags": [(9, 1), (10, 1), (11, 1), (12, 1)]})
    >>> state.undo(undo, columns)
    >>> sorted(state.tags.values())
    [(7, 0), (8, 0), (11, 1)]
    """
    rows, points = {}, {}
    for table, those in removed.rows().items():
        if those:
            values = dict(zip(columns[table], zip(*those, strict=True), strict=True))
            if _POINTS in values:
                points[table] = _turned(values[_POINTS])
                values[_POINTS] = tuple(len(each) for each in values[_POINTS])
            rows[table] = {name: _column(said) for name, said in values.items()}
    said = _Said(rows, {kind: _ranges(added.get(kind, ())) for kind in KINDS})
    return _ENCODER.encode(_Packed(zlib.compress(_ENCODER.encode(said), _QUICKLY), points))


def unpack(packed: bytes, columns: Columns) -> tuple[dict[str, list[Row]], dict[str, list[int]]]:
    """The rows by table, and what was added. A column that was unknown when it was packed is None."""
    whole = _DECODER.decode(packed)
    found = _SAID_DECODER.decode(zlib.decompress(whole.said))
    rows = {table: _by_row(said, whole.points.get(table, ()), columns[table]) for table, said in found.rows.items()}
    return rows, {kind: _numbers(said) for kind, said in found.added.items()}


def _column(values: Sequence[Any]) -> Any:
    first = values[0]
    return [first] if values.count(first) == len(values) else values


def _by_row(columns: Mapping[str, Any], turned: Sequence[bytes], names: Sequence[str]) -> list[Row]:
    count = len(columns["id"])
    found = {name: _filled(column, count) for name, column in columns.items()}
    if _POINTS in found:
        found[_POINTS] = _unturned(turned, found[_POINTS])
    unknown = [None] * count
    return list(zip(*(found.get(name, unknown) for name in names), strict=True))


def _filled(column: Sequence[Any], count: int) -> Sequence[Any]:
    return column if len(column) == count else [column[0]] * count


def _turned(values: Sequence[bytes]) -> list[bytes]:
    # What is alike stands together: the first bytes of numbers are much the same, the last ones often noise.
    whole = b"".join(values)
    return [_pressed(whole[place::_EIGHT]) for place in range(_EIGHT)]


def _pressed(plane: bytes) -> bytes:
    sample = plane[:_SAMPLE]
    is_worth_it = len(plane) > _SMALL and len(zlib.compress(sample, _QUICKLY)) < len(sample) * 0.9
    return b"\1" + zlib.compress(plane, _QUICKLY) if is_worth_it else b"\0" + plane


def _unturned(planes: Sequence[bytes], lengths: Sequence[int]) -> list[bytes]:
    whole = bytearray(sum(lengths))
    for place, plane in enumerate(planes):
        whole[place::_EIGHT] = zlib.decompress(plane[1:]) if plane[0] else plane[1:]
    points, begin = [], 0
    for length in lengths:
        points.append(bytes(whole[begin : begin + length]))
        begin += length
    return points


def _ranges(ids: Iterable[int]) -> list[tuple[int, int]]:
    ordered = sorted(ids)
    if ordered and ordered[-1] - ordered[0] == len(ordered) - 1:
        return [(ordered[0], len(ordered))]
    found: list[list[int]] = []
    for number in ordered:
        if found and number == found[-1][0] + found[-1][1]:
            found[-1][1] += 1
        else:
            found.append([number, 1])
    return [(first, count) for first, count in found]


def _numbers(ranges: Iterable[tuple[int, int]]) -> list[int]:
    return [number for first, count in ranges for number in range(first, first + count)]
