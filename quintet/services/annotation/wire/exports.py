"""Exports on the wire: which format is asked for, and how a download is called."""

from typing import IO

from django.http import FileResponse, HttpRequest

from quintet.core.errors import MethodNotAllowed
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.formats import EXPORTERS
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
