"""/jobs/{id}/history: who saved what, what it was, and how it becomes that again."""

from django.http import HttpResponse
from rest_framework.request import Request

from quintet.core.paging import page_answer
from quintet.core.wire import json_response
from quintet.services.annotation import queries
from quintet.services.annotation.actions.restoring import restore_job_marks
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.queries.history import marks_at, oldest_kept, saves_of
from quintet.services.annotation.wire import history as wire
from quintet.services.annotation.wire.annotations import read_version, written, written_beside


class JobHistory(View):
    """Each save that changed a job's annotations, newest first."""

    http_method_names = ("get", "head")

    def get(self, request: Request, job_id: int) -> HttpResponse:
        job = queries.job_open_to(person_asking(request), job_id)
        found = saves_of(job.id)
        count = found.count()
        asked = page_asked(request, count)
        shown = wire.saves(found[asked.offset : asked.offset + asked.size], oldest_kept=oldest_kept(job.id))
        return json_response(page_answer(request._request, asked, count=count, results=shown))


class OneVersion(View):
    """A job's annotations as they were."""

    http_method_names = ("get", "head")

    def get(self, request: Request, job_id: int, version: int) -> HttpResponse:
        marks = marks_at(queries.job_open_to(person_asking(request), job_id), version)
        return written(marks, request._request)


class Restore(View):
    """They become that again, which is a save of its own."""

    http_method_names = ("post",)

    def post(self, request: Request, job_id: int, version: int) -> HttpResponse:
        person = person_asking(request)
        job = queries.job_open_to(person, job_id, "change")
        seen = read_version(request._request)
        marks, left_out = restore_job_marks(job, version, person_id=person.user.pk, seen=seen)
        return written_beside(marks, request._request, left_out=left_out)
