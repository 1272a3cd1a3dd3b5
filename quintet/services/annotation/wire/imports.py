"""Imports on the wire: what is asked for, and what is told of them."""

from collections.abc import Mapping
from typing import IO, Any, Literal

from django.core.exceptions import BadRequest
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request

from quintet.core.errors import BadInput, MethodNotAllowed
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.formats import IMPORTERS
from quintet.services.annotation.queries.imports import Import
from quintet.services.annotation.wire.people import moment

_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")
_INNER = ("person", "dry_run", "apart")


def read_import(request: Request) -> "tuple[str, IO[bytes] | None]":
    """The format's name and the file, which repeated requests may leave out. Raises Misshapen; MethodNotAllowed when it
    is not read here."""
    name = request.query_params.get("format", "")
    if name not in IMPORTERS:
        raise Misshapen([f"Unknown input format '{name}'"])
    if IMPORTERS[name].read is None:
        raise MethodNotAllowed(["GET", "PUT", "PATCH", "DELETE", "HEAD"])
    return name, _file(request)


def read_mode(request: Request) -> Literal["replace", "merge"]:
    """?mode. Raises BadInput."""
    said = request.query_params.get("mode", "replace")
    if said == "replace":
        return "replace"
    if said == "merge":
        return "merge"
    raise BadInput.of("mode", f'"{said[:40]}" is not a valid choice.')


def read_flag(request: Request, name: str) -> bool:
    """A truth value in the address. Raises BadInput."""
    said = request.query_params.get(name, "").lower()
    if said not in (*_TRUE, *_FALSE):
        raise BadInput.of(name, "Must be a valid boolean.")
    return said in _TRUE


def _file(request: Request) -> "IO[bytes] | None":
    try:
        files: Mapping[str, Any] = request.FILES
    except (ParseError, UnsupportedMediaType, BadRequest):
        return None
    found: IO[bytes] | None = files.get("annotation_file")
    return found


def trial(told: Mapping[str, Any]) -> dict[str, Any]:
    """What would be."""
    return {name: said for name, said in told.items() if name not in _INNER}


def shown_import(found: Import, *, in_full: bool) -> dict[str, Any]:
    """One import; in lists without the things it left out, one by one."""
    person = found.person
    who = {"id": person.pk, "username": person.username} if person is not None else None
    told = {name: said for name, said in found.told.items() if in_full or name != "skipped"}
    return {"id": found.id, "person": who, "created_date": moment(found.at), **trial(told)}
