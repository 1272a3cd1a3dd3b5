"""Answers outside any endpoint: no such path, a broken host header, our own mistake; in the dialect of the path."""

import importlib

from django.http import HttpRequest, HttpResponse, JsonResponse

from quintet.core.dialect import Dialect
from quintet.core.errors import DomainError, NotAllowed, NotFound
from quintet.server.services import SERVICES


def dialect_of(path: str) -> Dialect | None:
    """The dialect spoken under a path: that of the service with the longest prefix of it."""
    best: tuple[int, Dialect] | None = None
    for name in SERVICES:
        urls = importlib.import_module(f"quintet.services.{name}.urls")
        for prefix in getattr(urls, "PREFIXES", ()):
            if path.startswith(prefix) and (best is None or len(prefix) > best[0]):
                best = (len(prefix), importlib.import_module(f"quintet.services.{name}.wire").DIALECT)
    return best[1] if best else None


def _answer(request: HttpRequest, refusal: DomainError, status: int, said: str) -> HttpResponse:
    dialect = dialect_of(request.path)
    if dialect is None or dialect.answer_for(type(refusal)) is None:
        return JsonResponse({"detail": said}, status=status)
    return dialect.answer(refusal, request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, NotFound("no such path"), 404, "Not found.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"detail": "Bad request."}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, NotAllowed("forbidden"), 403, "Forbidden.")


def server_error(request: HttpRequest) -> HttpResponse:
    # Our own mistake: the log has the traceback, the client no more than this.
    return JsonResponse({"detail": "Server error."}, status=500)
