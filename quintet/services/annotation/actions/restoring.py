"""A job's annotations become what they were."""

from collections.abc import Mapping

import orjson
from django.db import transaction

from quintet.core.errors import NotFound
from quintet.services.annotation.actions import history, rows
from quintet.services.annotation.actions.annotations import next_version, touch
from quintet.services.annotation.queries import stored
from quintet.services.annotation.queries.annotations import rules_of
from quintet.services.annotation.queries.doors import OpenJob
from quintet.services.annotation.queries.history import as_marks, state_at
from quintet.services.annotation.shapes.checks import Rules, Spec, fits
from quintet.services.annotation.shapes.marks import Marks
from quintet.services.annotation.shapes.undo import KEYFRAMES, KINDS, Row, State


def restore_job_marks(
    job: OpenJob, version: int, *, person_id: int | None = None, seen: int | None = None
) -> tuple[Marks, dict[str, int]]:
    """Make a job's annotations what they were at that version, under the numbers they had; what is the same stays.

    What has a label that is gone is left out. Values of attributes that are gone are dropped, and those that an
    attribute cannot have any more are its default.

    Returns the annotations with their new version, and how many tags, shapes and tracks were left out. Raises NotFound
    for a version that never was, Forgotten for one that is not kept any more, SavedMeanwhile.
    """
    with transaction.atomic():
        number = next_version(job.id, seen)
        if version >= number:
            raise NotFound("no such version")
        rules = rules_of(job.task.id)
        then = state_at(job.id, version)
        left_out = _leave_out(then, rules)
        _fit_values(then, rules)
        taken, put = stored.state_of_job(job.id).difference(then)
        rows.remove(job.id, taken.ids())
        rows.put_back(job.id, put)
        if history.keep(job.id, number, taken, put.ids(), person_id=person_id, kind="restore"):
            touch(job.task.id)
    return as_marks(then, rules, number), left_out


def _leave_out(state: State, rules: Rules) -> dict[str, int]:
    counts = {}
    for kind in KINDS:
        label = stored.COLUMNS[kind].index("label_id")
        gone = [number for number, row in state.of(kind).items() if row[label] not in rules]
        state.remove({kind: gone})
        counts[kind] = len(gone)
    return counts


def _fit_values(state: State, rules: Rules) -> None:
    for kind in ("tags", "shapes"):
        label = stored.COLUMNS[kind].index("label_id")
        fitted = _Fitted(kind, {number: rule.specs for number, rule in rules.items()})
        there = state.of(kind)
        there.update({number: fitted.row(row, row[label]) for number, row in there.items()})
    label = stored.COLUMNS["tracks"].index("label_id")
    fixed, changing = (
        _Fitted(table, {number: {spec.id: spec for spec in rule.specs.values() if spec.mutable == mutable}
                        for number, rule in rules.items()})
        for table, mutable in (("tracks", False), (KEYFRAMES, True))
    )  # fmt: skip
    for number, track in state.tracks.items():
        state.tracks[number] = fixed.row(track, track[label])
        keyframes = state.keyframes.get(number, [])
        state.keyframes[number] = [changing.row(keyframe, track[label]) for keyframe in keyframes]


class _Fitted:
    """Rows of a table with values that their attributes can have; worked out once for all that say the same."""

    def __init__(self, table: str, specs: Mapping[int, Mapping[int, Spec]]) -> None:
        self._place = stored.COLUMNS[table].index("attributes")
        self._specs = specs
        self._known: dict[tuple[int, str], str] = {}

    def row(self, row: Row, label: int) -> Row:
        said = row[self._place]
        if (label, said) not in self._known:
            self._known[label, said] = self._fit(said, self._specs[label])
        after = self._known[label, said]
        return row if after == said else (*row[: self._place], after, *row[self._place + 1 :])

    def _fit(self, said: str, specs: Mapping[int, Spec]) -> str:
        values = orjson.loads(said)
        # A keyframe that says nothing would take the value of the one before, so the default is said.
        after = {
            number: value if fits(value, spec) else spec.default
            for number, value in values.items()
            if (spec := specs.get(int(number))) is not None
        }
        return said if after == values else orjson.dumps(after).decode()
