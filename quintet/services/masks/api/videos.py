"""§3.7: videos, what was seen in them, and what they were before."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from quintet.core.deferred.queries import snapshot, snapshots
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.api.people import person_of
from quintet.services.masks.models import Video


def calculate_video(request: HttpRequest) -> HttpResponse:
    """Take a video in; the answer says where it will be once faces and masks were found in it."""
    person = person_of(request)
    # Before the upload is taken in, which may be long.
    actions.refuse_without_quota(person)
    video = actions.submit_video(person, wire.read_video(request))
    return json_response({"state": "ok", "url": wire.video_url(request, video)})


def list_videos(request: HttpRequest) -> HttpResponse:
    """One's videos, newest first, and how far each is."""
    rows, page = queries.videos_of(person_of(request)), read_page(request)
    some = list(rows[page.offset : page.offset + page.size])
    jobs = snapshots(row.job_id for row in some if row.job_id and row.state == Video.PROCESSING)
    shown = [wire.video(request, row, jobs.get(row.job_id or 0)) for row in some]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def video(request: HttpRequest, video_id: int) -> HttpResponse:
    """How far a video is, and whom it showed."""
    row = queries.video_of(person_of(request), video_id)
    return json_response({"state": "ok", "video": wire.video(request, row, snapshot(row.job_id or 0))})


def delete_video(request: HttpRequest, video_id: int) -> HttpResponse:
    """Forget a video and its files."""
    actions.delete_video(person_of(request), video_id)
    return json_response(wire.OK)


def cancel_video(request: HttpRequest, video_id: int) -> HttpResponse:
    """Stop working on it; it then has cost nothing."""
    actions.cancel_video(person_of(request), video_id)
    return json_response(wire.OK)


def video_file(request: HttpRequest, video_id: int, name: str) -> HttpResponseBase:
    """result.mp4, result.json or events.csv, waited for while it is in work; or the original."""
    seconds = wire.seconds_to_wait(request)
    row = queries.video_when_finished(person_of(request), video_id, seconds=seconds)
    if row.state == Video.PROCESSING:
        return wire.still_in_work(request, row, snapshot(row.job_id or 0))
    return wire.file_answer(request, wire.kept_file(row, name))
