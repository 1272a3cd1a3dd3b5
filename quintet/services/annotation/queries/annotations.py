"""What was marked in a job or a task: few statements, rows straight into values, no lock.

Each table is one statement, so a save may fall between two of them; the job's version, read before and after, tells.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import orjson
from django.db.models import F, TextField
from django.db.models.functions import Cast

from quintet.core.errors import NotFound
from quintet.core.prepared import Prepared
from quintet.services.annotation import models as tables
from quintet.services.annotation.queries.doors import OpenJob, OpenTask
from quintet.services.annotation.shapes.checks import LabelRule, Rules, Spec
from quintet.services.annotation.shapes.forms import skeleton_of
from quintet.services.annotation.shapes.marks import (
    Attribute,
    FullKeyframe,
    FullShape,
    Keyframe,
    Marks,
    Shape,
    Tag,
    Track,
    unpacked,
)
from quintet.services.annotation.shapes.merging import Merged, Part, merge
from quintet.services.annotation.shapes.plainly import form_stored

_LOOKS = 10

_LABELS = Prepared(
    lambda task_id: (
        tables.Label.objects.filter(task_id=task_id)
        .order_by("id", "attributes__id")
        .values_list(
            "id", "name", "color", "attributes__id", "attributes__name", "attributes__mutable",
            "attributes__input_type", "attributes__default_value", "attributes__values",
            Cast(F("skeleton"), TextField()),
        )
    ),
    task_id=int,
)  # fmt: skip
_JOBS = Prepared(
    lambda task_id: (
        tables.Job.objects.filter(task_id=task_id, kind=tables.Job.ANNOTATION)
        .order_by("id")
        .values_list("id", "segment__start_frame", "segment__stop_frame", "version")
    ),
    task_id=int,
)
_LABELS_FOR_JOB = Prepared(lambda job_id: tables.Label.objects.filter(task__jobs=job_id).values_list("id"), job_id=int)
_VERSION = Prepared(lambda job_id: tables.Job.objects.filter(pk=job_id).values_list("version"), job_id=int)

# JSON and truth values as they are stored: decoding ten thousand of them through the ORM takes longer than the rest.
_TRUE = frozenset({"1", "true"})
_ATTRIBUTES = Cast(F("attributes"), TextField())
_THING = ("id", "frame", "label_id", "group", "source", _ATTRIBUTES)
_FIGURE = ("form", Cast(F("occluded"), TextField()), "z_order", "points", Cast(F("more"), TextField()))
_TABLES: tuple[tuple[Any, tuple[str, ...], tuple[Any, ...]], ...] = (
    (tables.Tag, ("frame", "id"), _THING),
    (tables.Shape, ("frame", "id"), (*_THING, *_FIGURE)),
    (tables.Track, ("id",), _THING),
    (
        tables.TrackedShape,
        ("track_id", "frame", "id"),
        ("track_id", "id", "frame", Cast(F("outside"), TextField()), _ATTRIBUTES, *_FIGURE),
    ),
)


def _statement(table: Any, order: tuple[str, ...], columns: tuple[Any, ...], path: str) -> Prepared:
    return Prepared(
        lambda owner_id: table.objects.filter(**{path: owner_id}).order_by(*order).values_list("job_id", *columns),
        owner_id=int,
    )


_OF_JOB = [_statement(*table, "job_id") for table in _TABLES]
_OF_TASK = [_statement(*table, "job__task_id") for table in _TABLES]


def _beyond(table: Any, path: str) -> Prepared:
    return Prepared(
        lambda owner_id: table.objects.filter(**{path: owner_id, "more__isnull": False}).values_list("id")[:1],
        owner_id=int,
    )


_BEYOND_IN_JOB = [_beyond(table, "job_id") for table in (tables.Shape, tables.TrackedShape)]
_BEYOND_IN_TASK = [_beyond(table, "job__task_id") for table in (tables.Shape, tables.TrackedShape)]

Rows = Sequence[Sequence[Any]]
Attributes = Callable[[int, str], list[Attribute]]


def rules_of(task_id: int) -> Rules:
    """A task's labels by number, with their attributes; one statement."""
    found: dict[int, LabelRule] = {}
    for label_id, name, color, number, *said, skeleton in _LABELS.rows(task_id=task_id):
        if (rule := found.get(label_id)) is None:
            rule = found[label_id] = LabelRule(label_id, name, color, {}, skeleton_of(orjson.loads(skeleton or "null")))
        if number is not None:
            attribute, mutable, input_type, default, values = said
            lines = tuple(values.split("\n"))
            rule.specs[number] = Spec(number, attribute, bool(mutable), input_type, default, lines)  # type: ignore[index]
    return found


