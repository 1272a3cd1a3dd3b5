"""/jobs/{id}/annotations and /tasks/{id}/annotations; with `?forms=all` figures that CVAT 1.x has not, too."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.services.annotation import queries
from quintet.services.annotation.actions import annotations as actions
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.exports import exported
from quintet.services.annotation.api.imports import imported
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.queries import annotations as found
from quintet.services.annotation.shapes.marks import Marks
from quintet.services.annotation.wire.annotations import read_marks, read_version, written

_JOB: dict[str, Callable[..., Marks]] = {
    "create": actions.add_job_marks,
    "update": actions.change_job_marks,
    "delete": actions.remove_job_marks,
}
_TASK: dict[str, Callable[..., Marks]] = {
    "create": actions.add_task_marks,
    "update": actions.change_task_marks,
    "delete": actions.remove_task_marks,
}


class JobAnnotations(View):
    """What was marked in a job; with ?forms=all also turned boxes, ellipses, masks and skeletons."""

    http_method_names = ("get", "put", "patch", "delete", "head")

    def get(self, request: Request, job_id: int) -> HttpResponseBase:
        return written(found.marks_of_job(queries.job_open_to(person_asking(request), job_id)), request._request)

    def put(self, request: Request, job_id: int) -> HttpResponseBase:
        person = person_asking(request)
        job = queries.job_open_to(person, job_id, "change")
        if "format" in request.query_params:
            return imported(request, job)
        marks, seen = read_marks(request._request), read_version(request._request)
        return written(actions.replace_job_marks(job, marks, person_id=person.user.pk, seen=seen), request._request)

    def patch(self, request: Request, job_id: int) -> HttpResponseBase:
        person = person_asking(request)
        job = queries.job_open_to(person, job_id, "change")
        save, marks, seen = _asked(request, _JOB), read_marks(request._request), read_version(request._request)
        return written(save(job, marks, person_id=person.user.pk, seen=seen), request._request)

    def delete(self, request: Request, job_id: int) -> Response:
        person = person_asking(request)
        job = queries.job_open_to(person, job_id, "change")
        actions.clear_job_marks(job, person_id=person.user.pk, seen=read_version(request._request))
        return Response(status=204)


class TaskAnnotations(View):
    """What was marked in all jobs of a task, and what is cut to its jobs; ?forms=all as for a job."""

    http_method_names = ("get", "put", "patch", "delete", "head")

    def get(self, request: Request, task_id: int) -> Any:
        if "format" in request.query_params:
            return exported(request, task_id, with_images=False)
        task = queries.task_open_to(person_asking(request), task_id)
        return written(found.marks_of_task(task).marks, request._request)

    def put(self, request: Request, task_id: int) -> Any:
        person = person_asking(request)
        task = queries.task_open_to(person, task_id, "change")
        if "format" in request.query_params:
            return imported(request, task)
        marks = read_marks(request._request)
        return written(actions.replace_task_marks(task, marks, person_id=person.user.pk), request._request)

    def patch(self, request: Request, task_id: int) -> HttpResponseBase:
        person = person_asking(request)
        task = queries.task_open_to(person, task_id, "change")
        save = _asked(request, _TASK)
        return written(save(task, read_marks(request._request), person_id=person.user.pk), request._request)

    def delete(self, request: Request, task_id: int) -> Response:
        person = person_asking(request)
        actions.clear_task_marks(queries.task_open_to(person, task_id, "change"), person_id=person.user.pk)
        return Response(status=204)


def _asked(request: Request, saves: dict[str, Callable[..., Marks]]) -> Callable[..., Marks]:
    save = saves.get(request.query_params.get("action", ""))
    if save is None:
        raise Misshapen(["Please specify a correct 'action' for the request"])
    return save
