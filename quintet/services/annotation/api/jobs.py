"""/jobs: one at a time."""

from django.http import HttpResponse
from rest_framework.request import Request

from quintet.core.wire import json_response
from quintet.services.annotation import actions, queries
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.queries import OpenJob
from quintet.services.annotation.wire import bodies
from quintet.services.annotation.wire import tasks as wire


class OneJob(View):
    """One job."""

    def get(self, request: Request, job_id: int) -> HttpResponse:
        return _answer(request, queries.job_open_to(person_asking(request), job_id))

    def patch(self, request: Request, job_id: int) -> HttpResponse:
        """Change status or assignee."""
        person = person_asking(request)
        queries.job_open_to(person, job_id, "change")
        said = bodies.JobChanges(data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        actions.change_job(person, job_id, said.validated_data)
        return _answer(request, queries.job(job_id))

    def put(self, request: Request, job_id: int) -> HttpResponse:
        """The same."""
        return self.patch(request, job_id)


def _answer(request: Request, job: OpenJob) -> HttpResponse:
    row = (0, job.start_frame, job.stop_frame, job.id, job.assignee_id, job.status)
    return json_response(wire.job(row, job.task.id, request._request))
