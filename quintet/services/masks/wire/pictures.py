"""Pictures and faces on the wire."""

import base64
import csv
import io
import json
from collections.abc import Iterable, Iterator

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from quintet.core.deferred.queries import Snapshot
from quintet.core.wire import json_response
from quintet.services.masks import conf
from quintet.services.masks.actions import Seen
from quintet.services.masks.errors import BadUpload
from quintet.services.masks.models import Batch, Picture
from quintet.services.masks.rules import BOXES, CLASSES, DATA_URI, answer_wanted, counts_of, safe_cell
from quintet.services.masks.vision.detector import Face

_MEBIBYTE = 1024 * 1024
# What a multipart body holds beside its files.
_ENVELOPE_BYTES = 64 * 1024


def read_picture(request: HttpRequest) -> tuple[str, bytes]:
    """The uploaded file's name and content. Raises BadUpload: none came, or one larger than MASKS_PICTURE_MB."""
    limit = conf.PICTURE_MB.value * _MEBIBYTE
    _refuse_long_body(request, limit)
    upload = request.FILES.get("pic_file")
    if upload is None or (upload.size or 0) > limit:
        raise BadUpload("no file, or one that is too large")
    content: bytes = upload.read()
    return str(upload.name or ""), content


def read_batch(request: HttpRequest) -> "list[UploadedFile[bytes]]":
    """Every uploaded file, whatever its field is called. Raises BadUpload for a body larger than MASKS_BATCH_MB."""
    _refuse_long_body(request, conf.BATCH_MB.value * _MEBIBYTE)
    return [upload for _, uploads in request.FILES.lists() for upload in uploads]


def _refuse_long_body(request: HttpRequest, limit: int) -> None:
    # The length is looked at first: what is too large is not even taken in.
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit + _ENVELOPE_BYTES:
        raise BadUpload("the upload is too large")


def face(found: Face) -> dict[str, object]:
    """Box in pixels of the upright picture, x to the right, y down."""
    return {
        "box": [round(float(side), 1) for side in found.box],
        "class": found.wearing,
        "score": round(float(found.score), 4),
    }


def calculated_picture(request: HttpRequest, seen: Seen) -> HttpResponse:
    """The picture with its boxes, its data URI, or the boxes alone, as the Accept header asks."""
    kind = f"image/{seen.format.lower()}"
    wanted = answer_wanted(request.headers.get("Accept", "*/*"))
    if wanted == BOXES:
        response = json_response(boxes(seen))
    elif wanted == DATA_URI:
        uri = f"data:{kind};base64,{base64.b64encode(seen.drawn).decode('ascii')}"
        response = HttpResponse(uri, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(seen.drawn, content_type=kind)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept, Cookie"
    return response


def boxes(seen: Seen) -> dict[str, object]:
    """What was seen, as data."""
    return {
        "state": "ok",
        "width": seen.width,
        "height": seen.height,
        "faces": [face(found) for found in seen.faces],
        "counts": counts_of(found.wearing for found in seen.faces),
    }


def picture(request: HttpRequest, row: Picture) -> dict[str, object]:
    """One picture of the history. Links are null where there is nothing to be seen."""
    here = request.build_absolute_uri(f"/mask_detect/pictures/{row.pk}/")
    return {
        "picture_id": row.pk,
        "batch_id": row.batch_id,
        "name": row.name,
        "state": row.state,
        "reason": row.reason,
        "width": row.width,
        "height": row.height,
        "faces": row.faces,
        "counts": {name: getattr(row, name) for name in CLASSES},
        "created_at": row.created_at.isoformat(),
        "model": row.model,
        "original": f"{here}original" if row.original and row.state == Picture.DONE else None,
        "result": f"{here}result" if row.original and row.state == Picture.DONE else None,
        "thumbnail": f"{here}thumbnail" if row.thumbnail else None,
    }


def batch(request: HttpRequest, row: Batch, states: dict[str, int], job: Snapshot | None) -> dict[str, object]:
    """One batch and how far it is. `progress` is waiting, running, done, cancelled or failed."""
    progress = {"queued": "waiting"}.get(job.state, str(job.state)) if job else "done"
    return {
        "batch_id": row.pk,
        "url": request.build_absolute_uri(f"/mask_detect/batches/{row.pk}/"),
        "created_at": row.created_at.isoformat(),
        "progress": "failed" if row.refused else progress,
        "reason": row.refused or (job.error if job else ""),
        "seconds_left": job.eta_seconds if job else None,
        "pictures": states,
    }


def as_json(request: HttpRequest, rows: Iterable[Picture]) -> Iterator[str]:
    """A JSON array, one picture a line."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(picture(request, row), ensure_ascii=False)
    yield "\n]\n"


def as_csv(rows: Iterable[Picture]) -> Iterator[str]:
    """A line a face; a picture without faces has one line without a box. Begins with a byte-order mark, without which
    spreadsheets misread Chinese names."""
    yield "\ufeff" + _line(
        ["picture_id", "batch_id", "name", "created_at", "width", "height", "class", "score", "x1", "y1", "x2", "y2"]
    )
    for row in rows:
        head = [row.pk, row.batch_id or "", safe_cell(row.name), row.created_at.isoformat(), row.width, row.height]
        for found in row.faces or [{"class": "", "score": "", "box": ["", "", "", ""]}]:
            yield _line([*head, found["class"], found["score"], *found["box"]])


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def as_coco(rows: Iterable[Picture], rows_again: Iterable[Picture]) -> Iterator[str]:
    """A COCO detection file: images, then annotations, so that neither is held whole. Boxes are x, y, width, height."""
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
    yield '{"info": {"description": "Quintet masks"},\n"categories": ' + json.dumps(categories) + ',\n"images": ['
    for number, row in enumerate(rows):
        image = {"id": row.pk, "file_name": row.name, "width": row.width, "height": row.height}
        yield (",\n" if number else "\n") + json.dumps(image, ensure_ascii=False)
    yield '\n],\n"annotations": ['
    for number, annotation in enumerate(_annotations(rows_again), 1):
        yield (",\n" if number > 1 else "\n") + json.dumps({"id": number, **annotation})
    yield "\n]}\n"


def _annotations(rows: Iterable[Picture]) -> Iterator[dict[str, object]]:
    for row in rows:
        for found in row.faces:
            x1, y1, x2, y2 = found["box"]
            width, height = round(x2 - x1, 1), round(y2 - y1, 1)
            yield {
                "image_id": row.pk,
                "category_id": CLASSES.index(found["class"]) + 1,
                "bbox": [x1, y1, width, height],
                "area": round(width * height, 1),
                "iscrowd": 0,
                "score": found["score"],
            }