def labels_for_job(job_id: int) -> set[int]:
    """Numbers of the labels that a job's task has; one statement."""
    return {row[0] for row in _LABELS_FOR_JOB.rows(job_id=job_id)}


def segments_of(task_id: int) -> list[tuple[int, int, int, int]]:
    """Number, first frame, last frame and version of each job, by number."""
    return [(each[0], each[1], each[2], each[3]) for each in _JOBS.rows(task_id=task_id)]


def marks_of_job(job: OpenJob, rules: Rules | None = None) -> Marks:
    """What was marked in a job, attributes that were not said with their defaults. Raises NotFound."""
    rules, version = rules_of(job.task.id) if rules is None else rules, job.version
    for _ in range(_LOOKS):
        rows = [statement.rows(owner_id=job.id) for statement in _OF_JOB]
        after = _VERSION.rows(job_id=job.id)
        if not after:
            raise NotFound("the job is gone")
        if after[0][0] == version:
            break
        version = after[0][0]
    return _with_version(_by_job(rows, rules).get(job.id), version)


def marks_of_rows(rows: Mapping[str, Rows], columns: Mapping[str, Sequence[str]], rules: Rules, version: int) -> Marks:
    """The same, of rows that a job once held.

    rows      of tags, shapes, tracks and keyframes, as the tables hold them but for truth values, which are numbers
    columns   what their values are
    """
    given = [
        [(0, *row) for row in _as_read(rows[kind], columns[kind], order, read)]
        for kind, (_, order, read) in zip(("tags", "shapes", "tracks", "keyframes"), _TABLES, strict=True)
    ]
    return _with_version(_by_job(given, rules).get(0), version)


def _as_read(rows: Rows, names: Sequence[str], order: Sequence[str], read: Sequence[Any]) -> Iterator[list[Any]]:
    by = itemgetter(*(names.index(name) for name in order))
    # What is read as text comes as text.
    places = [(names.index(column), False) if isinstance(column, str) else
              (names.index(column.get_source_expressions()[0].name), True) for column in read]  # fmt: skip
    for row in sorted(rows, key=by):
        yield [str(row[place]) if is_text and row[place] is not None else row[place] for place, is_text in places]


def marks_of_task(task: OpenTask, rules: Rules | None = None) -> Merged:
    """What was marked in all jobs of a task, each thing once."""
    rules = rules_of(task.id) if rules is None else rules
    return merge(parts_of_task(task.id, rules), overlap=task.overlap or 0, size=task.size)


def parts_of_task(task_id: int, rules: Rules) -> list[Part]:
    """What was marked in each job of a task, in the order of the jobs' numbers."""
    segments = segments_of(task_id)
    for _ in range(_LOOKS):
        rows = [statement.rows(owner_id=task_id) for statement in _OF_TASK]
        before, segments = segments, segments_of(task_id)
        if before == segments:
            break
    marks = _by_job(rows, rules)
    return [
        Part(start, stop, _with_version(marks.get(job_id), version)) for job_id, start, stop, version in segments
    ]  # fmt: skip


