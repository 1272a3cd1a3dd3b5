"""§3.3, §3.4: cameras are bound and made known; ours: they see."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response, read_digits, read_fields, read_text
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.api.people import is_still_signed_in, person_of
from quintet.services.masks.models import Camera
from quintet.services.masks.watching import viewing

_LOOK_AGAIN_SECONDS = 5.0


def add_camera(request: HttpRequest) -> HttpResponse:
    """Bind a free camera to oneself."""
    person = person_of(request)
    actions.bind_camera(person, read_digits(read_fields(request), "camera_id", least=1, most=10**18))
    return json_response(wire.OK)


def create_camera(request: HttpRequest) -> HttpResponse:
    """Make a camera known; for administrators."""
    person, fields = person_of(request), read_fields(request)
    # The document writes `description` in its example and `discription` in its text (000:127-128).
    said = "description" if "description" in fields else "discription"
    actions.create_camera(
        person,
        name=read_text(fields, "name", max_length=100),
        description=read_text(fields, said, max_length=10_000, default="", blank=True),
        source=wire.read_address(fields, "source") or "",
    )
    return json_response(wire.OK)


def unbind_camera(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Give a camera back; the place in the quota with it."""
    actions.unbind_camera(person_of(request), camera_id)
    return json_response(wire.OK)


def list_cameras(request: HttpRequest) -> HttpResponse:
    """One's own cameras, all for administrators, with what each shows just now."""
    person, page = person_of(request), read_page(request, default_size=100)
    rows = queries.cameras_shown_to(person)
    shown = _watched(person, list(rows[page.offset : page.offset + page.size]))
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def camera(request: HttpRequest, camera_id: int) -> HttpResponse:
    """One camera, what it shows just now, and the minutes of the last hour."""
    person = person_of(request)
    row = queries.camera_open_to(person, camera_id)
    minutes = [wire.camera_minute(minute) for minute in queries.last_hour_of(person, row)]
    return json_response({"state": "ok", "camera": {**_watched(person, [row])[0], "minutes": minutes}})


def _watched(person: User, rows: list[Camera]) -> list[dict[str, object]]:
    seen, is_administrator = viewing.seen_now(rows), queries.is_administrator(person)
    return [
        wire.watched_camera(
            row,
            queries.condition_of(row, answers=row.pk in seen),
            seen.get(row.pk),
            is_administrator=is_administrator,
        )
        for row in rows
    ]


def change_camera(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Name, description and source, by administrators; the webhook, by the owner as well."""
    person, fields = person_of(request), read_fields(request)
    secret = actions.change_camera(
        person,
        camera_id,
        name=read_text(fields, "name", max_length=100) if "name" in fields else None,
        description=(
            read_text(fields, "description", max_length=10_000, blank=True) if "description" in fields else None
        ),
        source=wire.read_address(fields, "source"),
        webhook=wire.read_address(fields, "webhook_url"),
    )
    return json_response({**wire.OK, "webhook_secret": secret} if secret else wire.OK)


def delete_camera(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Forget a camera and what it showed; for administrators."""
    actions.delete_camera(person_of(request), camera_id)
    return json_response(wire.OK)


def camera_history(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Counts by the minute: of the last day unless ?from= and ?to= say otherwise."""
    person, page = person_of(request), read_page(request, default_size=1000)
    row = queries.camera_open_to(person, camera_id)
    until = wire.read_moment(request, "to", end_of_day=True) or now()
    since = wire.read_moment(request, "from") or until - timedelta(days=1)
    rows = queries.minutes_of(person, row, since=since, until=until)
    shown = [wire.camera_minute(minute) for minute in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def camera_events(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Who was seen without a mask, newest first."""
    person, page = person_of(request), read_page(request)
    rows = queries.events_of(person, queries.camera_open_to(person, camera_id))
    shown = [wire.camera_event(event) for event in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def camera_deliveries(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Attempts to tell the webhook, newest first."""
    person, page = person_of(request), read_page(request)
    rows = queries.deliveries_of(person, queries.camera_open_to(person, camera_id))
    shown = [wire.camera_delivery(delivery) for delivery in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def event_snapshot(request: HttpRequest, camera_id: int, event_id: int) -> HttpResponseBase:
    """The frame that an event was seen in, boxes drawn."""
    event = queries.event_open_to(person_of(request), camera_id, event_id)
    try:
        opened = queries.snapshot_of(event)
    except FileNotFoundError as gone:
        raise NotFound("the snapshot is not there any more") from gone
    return FileResponse(opened, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


def camera_snapshot(request: HttpRequest, camera_id: int) -> HttpResponse:
    """The newest frame that was looked at, boxes drawn."""
    header, jpeg = viewing.snapshot(queries.camera_open_to(person_of(request), camera_id))
    headers = {"Cache-Control": "no-store", "X-Taken-At": str(header["at"])}
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)


def camera_stream(request: HttpRequest, camera_id: int) -> StreamingHttpResponse:
    """Frames with boxes, as they are looked at."""
    kind = f"multipart/x-mixed-replace; boundary={wire.BOUNDARY}"
    return _streamed(request, camera_id, "frames", wire.mjpeg(), kind)


def camera_detections(request: HttpRequest, camera_id: int) -> StreamingHttpResponse:
    """What is seen and how the camera is, as server-sent events."""
    return _streamed(request, camera_id, "detections", wire.server_sent_event, "text/event-stream; charset=utf-8")


def _streamed(
    request: HttpRequest, camera_id: int, want: str, write: viewing.Write, kind: str
) -> StreamingHttpResponse:
    row = queries.camera_open_to(person_of(request), camera_id)
    stream = viewing.Stream(row, want, write, may_go_on=_permit(request, camera_id))
    # Proxies that collect answers before they pass them on are asked not to.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type=kind, headers=headers)


def _permit(request: HttpRequest, camera_id: int) -> Callable[[], bool]:
    """Whether the viewer is still signed in and may still see the camera: asked of the database every few seconds, on
    a connection that is not kept in between."""
    looked_at: float | None = None

    def may_go_on() -> bool:
        nonlocal looked_at
        if looked_at is not None and time.monotonic() - looked_at < _LOOK_AGAIN_SECONDS:
            return True
        person_id = is_still_signed_in(request)
        may = person_id is not None and queries.is_open_to(person_id, camera_id)
        looked_at = time.monotonic()
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()
        return may

    return may_go_on
