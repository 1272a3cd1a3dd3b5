"""/tasks/<id>/data: upload, chunks, frames, previews; and how far an upload is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe
from rest_framework.request import Request

from quintet.core.errors import NotFound
from quintet.core.wire import json_response
from quintet.services.annotation import actions, queries
from quintet.services.annotation.actions import files
from quintet.services.annotation.actions.chunks import Quality, chunk, frame, preview
from quintet.services.annotation.actions.resumables import whole_files
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.uploads import IntoFolder, client_files
from quintet.services.annotation.errors import SaidPlainly
from quintet.services.annotation.queries.data import Frames, frames_of, status_of_data
from quintet.services.annotation.wire import data as wire

_KINDS = ("chunk", "frame", "preview")
_PIECE = 256 * 1024


class TaskData(View):
    """Frames in; chunks, frames and previews out."""

    def get(self, request: Request, task_id: int) -> HttpResponseBase:
        """?type=chunk|frame|preview, ?number, ?quality=compressed|original."""
        queries.task_open_to(person_asking(request), task_id)
        kind, number, quality = _asked(request)
        data = frames_of(task_id)
        if data is None:
            raise SaidPlainly(f"cannot get requested data type: {kind}\nthe task has no data yet")
        if _has_it(request, data):
            return _dated(HttpResponse(status=304), data)
        try:
            return _dated(_content(data, kind, number, quality), data)
        except NotFound as missing:
            said = f"cannot get requested data type: {kind}, number: {number}, quality: Quality.{quality.upper()}"
            raise SaidPlainly(f"{said}\n{missing}") from missing

    def post(self, request: Request, task_id: int) -> HttpResponse:
        """Take files in; 202, and the task's status tells how far that is. A second POST appends."""
        person = person_asking(request)
        queries.task_open_to(person, task_id, "upload")
        with files.own_folder() as folder:
            request._request.upload_handlers = [IntoFolder(folder)]
            said = wire.DataBody(data=request.data)
            said.is_valid(raise_exception=True)
            told = said.validated_data
            sent = [*client_files(request), *whole_files(task_id, told["resumable_files"], folder)]
            actions.add_data(person, task_id, _sent(told, sent))
        return json_response(wire.echo(told, [name for name, _ in sent]), status=202)


def _sent(told: dict[str, object], sent: list[tuple[str, Path]]) -> actions.Sent:
    renamed = {"server_files": "server", "remote_files": "remote", "resumable_files": "resumable"}
    return actions.Sent(files=sent, **{renamed.get(name, name): value for name, value in told.items()})  # type: ignore[arg-type]


def _asked(request: Request) -> tuple[str, int, Quality]:
    """Raises SaidPlainly, in CVAT's words."""
    kind, number, quality = (request.query_params.get(name, "") for name in ("type", "number", "quality"))
    if kind not in _KINDS:
        raise SaidPlainly("data type not specified or has wrong value")
    is_number = number.isascii() and number.isdigit() and len(number) <= 15
    if kind != "preview" and not is_number:
        raise SaidPlainly("number not specified")
    if quality not in ("", "compressed", "original"):
        raise SaidPlainly("wrong quality value")
    return kind, int(number) if is_number else 0, "original" if quality == "original" else "compressed"


def _has_it(request: Request, data: Frames) -> bool:
    if known := request.headers.get("If-None-Match"):
        return _tag(data) in known
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and since >= int(data.made_at.timestamp())


def _tag(data: Frames) -> str:
    # Two uploads may come within the second that Last-Modified can tell apart.
    return f'"{data.folder[:12]}-{data.size}"'


def _dated(response: HttpResponseBase, data: Frames) -> HttpResponseBase:
    response["Last-Modified"] = http_date(data.made_at.timestamp())
    response["ETag"] = _tag(data)
    response["Cache-Control"] = "private, no-cache"
    return response


def _content(data: Frames, kind: str, number: int, quality: Quality) -> HttpResponseBase:
    if kind == "frame":
        content, media_type = frame(data, number, quality)
        return HttpResponse(content, content_type=media_type)
    opened, media_type = (preview(data), "image/jpeg") if kind == "preview" else chunk(data, number, quality)
    length = os.fstat(opened.fileno()).st_size
    return StreamingHttpResponse(
        _Pieces(opened), content_type=media_type, headers={"Content-Length": str(length)}
    )  # fmt: skip


class _Pieces:
    """An open file, piece by piece; closed with the answer, also when nobody reads it (HEAD)."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._opened.read(_PIECE):
            yield piece

    def close(self) -> None:
        self._opened.close()


class Status(View):
    """How far the newest upload is."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        queries.task_open_to(person_asking(request), task_id)
        state, message = status_of_data(task_id)
        return json_response({"state": state, "message": message})
