"""?search, ?ordering and one filter per field, as the lists of tasks and projects have them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from quintet.core.errors import BadInput
from quintet.core.wire import is_storable

M = TypeVar("M", bound=Model)


def filtered(rows: QuerySet[M], request: Request, *, numbers: Mapping[str, str], texts: Mapping[str, str]) -> Any:
    """The rows that are asked for.

    numbers   parameter -> column that must equal it
    texts     parameter -> column that must hold it, whatever the case

    Raises BadInput naming the parameter that is no number.
    """
    for name, column in numbers.items():
        if said := request.query_params.get(name, "").strip():
            rows = rows.filter(**{column: _number(name, said)})
    for name, column in texts.items():
        if said := _text(request, name):
            rows = rows.filter(**{f"{column}__icontains": said})
    return rows


def searched(rows: QuerySet[M], request: Request, columns: Sequence[str]) -> Any:
    """The rows that hold every word of ?search in one of the columns."""
    for word in _text(request, "search").replace(",", " ").split():
        found = Q()
        for column in columns:
            found |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(found)
    return rows


def ordered(rows: QuerySet[M], request: Request, columns: Mapping[str, str]) -> Any:
    """The rows by ?ordering (comma-separated, `-` for falling); newest first when it names no known column."""
    chosen = []
    for said in request.query_params.get("ordering", "").split(","):
        column = columns.get(said.strip().removeprefix("-"))
        if column is not None:
            chosen.append(f"-{column}" if said.strip().startswith("-") else column)
    return rows.order_by(*chosen, "-id")


def _number(name: str, said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise BadInput.of(name, "Enter a number.")
    return int(said)


def _text(request: Request, name: str) -> str:
    said = request.query_params.get(name, "")
    if not is_storable(said):
        raise BadInput.of(name, "Null characters are not allowed.")
    return said
