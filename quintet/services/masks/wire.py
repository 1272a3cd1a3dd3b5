"""Shapes on the wire, and how masks says no: HTTP 200 and a state, as the document has it."""

import base64

from django.http import HttpRequest, HttpResponse

from quintet.accounts.models import User
from quintet.core.dialect import Answer, Dialect
from quintet.core.errors import (
    AlreadySignedIn,
    BadInput,
    CrossSite,
    DomainError,
    MethodNotAllowed,
    NotSignedIn,
    WrongCredentials,
)
from quintet.core.wire import Fields, json_response, read_digits
from quintet.services.masks import conf
from quintet.services.masks.actions import CalculatedPicture
from quintet.services.masks.errors import BadUpload, QuotaExhausted
from quintet.services.masks.models import Camera, Feedback, Kind, Quota
from quintet.services.masks.rules import BOXES, DATA_URI, answer_wanted, counts_of
from quintet.services.masks.vision.detector import Face

OK_WITH_MESSAGE = {"state": "ok", "msg": ""}
OK = {"state": "ok"}


def _said(content: dict[str, str], *, status: int = 200) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        return json_response(content, status=status)

    return answer


# §2, §3: {"state": "error"}
DIALECT = Dialect(
    "masks",
    {
        DomainError: _said({"state": "error"}),
        CrossSite: _said({"state": "error"}, status=403),
        QuotaExhausted: _said({"state": "no resources"}),
    },
)
# §3.6, §3.7: error1 for who and how, error2 for what
UPLOAD = DIALECT.extended(
    {
        DomainError: _said({"state": "error1"}),
        CrossSite: _said({"state": "error1"}, status=403),
        NotSignedIn: _said({"state": "error1"}),
        MethodNotAllowed: _said({"state": "error1"}),
        BadInput: _said({"state": "error2"}),
    }
)


def _with_message(message: str, *, status: int = 200) -> Answer:
    return _said({"state": "error", "msg": message}, status=status)


# §1
REGISTER = DIALECT.extended(
    {
        DomainError: _with_message("msg_error"),
        MethodNotAllowed: _with_message("method_error"),
        CrossSite: _with_message("method_error", status=403),
    }
)
LOGIN = DIALECT.extended(
    {
        DomainError: _with_message("login_error"),
        WrongCredentials: _with_message("login_error"),
        MethodNotAllowed: _with_message("method_error_repeat_login_error"),
        AlreadySignedIn: _with_message("method_error_repeat_login_error"),
        CrossSite: _with_message("method_error_repeat_login_error", status=403),
    }
)
LOGOUT = DIALECT.extended(
    {
        DomainError: _with_message("method_error repeat_logout"),
        CrossSite: _with_message("method_error repeat_logout", status=403),
    }
)


def read_authority(request: HttpRequest, fields: Fields) -> bool:
    """`authority`: a JSON boolean, absent for false; in a form, which has no booleans, the words true and false.
    Raises BadInput."""
    said = fields.get("authority", False)
    if request.content_type != "application/json" and said in ("true", "false"):
        return said == "true"
    if not isinstance(said, bool):
        raise BadInput.of("authority", "Must be true or false.")
    return said


def read_kind(fields: Fields) -> Kind:
    """`state_code`. Raises BadInput."""
    return Kind(read_digits(fields, "state_code", least=min(Kind), most=max(Kind)))


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


def person(user: User, *, is_administrator: bool) -> dict[str, object]:
    """The user object that the document leaves undecided (000:38)."""
    return {"id": user.pk, "username": user.username, "email": user.email, "authority": is_administrator}


def resources(quota: Quota) -> dict[str, object]:
    """000:70-81"""
    return {
        "resource_table_id": quota.pk,
        "user_id": quota.owner_id,
        "img_nums": quota.pictures_left,
        "camera_nums": quota.cameras_left,
        "video_nums": quota.videos_left,
    }


def camera(row: Camera) -> dict[str, object]:
    """000:97-102"""
    return {"camera_id": row.pk, "camera_name": row.name, "user_id": row.owner_id, "desc": row.description}


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


def feedback(row: Feedback) -> dict[str, object]:
    """One entry of the feedback list."""
    return {
        "feedback_id": row.pk,
        "user_id": row.owner_id,
        "username": row.owner.username,
        "title": row.title,
        "content": row.content,
        "contact": row.contact,
        "created_at": row.created_at.isoformat(),
        "reply": row.reply,
        "replied_at": row.replied_at.isoformat() if row.replied_at else None,
    }
