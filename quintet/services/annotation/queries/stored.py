"""What was marked, as the tables hold it: nothing is decoded, so ten thousand rows take as long as their bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import connection, models

from quintet.services.annotation import models as tables
from quintet.services.annotation.shapes.undo import KEYFRAMES, KINDS, Ids, Row, State, state_of

TABLES: Mapping[str, type[models.Model]] = {
    "tags": tables.Tag, "shapes": tables.Shape, "tracks": tables.Track, KEYFRAMES: tables.TrackedShape,
}  # fmt: skip
_AT_ONCE = 5000


def _columns(table: type[models.Model]) -> tuple[str, ...]:
    names = [field.attname for field in table._meta.concrete_fields if field.attname != "job_id"]
    return tuple(sorted(names, key=lambda name: ("id", "track_id", name).index(name)))


COLUMNS: Mapping[str, tuple[str, ...]] = {kind: _columns(table) for kind, table in TABLES.items()}
"""By table: every column but the job, the number first."""


def state_of_job(job_id: int) -> State:
    """All that a job holds; one statement per table."""
    return state_of({kind: _read(kind, job_id) for kind in TABLES})


def state_of_label(job_id: int, label_id: int) -> State:
    """All that has this label in the job."""
    found = {kind: _read(kind, job_id, "label_id", [label_id]) for kind in KINDS}
    return _with_keyframes(job_id, found)


def state_of_some(job_id: int, ids: Ids) -> State:
    """Those with these numbers, as far as the job has them, tracks with their keyframes."""
    found = {
        kind: [row for some in batches(ids.get(kind, ())) for row in _read(kind, job_id, "id", some)] for kind in KINDS
    }
    return _with_keyframes(job_id, found)


def _with_keyframes(job_id: int, found: Mapping[str, Sequence[Row]]) -> State:
    tracks = [row[0] for row in found["tracks"]]
    rows = [row for some in batches(tracks) for row in _read(KEYFRAMES, job_id, "track_id", some)]
    return state_of({**found, KEYFRAMES: rows})


def _read(kind: str, job_id: int, among: str = "", ids: Sequence[int] = ()) -> Sequence[Row]:
    quoted, table = connection.ops.quote_name, TABLES[kind]
    # Truth as a number, on either database: SQLite's driver would convert each.
    columns = ", ".join(
        f"CAST({quoted(name)} AS integer)" if isinstance(table._meta.get_field(name), models.BooleanField)
        else quoted(name)
        for name in COLUMNS[kind]
    )  # fmt: skip
    only = f" AND {quoted(among)} IN ({', '.join(['%s'] * len(ids))})" if among else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {quoted(table._meta.db_table)} WHERE job_id = %s{only}",  # noqa: S608  # names of ours
            [job_id, *ids],
        )
        found: Sequence[Row] = cursor.fetchall()
    return found


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """As many at a time as one statement takes, in order, each once."""
    ordered = sorted(set(ids))
    for place in range(0, len(ordered), _AT_ONCE):
        yield ordered[place : place + _AT_ONCE]
