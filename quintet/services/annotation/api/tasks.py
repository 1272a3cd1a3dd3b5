"""/tasks: a page of them, one, its jobs."""

from collections.abc import Sequence

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.core.paging import PageAsked, page_answer
from quintet.core.wire import json_response
from quintet.services.annotation import actions, queries
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.filters import filtered, ordered, searched
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.queries.doors import task_row_open_to
from quintet.services.annotation.queries.tasks import (
    COLUMNS,
    Row,
    ShownTasks,
    in_full,
    newest_tasks,
    task_row,
    tasks_seen_by,
)
from quintet.services.annotation.rules import sees_all
from quintet.services.annotation.wire import bodies
from quintet.services.annotation.wire import tasks as wire
from quintet.services.annotation.wire.annotations import wants_all_forms

_NUMBERS = {"id": "id", "project_id": "project_id"}
_TEXTS = {
    "name": "name", "mode": "mode", "status": "status", "owner": "owner__username",
    "assignee": "assignee__username", "project": "project__name",
}  # fmt: skip
_SEARCHED = ("name", "owner__username", "mode", "status")
_ORDERED = {
    "id": "id", "name": "name", "owner": "owner__username", "status": "status", "assignee": "assignee__username"
}  # fmt: skip
_NARROWING = {*_NUMBERS, *_TEXTS, "search", "ordering"}


def page_of_tasks(request: Request, project_id: int | None = None) -> HttpResponse:
    """The tasks that are asked for and that this person sees, ten to a page unless another size is asked for."""
    person = person_asking(request)
    rows = tasks_seen_by(person)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    rows = searched(filtered(rows, request, numbers=_NUMBERS, texts=_TEXTS), request, _SEARCHED)
    count = rows.count()
    asked = page_asked(request, count)
    if project_id is None and sees_all(person.groups) and not _NARROWING & set(request.query_params):
        found = newest_tasks(offset=asked.offset, limit=asked.size)
    else:
        found = ordered(rows, request, _ORDERED).values_list(*COLUMNS)[_slice(asked)]
    shown = wire.tasks(_in_full(found, request), request._request)
    return json_response(page_answer(request._request, asked, count=count, results=shown))


def _slice(asked: PageAsked) -> slice:
    return slice(asked.offset, asked.offset + asked.size)


def _in_full(rows: Sequence[Row], request: Request) -> ShownTasks:
    # Labels have exactly CVAT 1.x's keys unless somebody asks for more.
    return in_full(rows, with_skeletons=wants_all_forms(request._request))


def task_answer(request: Request, task_id: int, *, status: int = 200) -> HttpResponse:
    """One task in full."""
    shown = wire.tasks(_in_full(task_row(task_id), request), request._request)
    return json_response(shown[0], status=status)


class Tasks(View):
    """The tasks one sees, newest first; a new one."""

    def get(self, request: Request) -> HttpResponse:
        return page_of_tasks(request)

    def post(self, request: Request) -> HttpResponse:
        """Make a task; its data comes in a request of its own."""
        said = bodies.TaskBody(data=request.data)
        said.is_valid(raise_exception=True)
        return task_answer(request, actions.create_task(person_asking(request), said.validated_data), status=201)


class OneTask(View):
    """One task."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        row = task_row_open_to(person_asking(request), task_id)
        return json_response(wire.tasks(_in_full([row], request), request._request)[0])

    def patch(self, request: Request, task_id: int) -> HttpResponse:
        """Change it; labels are merged by name."""
        return self._change(request, task_id, partial=True)

    def put(self, request: Request, task_id: int) -> HttpResponse:
        """The same, with name and labels required."""
        return self._change(request, task_id, partial=False)

    def delete(self, request: Request, task_id: int) -> Response:
        """Remove it with its jobs, annotations and files."""
        actions.delete_task(person_asking(request), task_id)
        return Response(status=204)

    def _change(self, request: Request, task_id: int, *, partial: bool) -> HttpResponse:
        person = person_asking(request)
        queries.task_open_to(person, task_id, "change")
        said = bodies.TaskChanges(data=request.data, partial=partial)
        said.is_valid(raise_exception=True)
        actions.change_task(person, task_id, said.validated_data)
        return task_answer(request, task_id)


class TaskJobs(View):
    """The jobs of a task."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        queries.task_open_to(person_asking(request), task_id)
        return json_response([wire.job(row, task_id, request._request) for row in queries.jobs_of(task_id)])
