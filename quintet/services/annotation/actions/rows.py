"""Marks into tables and out of them: ten thousand rows by one statement each, with ids taken from the tables' own
sequences, so that none is ever used twice."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from django.db import connection, models

from quintet.services.annotation import models as tables
from quintet.services.annotation.queries import stored
from quintet.services.annotation.shapes.marks import Attribute, Keyframe, Marks, Shape, Tag, Track, packed
from quintet.services.annotation.shapes.plainly import has_full, stored_form
from quintet.services.annotation.shapes.undo import KEYFRAMES, Ids, State

_THING = ("id", "job", "frame", "label", "group", "source", "attributes")
_FIGURE = ("form", "occluded", "z_order", "points")
_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    tables.Tag: _THING,
    tables.Shape: (*_THING, *_FIGURE),
    tables.Track: _THING,
    tables.TrackedShape: ("id", "job", "track", "frame", "outside", "attributes", *_FIGURE),
}
Row = tuple[Any, ...]


def insert(job_id: int, marks: Marks) -> None:
    """Write what has no id under new ones, all else under its own; the marks get their ids."""
    number(tables.Tag, marks.tags)
    number(tables.Shape, marks.shapes)
    number(tables.Track, marks.tracks)
    number(tables.TrackedShape, [shape for track in marks.tracks for shape in track.shapes])
    # Only where there is a figure that CVAT 1.x has not is there anything more to write.
    figure, more = (_full_figure, ("more",)) if has_full(marks) else (_figure, ())
    _write(tables.Tag, (_thing(job_id, tag) for tag in marks.tags))
    _write(
        tables.Shape,
        ((*_thing(job_id, shape), *figure(shape)) for shape in marks.shapes),
        (*_COLUMNS[tables.Shape], *more),
    )
    _write(tables.Track, (_thing(job_id, track) for track in marks.tracks))
    _write(
        tables.TrackedShape,
        (
            (shape.id, job_id, track.id, shape.frame, shape.outside, _stored(shape.attributes), *figure(shape))
            for track in marks.tracks
            for shape in track.shapes
        ),
        (*_COLUMNS[tables.TrackedShape], *more),
    )


def _thing(job_id: int, mark: Tag | Shape | Track) -> Row:
    return (
        mark.id, job_id, mark.frame, mark.label_id, mark.group, mark.source, _stored(mark.attributes)
    )  # fmt: skip


def _figure(figure: Shape | Keyframe) -> Row:
    return figure.type, figure.occluded, figure.z_order, packed(figure.points)


def _full_figure(figure: Shape | Keyframe) -> Row:
    return *_figure(figure), stored_form(figure)


def _stored(attributes: Sequence[Attribute]) -> str:
    if not attributes:
        return "{}"
    return orjson.dumps({str(said.spec_id): said.value for said in attributes}).decode()


def number(table: type[models.Model], marks: Sequence[Any]) -> None:
    """Give new ids to what has none; needs a transaction that has written already."""
    fresh = [mark for mark in marks if mark.id is None]
    for mark, free in zip(fresh, _new_ids(table, len(fresh)), strict=True):
        mark.id = free


def _new_ids(table: type[models.Model], count: int) -> Iterable[int]:
    if not count:
        return ()
    name = table._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{name}"', count]
            )
            return [each for (each,) in cursor.fetchall()]
        # Whoever wrote before holds the file's lock; what is inserted moves the sequence by itself.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
        (last,) = cursor.fetchone() or (0,)
        return range(last + 1, last + 1 + count)


def _write(table: type[models.Model], rows: Iterator[Row], names: Sequence[str] = ()) -> None:
    first = next(rows, None)
    if first is None:
        return
    quoted = connection.ops.quote_name
    columns = [quoted(str(table._meta.get_field(name).column)) for name in names or _COLUMNS[table]]  # type: ignore[union-attr]
    target = f"{quoted(table._meta.db_table)} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                copy.write(_copied(first))
                for row in rows:
                    copy.write(_copied(row))
            return
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {target} VALUES ({places})", [first, *rows])  # noqa: S608  # names of ours


def _copied(row: Row) -> str:
    return "\t".join([_as_text(value) for value in row]) + "\n"


def _as_text(value: object) -> str:
    """As PostgreSQL's COPY reads it; what JSON holds has no raw tabs or line ends."""
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\")


def put_back(job_id: int, state: State) -> None:
    """Write rows that have stood there before, as they were."""
    for table, rows in state.rows().items():
        _write(stored.TABLES[table], ((job_id, *row) for row in rows), ("job_id", *stored.COLUMNS[table]))


def take_all(job_id: int) -> State:
    """Everything that was marked in the job goes; what that was."""
    taken = stored.state_of_job(job_id)
    for table in (KEYFRAMES, "tracks", "shapes", "tags"):
        if getattr(taken, table):
            _delete(table, job_id=job_id)
    return taken


def take_some(job_id: int, ids: Ids) -> State:
    """These go, as far as they are in the job; what they were."""
    taken = stored.state_of_some(job_id, ids)
    remove(job_id, taken.ids())
    return taken


def remove(job_id: int, ids: Ids) -> None:
    """These go, as far as they are in the job."""
    by = {
        "tags": ("tags", "id"),
        "shapes": ("shapes", "id"),
        KEYFRAMES: ("tracks", "track_id"),
        "tracks": ("tracks", "id"),
    }
    for table, (kind, column) in by.items():
        for some in stored.batches(ids.get(kind, ())):
            _delete(table, job_id=job_id, **{f"{column}__in": some})


def _delete(table: str, **which: object) -> None:
    # Nothing follows from these rows, so one statement does; Django would read them first.
    rows: models.QuerySet[Any] = stored.TABLES[table]._default_manager.filter(**which)
    rows._raw_delete(using=rows.db)
