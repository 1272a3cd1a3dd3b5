"""Exports and imports on the wire: which format is asked for, and how a download is called."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request

from quintet.core.errors import MethodNotAllowed
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.formats import EXPORTERS, IMPORTERS
from quintet.services.annotation.queries import OpenTask

_NAME_LENGTH = 200


def read_export(request: HttpRequest) -> tuple[str, bool]:
    """The format's name, and whether the file itself is wanted. Raises Misshapen; MethodNotAllowed when it is not
    written here."""
    name, action = request.GET.get("format", ""), request.GET.get("action", "")
    if name not in EXPORTERS:
        raise Misshapen(["Unknown format specified for the request"])
    if EXPORTERS[name].write is None:
        raise MethodNotAllowed(["GET", "PUT", "PATCH", "DELETE", "HEAD"])
    if action not in ("", "download"):
        raise Misshapen(["Unexpected action specified for the request"])
    return name, action == "download"


def read_import(request: Request) -> "tuple[str, IO[bytes] | None]":
    """The format's name and the file, which repeated requests may leave out. Raises as read_export."""
    name = request.query_params.get("format", "")
    if name not in IMPORTERS:
        raise Misshapen([f"Unknown input format '{name}'"])
    if IMPORTERS[name].read is None:
        raise MethodNotAllowed(["GET", "PUT", "PATCH", "DELETE", "HEAD"])
    return name, _file(request)


def _file(request: Request) -> "IO[bytes] | None":
    try:
        files: Mapping[str, Any] = request.FILES
    except (ParseError, UnsupportedMediaType, BadRequest):
        return None
    found: IO[bytes] | None = files.get("annotation_file")
    return found


def download(file: "IO[bytes]", task: OpenTask, name: str, *, asked: str) -> FileResponse:
    """The file, called as somebody asked or after the task; in small letters, as CVAT has it."""
    moment = task.updated_at.strftime("%Y_%m_%d_%H_%M_%S")
    called = asked or f"task_{task.name}-{moment}-{name}.zip"
    response = FileResponse(file, as_attachment=True, filename=_safe(called), content_type="application/zip")
    response["Cache-Control"] = "no-store"
    return response


def _safe(called: str) -> str:
    kept = "".join(letter if letter.isprintable() and letter not in '/\\"' else "_" for letter in called.lower())
    return kept[-_NAME_LENGTH:].strip(". ") or "annotations.zip"
