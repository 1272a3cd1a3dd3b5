"""/tasks/<id>/data/uploads: files that come in pieces, by tus 1.0, and survive broken connections and restarts."""

import re
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from quintet.core.errors import MethodNotAllowed, NotFound
from quintet.core.wire import json_response
from quintet.services.annotation import queries
from quintet.services.annotation.actions import resumables as actions
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.models import Resumable
from quintet.services.annotation.wire import resumables as wire

_KEY = re.compile(r"[0-9a-f]{32}")


class _Tus(View):
    body_is_streamed = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # What the server is able to do is no secret, and is asked before anything else.
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)
            wire.refuse_other_versions(request._request)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answers are headers; whatever is accepted will do."""
        return super().perform_content_negotiation(request, force=True)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What of tus is spoken here."""
        return HttpResponse(status=204, headers=wire.abilities())

    def handle_exception(self, exc: Exception) -> Any:
        response = super().handle_exception(exc)
        wire.read_to_no_end(self.request._request)
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in wire.on_every_answer(request._request).items():
            response[name] = value
        return response


class Resumables(_Tus):
    """The files of a task that came in pieces and are not its data yet."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        queries.task_open_to(person_asking(request), task_id, "upload")
        rows = Resumable.objects.filter(task_id=task_id).order_by("id")
        return json_response([wire.about(row, row.offset) for row in rows])

    def post(self, request: Request, task_id: int) -> HttpResponse:
        """Begin a file: Upload-Length or Upload-Defer-Length, Upload-Metadata with a filename; perhaps a piece."""
        person = person_asking(request)
        queries.task_open_to(person, task_id, "upload")
        said, piece = wire.read_beginning(request._request), wire.read_piece(request._request, is_first=True)
        row = actions.begin(person, task_id, **said)
        # Behind a proxy only the client knows the scheme: the address is told without one.
        told = {"Location": f"{request.path}/{row.key}"}
        if piece is not None:
            try:
                told["Upload-Offset"] = str(actions.proceed(row, piece))
            except BaseException:
                actions.give_up(row)
                raise
        return HttpResponse(status=201, headers={**told, **wire.expiry_of(row)})


class OneResumable(_Tus):
    """One file that comes in pieces."""

    def get(self, request: Request, task_id: int, key: str) -> HttpResponse:
        """How far it is; HEAD says so in headers alone."""
        row = _row(request, task_id, key)
        length = actions.length_of(row)
        response = json_response(wire.about(row, length))
        for name, value in wire.headers_of(row, length).items():
            response[name] = value
        return response

    def patch(self, request: Request, task_id: int, key: str) -> HttpResponse:
        """One more piece, from Upload-Offset on."""
        row = _row(request, task_id, key)
        piece = wire.read_piece(request._request)
        assert piece is not None
        end = actions.proceed(row, piece)
        return HttpResponse(status=204, headers={"Upload-Offset": str(end), **wire.expiry_of(row)})

    def delete(self, request: Request, task_id: int, key: str) -> HttpResponse:
        """Give it up."""
        actions.give_up(_row(request, task_id, key))
        return HttpResponse(status=204)

    def post(self, request: Request, task_id: int, key: str) -> HttpResponse:
        """For those who can send no PATCH or DELETE: X-HTTP-Method-Override says which is meant."""
        meant = {"PATCH": self.patch, "DELETE": self.delete, "HEAD": self.get}
        method = request.headers.get("X-HTTP-Method-Override", "").upper()
        if method not in meant:
            raise MethodNotAllowed(["GET", "PATCH", "DELETE", "HEAD", "OPTIONS"])
        return meant[method](request, task_id, key)


def _row(request: Request, task_id: int, key: str) -> Resumable:
    queries.task_open_to(person_asking(request), task_id, "upload")
    row = Resumable.objects.filter(key=key, task_id=task_id).first() if _KEY.fullmatch(key) else None
    if row is None:
        raise NotFound("no such upload")
    return row
