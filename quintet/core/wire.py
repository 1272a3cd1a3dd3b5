"""Reading what clients send: JSON or a form, and from it text that every database can store."""

import unicodedata
from collections.abc import Mapping

import orjson
from django.http import HttpRequest, HttpResponse

from quintet.core.errors import BadInput

Fields = Mapping[str, object]


def read_fields(request: HttpRequest) -> Fields:
    """The body's fields: a JSON object, or a form (urlencoded or multipart; a repeated name counts last).

    Raises BadInput when the body is JSON but no object, or no JSON at all. An empty body has no fields.
    """
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if request.method == "POST":
            return request.POST.dict()
        return _read_form(request)
    body = request.body
    if not body.strip():
        return {}
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise BadInput(f"JSON parse error: {broken}") from broken
    if not isinstance(fields, dict):
        raise BadInput("The body must be a JSON object.")
    return fields


def _read_form(request: HttpRequest) -> Fields:
    # Django reads forms of POST alone; the documents send them with PUT, PATCH and DELETE as well.
    method, request.method = request.method, "POST"
    try:
        request._load_post_and_files()
    finally:
        request.method = method
    return request.POST.dict()


def is_storable(said: str) -> bool:
    """Whether every database stores it: no NUL, no lone surrogate."""
    return "\x00" not in said and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in said)


def read_text(
    fields: Fields,
    name: str,
    *,
    max_length: int,
    default: str | None = None,
    blank: bool = False,
    missing: str = "This field is required.",
) -> str:
    """A text field.

    default   what an absent field means; None: it must be there
    blank     whether an empty text will do

    Raises BadInput naming the field: absent, not text, blank, too long, or with characters that cannot be stored.
    """
    said = fields.get(name)
    if said is None:
        if default is not None:
            return default
        raise BadInput.of(name, missing)
    if not isinstance(said, str):
        raise BadInput.of(name, "Not a valid string.")
    if not is_storable(said):
        raise BadInput.of(name, "Null characters are not allowed.")
    if not blank and not said.strip():
        raise BadInput.of(name, missing)
    if len(said) > max_length:
        raise BadInput.of(name, f"Ensure this field has no more than {max_length} characters.")
    return said


def read_digits(fields: Fields, name: str, *, least: int, most: int) -> int:
    """A whole number, a JSON integer or ASCII digits; no booleans, signs, fractions or other scripts.

    Raises BadInput naming the field. Python's int() would take "1_000", "+5" and full-width digits.
    """
    said = fields.get(name)
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) <= 18:
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int):
        raise BadInput.of(name, "A valid integer is required." if name in fields else "This field is required.")
    if not least <= said <= most:
        raise BadInput.of(name, f"Ensure this value is between {least} and {most}.")
    return said


def normalized(name: str) -> str:
    """A name in the one spelling we store (NFKC), so that two that look alike are alike."""
    return unicodedata.normalize("NFKC", name)


def json_response(content: object, *, status: int = 200, content_type: str = "application/json") -> HttpResponse:
    """JSON in UTF-8, emoji included; datetimes must have been written as text before."""
    return HttpResponse(orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), status=status, content_type=content_type)
