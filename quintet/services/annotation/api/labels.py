"""/labels: renamed, changed, merged, removed; for one task, or by name for all tasks of a project."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from quintet.core.wire import json_response
from quintet.services.annotation import queries
from quintet.services.annotation.actions import labels as actions
from quintet.services.annotation.actions.relabelling import Consequence
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.models import Job
from quintet.services.annotation.queries import labels as found
from quintet.services.annotation.queries.projects import project_open_to
from quintet.services.annotation.queries.quality import may_judge
from quintet.services.annotation.wire import labels as wire


class TaskLabels(View):
    """The labels of a task."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        queries.task_open_to(person_asking(request), task_id)
        return json_response([wire.label(row, request._request) for row in found.labels_of(task_id)])


class OneLabel(View):
    """One label, with how much was marked with it."""

    def get(self, request: Request, label_id: int) -> HttpResponse:
        person = person_asking(request)
        label = found.label_open_to(person, label_id)
        which = {} if may_judge(person, label.task_id) else {"kind": Job.ANNOTATION}
        return json_response({**wire.label(label, request._request), "marks": found.counts_of(label, **which)})

    def patch(self, request: Request, label_id: int) -> HttpResponse:
        """Name, colour and attributes, with the values that were said; ?dry_run=true tells what that would do."""
        person = person_asking(request)
        found.label_open_to(person, label_id, "change")
        told, agreed = _read(wire.LabelChanges, request, partial=True), wire.read_agreed(request.query_params)
        done = actions.change_label(person, label_id, told, agreed)
        return _answer(request, label_id, done, agreed)

    def delete(self, request: Request, label_id: int) -> HttpResponse | Response:
        """Away with it; what was marked with it must be confirmed: ?confirm=<count> or ?marks=delete."""
        person = person_asking(request)
        found.label_open_to(person, label_id, "change")
        agreed = wire.read_agreed(request.query_params)
        done = actions.delete_label(person, label_id, agreed)
        return json_response(wire.consequence(done)) if agreed.is_rehearsal else Response(status=204)


class LabelMerge(View):
    """One label becomes another."""

    def post(self, request: Request, label_id: int) -> HttpResponse:
        """All that has this label gets the other one, and this one goes; ?dry_run=true tells what that would do."""
        person = person_asking(request)
        found.label_open_to(person, label_id, "change")
        told, agreed = _read(wire.Merge, request), wire.read_agreed(request.query_params)
        done = actions.merge_label(person, label_id, told["into"], told.get("attributes", {}), agreed)
        return _answer(request, told["into"], done, agreed)


class ProjectLabels(View):
    """The labels of a project's tasks, by name."""

    def get(self, request: Request, project_id: int) -> HttpResponse:
        project_open_to(person_asking(request), project_id)
        return json_response(found.labels_of_project(project_id))


class ProjectLabelRename(View):
    """One label of all tasks of a project."""

    def post(self, request: Request, project_id: int) -> HttpResponse:
        """Call it something else in each of them."""
        person = person_asking(request)
        project_open_to(person, project_id, "change")
        told, agreed = _read(wire.RenameByName, request), wire.read_agreed(request.query_params)
        tasks = actions.rename_in_project(person, project_id, told["name"], told["to"], agreed)
        return json_response({"tasks": tasks})


class ProjectLabelMerge(View):
    """Two labels of all tasks of a project."""

    def post(self, request: Request, project_id: int) -> HttpResponse:
        """Merge the one into the other in each of them; where there is only the first, it is renamed."""
        person = person_asking(request)
        project_open_to(person, project_id, "change")
        told, agreed = _read(wire.MergeByName, request), wire.read_agreed(request.query_params)
        tasks, done = actions.merge_in_project(
            person, project_id, told["name"], told["into"], told.get("attributes", {}), agreed
        )
        return json_response({"tasks": tasks, **wire.consequence(done)})


def _read(body: type[Serializer[Any]], request: Request, *, partial: bool = False) -> Any:
    said = body(data=request.data, partial=partial)
    said.is_valid(raise_exception=True)
    return said.validated_data


def _answer(request: Request, label_id: int, done: Consequence, agreed: actions.Agreed) -> HttpResponse:
    if agreed.is_rehearsal:
        return json_response(wire.consequence(done))
    label = found.label_open_to(person_asking(request), label_id)
    return json_response({**wire.label(label, request._request), "changed": wire.consequence(done)})
