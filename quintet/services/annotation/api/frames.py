"""/tasks/<id>/data/meta and frames, /jobs/<id>/data/meta: what is said of frames, and which are deleted."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response
from quintet.services.annotation import queries
from quintet.services.annotation.actions.frames import delete_frames, table_of
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.errors import SaidPlainly
from quintet.services.annotation.queries import OpenJob, OpenTask
from quintet.services.annotation.queries.data import Frames, deleted_frames_of, frames_of, sizes_of_frames
from quintet.services.annotation.queries.doors import frames_covered
from quintet.services.annotation.rules import step_of
from quintet.services.annotation.wire import frames as wire

_USUAL_PAGE = 100


def _data(task_id: int) -> Frames:
    data = frames_of(task_id)
    if data is None:
        raise SaidPlainly("the task has no data yet")
    return data


class Meta(View):
    """Size and name of each frame; with ?forms=all also which are deleted."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        task = queries.task_open_to(person_asking(request), task_id)
        if request.query_params.get("forms") == "all":
            return _meta_of_task(task)
        data = _data(task_id)
        return json_response(wire.meta(data, sizes_of_frames(data)))

    def patch(self, request: Request, task_id: int) -> HttpResponse:
        """`deleted_frames`: from now on these, of the whole task."""
        task = queries.task_open_to(person_asking(request), task_id, "change")
        _change(request, task)
        return _meta_of_task(task)


class JobMeta(View):
    """The same of a job: its frames alone, and which of them are deleted."""

    def get(self, request: Request, job_id: int) -> HttpResponse:
        return _meta_of_job(queries.job_open_to(person_asking(request), job_id))

    def patch(self, request: Request, job_id: int) -> HttpResponse:
        """`deleted_frames`: from now on these, of the job's frames."""
        job = queries.job_open_to(person_asking(request), job_id, "change")
        _change(request, job)
        return _meta_of_job(job)


def _change(request: Request, of: OpenTask | OpenJob) -> None:
    said = wire.MetaChanges(data=request.data)
    said.is_valid(raise_exception=True)
    if "deleted_frames" in said.validated_data:
        delete_frames(of, said.validated_data["deleted_frames"])


def _meta_of_task(task: OpenTask) -> HttpResponse:
    data = _data(task.id)
    deleted = sorted(deleted_frames_of(task.id))
    return json_response({**wire.meta(data, sizes_of_frames(data)), "deleted_frames": deleted})


def _meta_of_job(job: OpenJob) -> HttpResponse:
    data, step = _data(job.task.id), step_of(job.task.frame_filter) or 1
    first, last = job.start_frame, job.stop_frame
    sizes = sizes_of_frames(data) if data.is_video else sizes_of_frames(data)[first : last + 1]
    of_job = replace(
        data, size=last - first + 1, start_frame=data.start_frame + first * step,
        stop_frame=data.start_frame + last * step,
    )  # fmt: skip
    here = frames_covered(job)
    deleted = sorted(frame for frame in deleted_frames_of(job.task.id) if frame in here)
    return json_response({**wire.meta(of_job, sizes), "deleted_frames": deleted})


class FrameTable(View):
    """A page of the table of frames: numbers, names, sizes, moments of a video, jobs."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        queries.task_open_to(person_asking(request), task_id)
        data, asked = _data(task_id), read_page(request._request, default_size=_USUAL_PAGE)
        rows = [wire.row(shown) for shown in table_of(task_id, data, asked.offset, asked.size)]
        return json_response(page_answer(request._request, asked, count=data.size, results=rows))


class FrameTableCsv(View):
    """The whole table of frames as CSV."""

    def get(self, request: Request, task_id: int) -> StreamingHttpResponse:
        queries.task_open_to(person_asking(request), task_id)
        data = _data(task_id)
        lines: Iterator[str] = wire.as_csv(table_of(task_id, data, 0, data.size))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="task_{task_id}_frames.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whoever accepts CSV alone gets it."""
        return super().perform_content_negotiation(request, force=True)
