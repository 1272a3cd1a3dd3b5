"""The OpenAPI document: what drf-spectacular sees, and the endpoints that are plain Django views beside it."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

urlpatterns = [
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/redoc/", SpectacularRedocView.as_view(url_name="schema")),
]
_CAPTURED = re.compile(r"<(?:(?P<kind>[^>:]+):)?(?P<name>[^>]+)>")


def add_plain_endpoints(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """drf-spectacular's post-processing hook: each path of core.http.endpoint, with its verbs and the first line of
    each view's docstring. The spelling with a final slash is left out where both are served."""
    for route, view in _plain_endpoints(get_resolver().url_patterns):
        shown = "/" + _CAPTURED.sub(lambda match: "{" + match["name"] + "}", route)
        if shown.endswith("/") and shown.rstrip("/") in result["paths"]:
            continue
        operations = result["paths"].setdefault(shown, {})
        for verb, handler in view.verbs.items():
            if verb not in ("HEAD", "OPTIONS"):
                operations.setdefault(verb.lower(), _operation(view.service, verb, shown, handler, route))
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _operation(service: str, verb: str, shown: str, handler: Any, route: str) -> dict[str, Any]:
    said = (inspect.getdoc(handler) or handler.__name__.replace("_", " ").capitalize()).splitlines()[0]
    parameters = [
        {"name": found["name"], "in": "path", "required": True,
         "schema": {"type": "integer" if found["kind"] in ("id", "int") else "string"}}
        for found in _CAPTURED.finditer(route)
    ]  # fmt: skip
    operation: dict[str, Any] = {
        "operationId": f"{service}_{verb.lower()}_{re.sub(r'[^a-z0-9]+', '_', shown.lower()).strip('_')}",
        "summary": said,
        "tags": [service],
        "parameters": parameters,
        "responses": {"200": {"description": "the answer, as in the service's document"}},
    }
    if verb in ("POST", "PUT", "PATCH"):
        body = {"schema": {"type": "object", "additionalProperties": True}}
        operation["requestBody"] = {"content": {"application/json": body, "multipart/form-data": body}}
    return operation


def _plain_endpoints(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _plain_endpoints(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "verbs"):
            yield prefix + str(pattern.pattern), pattern.callback
