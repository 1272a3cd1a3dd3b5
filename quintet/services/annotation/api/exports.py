"""Exports of a task: 202 while they are made, 201 when they are, 200 with the file."""

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.services.annotation import actions, queries
from quintet.services.annotation.actions import files
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.wire.exports import download, read_export


class TaskDataset(View):
    """What was marked, with the images."""

    http_method_names = ("get", "head")

    def get(self, request: Request, task_id: int) -> HttpResponseBase:
        return exported(request, task_id, with_images=True)


def exported(request: Request, task_id: int, *, with_images: bool) -> HttpResponseBase:
    """How far an export is, or the file."""
    task = queries.task_open_to(person_asking(request), task_id)
    name, is_wanted = read_export(request._request)
    stored = actions.export_of(task, name, with_images=with_images, host=request.get_host())
    if stored is None:
        return Response(status=202)
    if not is_wanted:
        return Response(status=201)
    return download(files.store().open(stored), task, name, asked=request.query_params.get("filename", ""))
