"""Shapes on the wire, and how this service says no: every message is {"msg": …, "request": "<METHOD> <path>"}."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from quintet.accounts.errors import BadEmail, BadUsername, EmailTaken, UsernameTaken
from quintet.core.dialect import Answer, Dialect
from quintet.core.errors import (
    BadInput,
    Conflict,
    DomainError,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooManyAttempts,
    UnknownAccount,
    WrongCredentials,
)
from quintet.core.wire import Fields, is_storable, json_response, read_fields
from quintet.services.mocks import conf
from quintet.services.mocks.errors import BadPromotion, NoSuchMock
from quintet.services.mocks.rules import EMAIL_MAX_LENGTH, NAME_MAX_LENGTH, is_json, is_password, read_promotion

OK = "ok 😆"
UNAUTHORIZED = "authorization failed 👿"
FORBIDDEN = "forbidden, not in scope 🤭"
NOBODY = "用户不存在 🙄"
TAKEN = "sorry, problems with database, this may happen when you insert conflicted or invalid data 😷"
BAD_PROMOTION = "权限级别不在正常范围，请检查参数 😒"
BAD_PASSWORD = "密码长度应为8-32或密码包含不可用字符"  # noqa: S105  words, no secret
BAD_EMAIL = "邮箱格式错误"
BAD_JSON = "Json文本格式错误"

_MISSING = {
    "email": "邮箱不能为空",
    "password": "密码不能为空",
    "promotion": "权限提升等级数不能为空",
    "name": "名称不能为空",
    "json": "Json文本不能为空",
}
_BAD = {"email": BAD_EMAIL, "password": BAD_PASSWORD, "name": f"名称长度应为1-{NAME_MAX_LENGTH}或名称包含不可用字符"}
_MAX_LENGTH = {"email": EMAIL_MAX_LENGTH, "password": 1024, "name": NAME_MAX_LENGTH}
# What Django writes for bytes of a form that are not UTF-8. A text that came whole can say it as an escape.
_REPLACED = "\ufffd".encode()
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Quintet", charset="UTF-8"'}
# Any site's page may read what a mock says, and that there is none.
_OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}


def message(
    request: HttpRequest, said: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The one shape of every answer that is no data. The path is as called, without a final slash and the query."""
    response = json_response(
        {"msg": said, "request": f"{request.method} {request.path.rstrip('/') or '/'}"}, status=status
    )
    for name, value in (headers or {}).items():
        response[name] = value
    # The document's 500 is an answer, not a failure of ours that anybody should be woken for.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _says(status: int, said: str, headers: Mapping[str, str] | None = None) -> Answer:
    return lambda _, request: message(request, said, status=status, headers=headers)


