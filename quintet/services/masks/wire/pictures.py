"""Pictures and faces on the wire."""

import base64

from django.http import HttpRequest, HttpResponse

from quintet.core.wire import json_response
from quintet.services.masks import conf
from quintet.services.masks.actions import CalculatedPicture
from quintet.services.masks.errors import BadUpload
from quintet.services.masks.rules import BOXES, DATA_URI, answer_wanted, counts_of
from quintet.services.masks.vision.detector import Face


def read_picture(request: HttpRequest) -> bytes:
    """The uploaded file. Raises BadUpload: none came, or one larger than MASKS_PICTURE_MB."""
    limit = conf.PICTURE_MB.value * 1024 * 1024
    # The length is looked at first: what is too large is not even taken in.
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit + 64 * 1024:
        raise BadUpload("the upload is too large")
    upload = request.FILES.get("pic_file")
    if upload is None or (upload.size or 0) > limit:
        raise BadUpload("no file, or one that is too large")
    content: bytes = upload.read()
    return content


def face(found: Face) -> dict[str, object]:
    """Box in pixels of the upright picture, x to the right, y down."""
    return {
        "box": [round(float(side), 1) for side in found.box],
        "class": found.wearing,
        "score": round(float(found.score), 4),
    }


def calculated_picture(request: HttpRequest, calculated: CalculatedPicture) -> HttpResponse:
    """The picture with its boxes, its data URI, or the boxes alone, as the Accept header asks."""
    kind = f"image/{calculated.format.lower()}"
    wanted = answer_wanted(request.headers.get("Accept", "*/*"))
    if wanted == BOXES:
        response = json_response(boxes(calculated))
    elif wanted == DATA_URI:
        uri = f"data:{kind};base64,{base64.b64encode(calculated.content).decode('ascii')}"
        response = HttpResponse(uri, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(calculated.content, content_type=kind)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept, Cookie"
    return response


def boxes(calculated: CalculatedPicture) -> dict[str, object]:
    """What was seen, as data."""
    return {
        "state": "ok",
        "width": calculated.width,
        "height": calculated.height,
        "faces": [face(found) for found in calculated.faces],
        "counts": counts_of(found.wearing for found in calculated.faces),
    }
