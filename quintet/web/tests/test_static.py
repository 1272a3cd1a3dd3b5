"""Static files, served by ourselves."""

import re

import pytest
from django.templatetags.static import static
from django.test import Client

CSS = "/static/web/console.css"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("web/console.css", "text/css; charset=utf-8"),
        ("web/icons.svg", "image/svg+xml"),
        ("admin/css/base.css", "text/css; charset=utf-8"),
        ("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_link_of_a_page_may_be_kept_forever(client: Client, name: str, kind: str) -> None:
    link = static(name)
    assert re.fullmatch(rf"/static/{name}\?v=[0-9a-f]{{20}}", link)
    answer = client.get(link)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef0123"])
def test_any_other_link_is_asked_for_again(client: Client, query: str) -> None:
    answer = client.get(CSS + query)
    assert answer["Cache-Control"] == "no-cache"
    again = client.get(CSS + query, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    assert client.get(CSS, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../settings.py",
        "..%2f..%2fsettings.py",
        "/etc/passwd",
        "web",
        "web/",
        "nothing.css",
        "%00",
        "web/%00.css",
        "x" * 5000,
    ],
)
def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_static_files_are_only_read(client: Client) -> None:
    answer = client.post(CSS)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert client.head(CSS).status_code == 200


def test_a_link_to_what_is_not_there_has_no_digest() -> None:
    assert static("web/nothing.css") == "/static/web/nothing.css"
