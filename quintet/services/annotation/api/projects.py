"""/projects."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.core.errors import MethodNotAllowed, NotAllowed
from quintet.core.paging import page_answer
from quintet.core.wire import json_response
from quintet.services.annotation import actions
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.filters import filtered, ordered, searched
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.api.tasks import page_of_tasks
from quintet.services.annotation.queries.projects import project_open_to, projects_seen_by
from quintet.services.annotation.wire import bodies
from quintet.services.annotation.wire.projects import project as shown_project

_TEXTS = {"name": "name", "owner": "owner__username", "status": "status", "assignee": "assignee__username"}


class Projects(View):
    """The projects one sees, newest first; a new one."""

    def get(self, request: Request) -> HttpResponse:
        rows = projects_seen_by(person_asking(request))
        rows = filtered(rows, request, numbers={"id": "id"}, texts=_TEXTS)
        rows = ordered(searched(rows, request, tuple(_TEXTS.values())), request, {"id": "id", **_TEXTS})
        count = rows.count()
        asked = page_asked(request, count)
        shown = [shown_project(row, request._request) for row in rows[asked.offset : asked.offset + asked.size]]
        return json_response(page_answer(request._request, asked, count=count, results=shown))

    def post(self, request: Request) -> HttpResponse:
        """Make a project."""
        said = bodies.ProjectBody(data=request.data)
        said.is_valid(raise_exception=True)
        project = actions.create_project(person_asking(request), said.validated_data)
        return json_response(shown_project(project, request._request), status=201)


class OneProject(View):
    """One project."""

    http_method_names = ("get", "put", "patch", "delete", "head", "options")

    def get(self, request: Request, project_id: int) -> HttpResponse:
        return json_response(shown_project(project_open_to(person_asking(request), project_id), request._request))

    def patch(self, request: Request, project_id: int) -> HttpResponse:
        """Change it."""
        person = person_asking(request)
        project_open_to(person, project_id, "change")
        said = bodies.ProjectBody(data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        return json_response(
            shown_project(actions.change_project(person, project_id, said.validated_data), request._request)
        )

    def put(self, request: Request, project_id: int) -> HttpResponse:
        """Not to be had: 403, and to administrators 405, as CVAT answers."""
        if not person_asking(request).is_administrator:
            raise NotAllowed("a project is changed by PATCH")
        raise MethodNotAllowed(["GET", "PATCH", "DELETE", "HEAD", "OPTIONS"])

    def delete(self, request: Request, project_id: int) -> Response:
        """Remove it and its tasks."""
        actions.delete_project(person_asking(request), project_id)
        return Response(status=204)


class ProjectTasks(View):
    """The tasks of a project, as far as one sees them."""

    def get(self, request: Request, project_id: int) -> HttpResponse:
        project_open_to(person_asking(request), project_id)
        return page_of_tasks(request, project_id)