def has_forms(*, job_id: int = 0, task_id: int = 0) -> bool:
    """Whether there is any figure in the job, or the task, that CVAT 1.x has not."""
    asked = _BEYOND_IN_JOB if job_id else _BEYOND_IN_TASK
    return any(statement.rows(owner_id=job_id or task_id) for statement in asked)


def _with_version(marks: Marks | None, version: int) -> Marks:
    marks = marks or Marks(version=version, tags=[], shapes=[], tracks=[])
    marks.version = version
    return marks


def _by_job(rows: Sequence[Rows], rules: Rules) -> Mapping[int, Marks]:
    tags, shapes, tracks, keyframes = rows
    found: dict[int, Marks] = defaultdict(lambda: Marks(version=0, tags=[], shapes=[], tracks=[]))
    everything, fixed = _filled(rules), _filled(rules, mutable=False)
    for job_id, number, frame, label, group, source, said in tags:
        found[job_id].tags.append(
            Tag(id=number, frame=frame, label_id=label, group=group, source=source, attributes=everything(label, said))
        )
    current = None
    for job_id, number, frame, label, group, source, said, form, occluded, z_order, points, more in shapes:
        if job_id != current:
            current, add = job_id, found[job_id].shapes.append
        made = Shape if more is None else partial(FullShape, **form_stored(more))
        add(
            made(
                type=form, occluded=occluded in _TRUE, z_order=z_order, points=unpacked(points), id=number, frame=frame,
                label_id=label, group=group, source=source, attributes=everything(label, said),
            )
        )  # fmt: skip
    by_track = _keyframes(keyframes, {row[1]: row[3] for row in tracks}, rules)
    for job_id, number, frame, label, group, source, said in tracks:
        if number in by_track:
            found[job_id].tracks.append(
                Track(
                    id=number, frame=frame, label_id=label, group=group, source=source, shapes=by_track[number],
                    attributes=fixed(label, said),
                )
            )  # fmt: skip
    return found


def _filled(rules: Rules, *, mutable: bool | None = None) -> Attributes:
    """Attributes as stored, with defaults for what was not said; made once for all that say the same."""
    specs = {
        label: [spec for spec in rule.specs.values() if mutable is None or spec.mutable == mutable]
        for label, rule in rules.items()
    }
    made: dict[tuple[int, str], list[Attribute]] = {}

    def filled(label: int, stored: str) -> list[Attribute]:
        if (ready := made.get((label, stored))) is None:
            said = orjson.loads(stored)
            ready = made[label, stored] = [
                Attribute(spec.id, said.get(str(spec.id), spec.default)) for spec in specs.get(label, ())
            ]
        return ready

    return filled


def _keyframes(rows: Rows, label_of: Mapping[int, int], rules: Rules) -> dict[int, list[Keyframe]]:
    """By track. What a keyframe does not say of itself holds from the one before."""
    found: dict[int, list[Keyframe]] = {}
    changing = {
        label: [spec for spec in rule.specs.values() if spec.mutable] for label, rule in rules.items()
    }  # fmt: skip
    current: dict[int, str] = {}
    for _, track, number, frame, outside, stored, form, occluded, z_order, points, more in rows:
        if track not in label_of:
            continue
        specs = changing.get(label_of[track], [])
        if track not in found:
            found[track], current = [], {spec.id: spec.default for spec in specs}
        if specs and stored != "{}":
            said = orjson.loads(stored)
            current = {spec.id: said.get(str(spec.id), current[spec.id]) for spec in specs}
        made = Keyframe if more is None else partial(FullKeyframe, **form_stored(more))
        found[track].append(
            made(
                type=form, occluded=occluded in _TRUE, z_order=z_order, points=unpacked(points), id=number, frame=frame,
                outside=outside in _TRUE, attributes=[Attribute(spec, value) for spec, value in current.items()],
            )
        )  # fmt: skip
    return found
