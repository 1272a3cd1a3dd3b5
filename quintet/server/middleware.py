"""Which request passes through what. Sessions cost time on paths that never look at a cookie."""

import importlib
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from quintet.server.services import SERVICES

Handler = Callable[[HttpRequest], HttpResponse]
# Django types its middleware for sync and async at once; ours runs sync alone.
AnyHandler = Callable[[HttpRequest], Any]

# Where pages are shown: these paths and all below them, and the root itself.
_PAGES = ("/admin", "/login", "/logout", "/language", "/account", "/people", "/console")


def token_prefixes() -> tuple[str, ...]:
    """Paths at which people are known by a header alone, as the services' urls say."""
    found: list[str] = []
    for name in SERVICES:
        urls = importlib.import_module(f"quintet.services.{name}.urls")
        found += getattr(urls, "TOKEN_PREFIXES", ())
    return tuple(found)


def _is_page(path: str) -> bool:
    return path == "/" or any(path == page or path.startswith(f"{page}/") for page in _PAGES)


class CookieDoors:
    """Sessions where cookies are read; besides, language and messages where pages are shown; neither at token doors."""

    def __init__(self, get_response: Handler) -> None:
        self.plain = get_response
        # CsrfViewMiddleware writes the csrftoken cookie that CVAT's clients expect; endpoints of the documents are
        # exempt from its check and look at Origin instead, pages are not.
        with_user = CsrfViewMiddleware(AuthenticationMiddleware(get_response))
        self.doors: AnyHandler = SessionMiddleware(with_user)
        self.pages: AnyHandler = SessionMiddleware(
            LocaleMiddleware(CsrfViewMiddleware(AuthenticationMiddleware(MessageMiddleware(get_response))))
        )
        self.token_prefixes = token_prefixes()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(self.token_prefixes):
            return self.plain(request)
        if _is_page(request.path):
            return self._page(request)
        return self.doors(request)  # type: ignore[no-any-return]

    def _page(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.pages(request)  # type: ignore[no-any-return]
        finally:
            # The language belongs to the thread, and the next request of this thread may be an endpoint's.
            translation.deactivate()


class Headers:
    """What every answer says about itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not response.streaming and not response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
        return response
