"""Views and paths: which verb calls what, both spellings of a path, and refusals answered in the service's dialect."""

from collections.abc import Callable
from typing import Protocol

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern, path, register_converter

from quintet.core.dialect import Dialect
from quintet.core.errors import BadInput, DomainError, MethodNotAllowed, TooLarge
from quintet.core.origin import refuse_other_sites

View = Callable[..., HttpResponseBase]
# What Django raises while it reads a request with more bytes, fields or files than its limits.
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class Endpoint(Protocol):
    """A view that knows its verbs; the API pages are written from them."""

    csrf_exempt: bool
    verbs: dict[str, View]
    service: str

    def __call__(self, request: HttpRequest, **captured: object) -> HttpResponseBase: ...


def endpoint(dialect: Dialect, *, guard_get: bool = False, **verbs: View) -> Endpoint:
    """One path: each verb calls its view, and every refusal is answered in `dialect`.

    guard_get   check where a GET comes from as well, for a GET that changes something (logout)

    Refuses with MethodNotAllowed a verb without a view, with CrossSite an unsafe request of another site's page.
    HEAD is answered by GET's view; OPTIONS names the verbs. Both may have a view of their own.
    """
    allowed = [*verbs, *(["HEAD"] if "GET" in verbs and "HEAD" not in verbs else [])]
    allowed += [] if "OPTIONS" in verbs else ["OPTIONS"]

    def view(request: HttpRequest, **captured: object) -> HttpResponseBase:
        method = request.method or ""
        chosen = verbs.get("GET" if method == "HEAD" and "HEAD" not in verbs else method)
        try:
            if chosen is None:
                if method == "OPTIONS":
                    return HttpResponse(headers={"Allow": ", ".join(allowed)})
                raise MethodNotAllowed(allowed)
            refuse_other_sites(request, even_get=guard_get)
            refuse_unreadable_charset(request)
            return chosen(request, **captured)
        except DomainError as refusal:
            return dialect.answer(refusal, request)
        except TOO_LARGE as too_large:
            return dialect.answer(TooLarge(str(too_large)), request)
        except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError) as unreadable:
            return dialect.answer(BadInput(str(unreadable)), request)

    view.csrf_exempt = True  # type: ignore[attr-defined]  # guarded by refuse_other_sites instead
    view.verbs = dict(verbs)  # type: ignore[attr-defined]
    view.service = dialect.name  # type: ignore[attr-defined]
    return view  # type: ignore[return-value]


def refuse_unreadable_charset(request: HttpRequest) -> None:
    """Raises BadInput: Django takes any codec that Python knows, and `charset=hex` breaks in the middle of a form."""
    if request.encoding is not None and not is_charset(request.encoding):
        raise BadInput(f"The charset {request.encoding!r} cannot be read.")


def is_charset(name: str) -> bool:
    """Whether text can be read in it; some codecs of Python's make other things of bytes.

    >>> is_charset("gbk"), is_charset("hex")
    (True, False)
    """
    try:
        b"a=1".decode(name, "replace")
    except (LookupError, UnicodeError):
        return False
    return True


class RowId:
    """A row's id in a path: digits only, and never more than a 64-bit integer holds."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(RowId, "id")


def either_slash(route: str, view: View | Endpoint, name: str | None = None) -> list[URLPattern]:
    """The path with and without its final slash: a redirect would lose the body of a POST."""
    return [path(route, view, name=name), path(f"{route}/", view)]
