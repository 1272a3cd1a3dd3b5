"""Compile a queryset once, run it many times.

The ORM stays the only place where SQL is written, for every database, but a request no longer pays for building the
same text again: more than half the time of a tuned list request went there. Tests hold each prepared query against
the queryset it came from.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

# Values that no caller sends, to find each parameter's place in the compiled statement. LIMIT and OFFSET are written
# into the text by the ORM, so they get marks that are looked for there.
_LIMIT_MARK, _OFFSET_MARK = 5_550_002_221, 7_770_001_113
PAGE = slice(_OFFSET_MARK, _OFFSET_MARK + _LIMIT_MARK)


class _Plan:
    """One compiled statement: its text, its parameters, and which of them a caller gives."""

    def __init__(self, queryset: QuerySet[Any, Any], marks: dict[str, object], using: str) -> None:
        compiler = queryset.query.get_compiler(using)
        statement, parameters = compiler.as_sql()
        self.statement = statement.replace(str(_LIMIT_MARK), "{limit}").replace(str(_OFFSET_MARK), "{offset}")
        self.has_window = "{limit}" in self.statement
        if not self.has_window:
            self.statement = statement
        self.parameters = list(parameters)
        written = {name: {mark, str(mark), _as_stored(mark, using)} for name, mark in marks.items()}
        self.slots = [
            (place, name)
            for place, value in enumerate(self.parameters)
            for name, ways in written.items()
            if value in ways or (not isinstance(value, int) and str(value) in ways)
        ]
        if missing := set(marks) - {name for _, name in self.slots}:
            raise ValueError(f"the prepared query does not use {sorted(missing)}")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        self.converters = _quick(compiler.get_converters(columns), using)
        self.compiler = compiler


def _quick(converters: dict[int, Any], using: str) -> dict[int, Any]:
    # SQLite has no moments, so the ORM asks of each value again in which zone it was written. It is always the same.
    operations = connections[using].ops
    slow = getattr(operations, "convert_datetimefield_value", None)
    if slow is None or connections[using].timezone is not UTC:
        return converters
    return {
        place: ([_in_utc if function == slow else function for function in functions], expression)
        for place, (functions, expression) in converters.items()
    }


def _in_utc(value: datetime | str | None, *_: object) -> datetime | None:
    if value is None:
        return None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def _as_stored(value: object, using: str) -> object:
    if isinstance(value, datetime):
        return connections[using].ops.adapt_datetimefield_value(value)
    return value


class Prepared:
    """A `values_list` queryset whose parameters come later.

    build        called once per database with one stand-in per parameter; slice it with PAGE for LIMIT and OFFSET
    parameters   name -> int, str or datetime: the kind of value the caller will give
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **parameters: type) -> None:
        self._build = build
        self._marks = {name: _mark(place, kind) for place, (name, kind) in enumerate(parameters.items())}
        self._plans: dict[tuple[str, str], _Plan] = {}

    def rows(
        self, *, using: str = DEFAULT_DB_ALIAS, limit: int = 0, offset: int = 0, **values: object
    ) -> Sequence[Sequence[Any]]:
        """The rows, converted as the ORM would. Every parameter must be given."""
        vendor = connections[using].vendor
        plan = self._plans.get((using, vendor))
        if plan is None:
            plan = self._plans[using, vendor] = _Plan(self._build(**self._marks), self._marks, using)
        parameters = list(plan.parameters)
        for place, name in plan.slots:
            parameters[place] = _as_stored(values[name], using)
        statement = plan.statement
        if plan.has_window:
            statement = statement.replace("{limit}", str(int(limit))).replace("{offset}", str(int(offset)))
        with connections[using].cursor() as cursor:
            cursor.execute(statement, parameters)
            rows: Sequence[Sequence[Any]] = cursor.fetchall()
        if plan.converters:
            return list(plan.compiler.apply_converters(rows, plan.converters))
        return rows


def _mark(place: int, kind: type) -> object:
    if kind is int:
        # No more than 32 bits: that a narrow column has no larger number Django knows without asking.
        return 1_990_000_017 + place
    if kind is datetime:
        return datetime(1871, 3, 4, 5, 6, 7, tzinfo=UTC) + timedelta(seconds=place)
    if kind is str:
        return f"prepared-parameter-{place}-b8f1"
    raise TypeError(f"no stand-in for {kind}")
