"""/lambda: functions that find things on frames, and runs of them over whole tasks. CVAT's page calls them models."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from quintet.services.annotation import queries
from quintet.services.annotation.actions import functions as actions
from quintet.services.annotation.actions.functions import Wish
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.queries.functions import request_called, requests_seen_by
from quintet.services.annotation.rules.functions import known_functions
from quintet.services.annotation.wire.functions import (
    CallBody,
    RequestBody,
    shown_finding,
    shown_function,
    shown_request,
)


class Functions(View):
    """What can look at frames by itself."""

    def get(self, request: Request) -> Response:
        return Response([shown_function(function) for function in known_functions()])


class OneFunction(View):
    """One function."""

    def get(self, request: Request, function_id: str) -> Response:
        return Response(shown_function(actions.function_open(function_id)[0]))

    def post(self, request: Request, function_id: str) -> Response:
        """What it finds on one frame; nothing is saved."""
        actions.function_open(function_id)
        said = _said(CallBody(data=request.data))
        task = queries.task_open_to(person_asking(request), said["task"])
        found = actions.call_function(task, function_id, said["frame"], _wish(said))
        return Response([shown_finding(each) for each in found])


class FunctionRequests(View):
    """Runs over tasks that one sees, the newest first."""

    def get(self, request: Request) -> Response:
        return Response([shown_request(shown) for shown in requests_seen_by(person_asking(request))])

    def post(self, request: Request) -> Response:
        """Let a function look at all frames of a task."""
        said, person = _said(RequestBody(data=request.data)), person_asking(request)
        actions.function_open(said["function"])
        task = queries.task_open_to(person, said["task"], "change")
        row = actions.request_function(person, task, said["function"], _wish(said))
        return Response(shown_request(request_called(row.key)))


class OneFunctionRequest(View):
    """How far a run is."""

    http_method_names = ("get", "delete", "head")

    def get(self, request: Request, key: str) -> Response:
        shown = request_called(key)
        queries.task_open_to(person_asking(request), shown.row.task_id)
        return Response(shown_request(shown))

    def delete(self, request: Request, key: str) -> Response:
        """Stop it, and forget it."""
        shown = request_called(key)
        queries.task_open_to(person_asking(request), shown.row.task_id, "change")
        actions.forget_request(shown)
        return Response(status=204)


def _said(body: CallBody | RequestBody) -> Mapping[str, Any]:
    body.is_valid(raise_exception=True)
    said: Mapping[str, Any] = body.validated_data
    return said


def _wish(said: Mapping[str, Any]) -> Wish:
    return Wish(said.get("threshold"), said.get("mapping") or {}, said.get("cleanup", False))
