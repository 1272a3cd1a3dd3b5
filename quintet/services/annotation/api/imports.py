"""Files that come in: 202 while they are read, 201 when they are; and what became of them."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.core.paging import page_answer
from quintet.core.wire import json_response
from quintet.services.annotation import actions, queries
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.queries import OpenJob, OpenTask
from quintet.services.annotation.queries.imports import import_of, imports_of, in_words
from quintet.services.annotation.wire.imports import read_flag, read_import, read_mode, shown_import, trial


def imported(request: Request, to: OpenTask | OpenJob) -> HttpResponse | Response:
    """How far an import is; of a trial (`?dry_run=true`) what would be."""
    name, file = read_import(request)
    order = actions.Order(
        name, read_mode(request), is_strict=read_flag(request, "strict"), is_trial=read_flag(request, "dry_run")
    )
    outcome = actions.import_into(to, order, file, person_id=person_asking(request).user.pk)
    if outcome is None:
        return Response(status=202)
    if order.is_trial:
        return json_response(trial(outcome.told))
    task_id = to.task.id if isinstance(to, OpenJob) else to.id
    # Beside what CVAT's clients know: where it is told what became of it.
    where = f"/api/v1/tasks/{task_id}/imports/{outcome.number}"
    return Response(status=201, headers={"Location": request.build_absolute_uri(where)})


class TaskImports(View):
    """Imports into a task and its jobs, newest first."""

    http_method_names = ("get", "head")

    def get(self, request: Request, task_id: int) -> HttpResponse:
        person = person_asking(request)
        rows = imports_of(queries.task_open_to(person, task_id).id, person)
        count = rows.count()
        asked = page_asked(request, count)
        found = in_words(list(rows[asked.offset : asked.offset + asked.size]))
        shown = [shown_import(each, in_full=False) for each in found]
        return json_response(page_answer(request._request, asked, count=count, results=shown))


class OneImport(View):
    """What one import brought in, and what it left out and why."""

    http_method_names = ("get", "head")

    def get(self, request: Request, task_id: int, import_id: int) -> HttpResponse:
        person = person_asking(request)
        task = queries.task_open_to(person, task_id)
        return json_response(shown_import(import_of(task.id, import_id, person), in_full=True))