def _bad_input(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    fields = refusal.fields if isinstance(refusal, BadInput) else {}
    status = 413 if isinstance(refusal, TooLarge) else 400
    return message(request, fields or ("请求内容过大 😵" if status == 413 else "请求内容无法解析 😒"), status=status)


def _bad_email(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return message(request, {"email": [BAD_EMAIL]}, status=400)


DIALECT = Dialect(
    "mocks",
    {
        NotSignedIn: _says(401, UNAUTHORIZED, _CHALLENGE),
        WrongCredentials: _says(401, UNAUTHORIZED, _CHALLENGE),
        UnknownAccount: _says(404, NOBODY),
        NotAllowed: _says(403, FORBIDDEN),
        NoSuchMock: _says(404, "mock不存在 🙄", _OPEN),
        NotFound: _says(404, "not found 🙄"),
        UsernameTaken: _says(500, TAKEN),
        EmailTaken: _says(500, TAKEN),
        Conflict: _says(409, "conflict 😷"),
        BadUsername: _bad_email,
        BadEmail: _bad_email,
        BadPromotion: _says(400, BAD_PROMOTION),
        BadInput: _bad_input,
        MethodNotAllowed: _says(405, "method not allowed 🙅"),
        TooManyAttempts: _says(429, "尝试次数过多，请稍后再试 😴"),
        DomainError: _says(400, "请求无法完成 😒"),
    },
)


def read_required(fields: Fields, *names: str) -> list[str]:
    """Texts that must be there. Raises BadInput that names every one that is not."""
    read: dict[str, str] = {}
    faults: dict[str, Sequence[str]] = {}
    for name in names:
        said = fields.get(name)
        if isinstance(said, str) and name != "password":
            said = said.strip()
        if said is None or said == "":
            faults[name] = [_MISSING[name]]
        elif not isinstance(said, str) or len(said) > _MAX_LENGTH.get(name, len(said)) or not is_storable(said):
            faults[name] = [_BAD[name]]
        else:
            read[name] = said
    if faults:
        raise BadInput(fields=faults)
    return [read[name] for name in names]


def read_new_account(request: HttpRequest) -> tuple[str, str]:
    """E-mail address and password. Raises BadInput."""
    email, password = read_required(read_fields(request), "email", "password")
    if not is_password(password, characters=conf.MOCKS_PASSWORD_CHARACTERS.value):
        raise BadInput.of("password", BAD_PASSWORD)
    return email, password


def read_promotion_of(request: HttpRequest) -> tuple[str, int]:
    """Whose, and by how many levels. Raises BadInput, BadPromotion."""
    fields = read_fields(request)
    said = fields.get("promotion")
    if said is None or said == "":
        raise BadInput.of("promotion", _MISSING["promotion"])
    [email] = read_required(fields, "email")
    promotion = read_promotion(said)
    if promotion is None:
        raise BadPromotion("no whole number")
    return email, promotion


def read_email_to_disable(request: HttpRequest, said: str) -> str:
    """The last part of the path; where that is the word `email` itself, the field of the body or the query."""
    said = said.rstrip("/")
    if said != "email":
        return read_required({"email": said}, "email")[0]
    fields = read_fields(request)
    return read_required(fields if "email" in fields else request.GET.dict(), "email")[0]


def read_new_mock(request: HttpRequest) -> tuple[str, str, bytes]:
    """E-mail address, name, and the JSON text byte for byte. Raises BadInput, TooLarge."""
    fields = read_fields(request)
    uploaded = request.FILES.get("json")
    limit = conf.MOCKS_TEXT_MB.value * 1024 * 1024
    text = uploaded.read(limit + 1) if uploaded is not None else _as_text(fields.get("json"))
    # Whether it is there is all that is asked here: a large text is not looked at letter by letter.
    email, name, _ = read_required({**fields, "json": "there" if text.strip() else ""}, "email", "name", "json")
    if len(text) > limit:
        raise TooLarge(fields={"json": [f"Json文本不能超过{conf.MOCKS_TEXT_MB.value}MB"]})
    if not is_json(text) or (_REPLACED in text and "json" in request.POST):
        raise BadInput.of("json", BAD_JSON)
    return email, name, text


def _as_text(said: object) -> bytes:
    """The text as it came; what is no text in a JSON body stands for itself."""
    if said is None or isinstance(said, str):
        return (said or "").encode()
    try:
        return orjson.dumps(said)
    except orjson.JSONEncodeError as too_deep:
        raise BadInput.of("json", BAD_JSON) from too_deep


def mock_list(rows: Sequence[Sequence[Any]]) -> HttpResponse:
    """The list: keys in the document's order, times to the second with a numeric offset."""
    shown = [
        {"create_time": created_at, "id": mock_id, "name": name, "update_time": updated_at, "user": owner_id}
        for created_at, mock_id, name, updated_at, owner_id in rows
    ]
    return HttpResponse(orjson.dumps(shown, option=orjson.OPT_OMIT_MICROSECONDS), content_type="application/json")


def linked_text(request: HttpRequest, text: bytes, etag: str) -> HttpResponse:
    """A mock's own answer: the bytes that were saved, or 304 to whoever has them. Any site's page may read it."""
    headers = {**_OPEN, "ETag": etag, "Cache-Control": "no-cache"}
    if (said := request.headers.get("If-None-Match")) and _names(said, etag):
        return HttpResponseNotModified(headers=headers)
    headers["Content-Length"] = str(len(text))
    return HttpResponse(text, content_type="application/json", headers=headers)


def _names(said: str, etag: str) -> bool:
    return said.strip() == "*" or etag in (tag.removeprefix("W/") for tag in parse_etags(said))


def preflight() -> HttpResponse:
    """What a browser asks before another site's page reads a mock."""
    allowed = {"Access-Control-Allow-Methods": "GET, HEAD, OPTIONS", "Access-Control-Allow-Headers": "*"}
    return HttpResponse(status=204, headers={**_OPEN, **allowed, "Access-Control-Max-Age": "86400"})
