"""Saves of a job's annotations on the wire."""

from collections.abc import Iterable, Sequence
from typing import Any

from quintet.services.annotation.wire.people import moment


def saves(rows: Iterable[Sequence[Any]], *, oldest_kept: int) -> list[dict[str, object]]:
    """As queries.history.saves_of lists them."""
    return [
        {
            "version": version,
            "kind": kind,
            "person": None if person is None else {"id": person, "username": username},
            "at": moment(at),
            "counts": counts,
            "restorable": version >= oldest_kept,
        }
        for version, kind, person, username, at, counts in rows
    ]
