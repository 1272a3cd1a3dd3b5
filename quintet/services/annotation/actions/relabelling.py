"""The rows behind a change of labels: held, counted, and changed by as many statements however many they are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import F, TextField
from django.db.models.functions import Cast

from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.annotation.actions import history
from quintet.services.annotation.actions.holding import hold_jobs, hold_task
from quintet.services.annotation.models import Attribute, Job, Label, Shape, Tag, Task, Track, TrackedShape
from quintet.services.annotation.queries.labels import MARKS, counts_of, jobs_with, marked_with
from quintet.services.annotation.shapes.checks import Spec
from quintet.services.annotation.shapes.relabelling import Moves, migrated, of_tracks

_TABLES: dict[str, type[models.Model]] = {"tags": Tag, "shapes": Shape, "tracks": Track, "keyframes": TrackedShape}
_READ_AT_ONCE = 5000


@dataclass
class Consequence:
    """What a change of labels does, or would do, to what was marked.

    marks      how many tags, shapes and tracks change their label or go
    migrated   values of attributes that stay in other words, or under another attribute
    lost       values that no attribute can have any more
    jobs       whose annotations are touched: each gets a new version
    """

    marks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MARKS, 0))
    migrated: int = 0
    lost: int = 0
    jobs: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        """All marks."""
        return sum(self.marks.values())

    def and_also(self, other: "Consequence") -> None:
        """Count another one in."""
        self.marks = {kind: count + other.marks[kind] for kind, count in self.marks.items()}
        self.migrated += other.migrated
        self.lost += other.lost
        self.jobs |= other.jobs


@dataclass
class Migration:
    """New values of a label's marks, ready to be written: (JSON, row's id) by kind."""

    rows: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    migrated: int = 0
    lost: int = 0
    jobs: set[int] = field(default_factory=set)


def hold(label: Label) -> Label:
    """The label as it is now; nobody saves marks or changes labels of its task until the transaction ends.

    Raises NotFound when it is gone.
    """
    hold_jobs([label.task_id])
    hold_task(label.task_id)
    found = Label.objects.filter(pk=label.pk).prefetch_related("attributes").first()
    if found is None:
        raise NotFound("the label is gone")
    return found


def attributes_in_order(label: Label) -> list[Attribute]:
    """By number; of a label that was read with them, no statement."""
    return sorted(label.attributes.all(), key=lambda attribute: attribute.pk)


def spec_of(attribute: Attribute) -> Spec:
    """The same, as rules know it."""
    return Spec(
        attribute.pk, attribute.name, attribute.mutable, attribute.input_type, attribute.default_value,
        tuple(attribute.values.split("\n")),
    )  # fmt: skip


def migration_of(label: Label, moves: Moves) -> Migration:
    """What becomes of the values of all that has this label; one statement per table, none where nothing moves."""
    found = Migration()
    if not moves:
        return found
    by_kind: Mapping[str, Moves] = {
        "tags": moves,
        "shapes": moves,
        "tracks": of_tracks(moves, changing=False),
        "keyframes": of_tracks(moves, changing=True),
    }
    rows = marked_with(label)
    for kind, its_moves in by_kind.items():
        _plan(found, kind, rows[kind], its_moves)
    return found


def _plan(found: Migration, kind: str, rows: Any, moves: Moves) -> None:
    said = rows.annotate(said=Cast(F("attributes"), TextField())).exclude(said="{}").order_by()
    made: dict[str, tuple[str, int, int]] = {}
    updates = found.rows.setdefault(kind, [])
    for number, job, text in said.values_list("pk", "job_id", "said").iterator(_READ_AT_ONCE):
        if text not in made:
            made[text] = _after(text, moves)
        after, moved, lost = made[text]
        if moved or lost:
            updates.append((after, number))
            found.jobs.add(job)
        found.migrated += moved
        found.lost += lost


def _after(text: str, moves: Moves) -> tuple[str, int, int]:
    after, moved, lost = migrated(orjson.loads(text), moves)
    return orjson.dumps(after).decode(), moved, lost


def write_values(migration: Migration) -> None:
    """Put them into the tables."""
    with connection.cursor() as cursor:
        for kind, rows in migration.rows.items():
            if rows:
                table = connection.ops.quote_name(_TABLES[kind]._meta.db_table)
                cursor.executemany(f"UPDATE {table} SET attributes = %s WHERE id = %s", rows)  # noqa: S608  # ours


def give_label(label: Label, into: Label) -> None:
    """All that has the one label has the other."""
    rows = marked_with(label)
    for kind in MARKS:
        rows[kind].update(label_id=into.pk)


def remove_marked(label: Label) -> None:
    """All that has the label goes, keyframes before their tracks."""
    rows = marked_with(label)
    for kind in ("keyframes", "tracks", "shapes", "tags"):
        rows[kind]._raw_delete("default")


def consequence_for(label: Label, migration: Migration | None = None, *, of_all: bool) -> Consequence:
    """What that does.

    of_all   every mark with the label is touched, not only those whose values change
    """
    migration = migration or Migration()
    found = Consequence(migrated=migration.migrated, lost=migration.lost, jobs=set(migration.jobs))
    if of_all:
        found.marks = counts_of(label)
        found.jobs |= set(jobs_with(label))
    return found


@contextmanager
def saving(label: Label, jobs: set[int], person_id: int | None = None) -> Iterator[None]:
    """What is done inside is one more save of these jobs by this person, and a change of the label's task."""
    before = history.rows_of_label(label.pk, jobs)
    yield
    if jobs:
        Job.objects.filter(pk__in=jobs).update(version=F("version") + 1)
        history.keep_changes(before, person_id=person_id, kind="labels")
    Task.objects.filter(pk=label.task_id).update(updated_at=now())
