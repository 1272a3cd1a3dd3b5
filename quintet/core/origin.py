"""Where a request comes from: what stands in for CSRF tokens at doors whose documents have none.

Every current browser says where an unsafe request comes from (Origin, or at least Sec-Fetch-Site). A client that says
neither is not a web page (a script, a phone app) and carries no stolen cookie. Source: Fetch standard, Origin header.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from quintet.core import conf
from quintet.core.errors import CrossSite

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_another_site(request: HttpRequest) -> bool:
    """Whether a page of another site sent this: neither ours nor in QUINTET_SPA_ORIGINS. `Origin: null` is another."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != f"{request.scheme}://{request.get_host()}" and origin not in conf.SPA_ORIGINS.value
    return request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none")


def refuse_other_sites(request: HttpRequest, *, even_get: bool = False) -> None:
    """Raises CrossSite for an unsafe request of another site's page that would act with the person's cookie.

    A request with an Authorization header is no such request: a browser never adds that by itself.
    """
    if request.method in SAFE_METHODS and not even_get:
        return
    if "Authorization" not in request.headers and is_from_another_site(request):
        raise CrossSite("another site's page sent this")


class SpaOrigins:
    """Middleware: lets the listed single-page applications call us with cookies (CORS), and nobody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin")
        if origin is None or origin not in conf.SPA_ORIGINS.value:
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
            response["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
            response["Access-Control-Max-Age"] = "600"
        else:
            response = self.get_response(request)
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        patch_vary_headers(response, ["Origin"])
        return response
