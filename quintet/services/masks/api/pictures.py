"""§3.6: pictures, one by one and in number; what was seen on them before."""

from collections.abc import Iterator, Sequence

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from quintet.core.deferred.queries import snapshots
from quintet.core.errors import BadInput, NotFound
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.api.people import person_of
from quintet.services.masks.models import Batch, Picture


def calculate_picture(request: HttpRequest) -> HttpResponse:
    """Find faces and masks in a picture; the answer is the picture with boxes, or what Accept asks for."""
    person = person_of(request)
    name, content = wire.read_picture(request)
    return wire.calculated_picture(request, actions.calculate_picture(person, name=name, content=content))


def calculate_pictures(request: HttpRequest) -> HttpResponse:
    """Many pictures or a ZIP of them, looked at after the answer; each that is answered costs one."""
    batch = actions.begin_batch(person_of(request), wire.read_batch(request))
    return json_response({"state": "ok", "batch": _shown(request, [batch])[0]})


def list_pictures(request: HttpRequest) -> HttpResponse:
    """What was looked at, newest first; ?from= ?to= ?batch= ?class= ?state=done|refused|waiting."""
    rows, page = _asked_for(request), read_page(request)
    shown = [wire.picture(request, row) for row in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def _asked_for(request: HttpRequest) -> queries.Pictures:
    said = request.GET.get("batch", "")
    if said and not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise BadInput.of("batch", "A valid integer is required.")
    return queries.pictures_of(
        person_of(request),
        since=wire.read_moment(request, "from"),
        until=wire.read_moment(request, "to", end_of_day=True),
        batch_id=int(said) if said else None,
        wearing=request.GET.get("class"),
        state=request.GET.get("state"),
    )


def picture(request: HttpRequest, picture_id: int) -> HttpResponse:
    """One picture: faces, counts, links to what is kept of it."""
    row = queries.picture_of(person_of(request), picture_id)
    return json_response({"state": "ok", "picture": wire.picture(request, row)})


def delete_picture(request: HttpRequest, picture_id: int) -> HttpResponse:
    """Forget a picture and its files."""
    actions.delete_picture(person_of(request), picture_id)
    return json_response(wire.OK)


def original(request: HttpRequest, picture_id: int) -> HttpResponseBase:
    """The picture as it came."""
    row = _kept(request, picture_id)
    return _file(row.original, f"image/{row.format.lower()}", row.name)


def result(request: HttpRequest, picture_id: int) -> HttpResponse:
    """The picture with its boxes."""
    row = _kept(request, picture_id)
    try:
        content = actions.draw_kept_picture(row)
    except FileNotFoundError as gone:
        raise NotFound("its file is gone") from gone
    return HttpResponse(content, content_type=f"image/{row.format.lower()}", headers={"Cache-Control": "private"})


def thumbnail(request: HttpRequest, picture_id: int) -> HttpResponseBase:
    """A small JPEG with its boxes."""
    return _file(_kept(request, picture_id).thumbnail, "image/jpeg", "thumbnail.jpg")


def _kept(request: HttpRequest, picture_id: int) -> Picture:
    row = queries.picture_of(person_of(request), picture_id)
    if row.state != Picture.DONE or not row.original:
        raise NotFound("nothing of it is kept")
    return row


def _file(name: str, kind: str, shown_name: str) -> FileResponse:
    try:
        opened = default_storage.open(name)
    except FileNotFoundError as gone:
        raise NotFound("its file is gone") from gone
    return FileResponse(opened, content_type=kind, filename=shown_name, headers={"Cache-Control": "private"})


def list_batches(request: HttpRequest) -> HttpResponse:
    """One's batches, newest first, and how far each is."""
    rows, page = queries.batches_of(person_of(request)), read_page(request)
    shown = _shown(request, list(rows[page.offset : page.offset + page.size]))
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is."""
    row = queries.batch_of(person_of(request), batch_id)
    return json_response({"state": "ok", "batch": _shown(request, [row])[0]})


def _shown(request: HttpRequest, batches: Sequence[Batch]) -> list[dict[str, object]]:
    states, jobs = queries.states_in(batches), snapshots(row.job_id for row in batches if row.job_id)
    return [wire.batch(request, row, states[row.pk], jobs.get(row.job_id or 0)) for row in batches]


def cancel_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Stop a batch; what was not looked at costs nothing."""
    actions.cancel_batch(person_of(request), batch_id)
    return json_response(wire.OK)


def export_pictures(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows, whole: ?format=json, csv or coco."""
    rows = _asked_for(request).filter(state=Picture.DONE)
    asked = request.GET.get("format", "json")
    if asked == "csv":
        written, kind = wire.as_csv(_each(rows)), "text/csv; charset=utf-8"
    elif asked == "coco":
        written, kind = wire.as_coco(_each(rows), _each(rows)), "application/json"
    elif asked == "json":
        written, kind = wire.as_json(request, _each(rows)), "application/json"
    else:
        raise BadInput.of("format", "Must be json, csv or coco.")
    name = f"pictures.{'csv' if asked == 'csv' else 'json'}"
    return StreamingHttpResponse(
        written, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _each(rows: queries.Pictures) -> Iterator[Picture]:
    return rows.iterator(chunk_size=500)
