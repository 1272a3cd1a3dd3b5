"""Requests as the HTTP server hands them over."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from quintet.server.requests import Request


def answered(charset: str, query: str) -> tuple[str, Any]:
    """Status and what is said of a body in that charset."""
    handler, said = WSGIHandler(), list[str]()
    handler.request_class = Request
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "QUERY_STRING": query, "SERVER_NAME": "testserver",
        "SERVER_PORT": "80", "CONTENT_TYPE": f"application/json; charset={charset}", "CONTENT_LENGTH": "2",
        "wsgi.input": BytesIO(b"{}"), "wsgi.url_scheme": "http",
    }  # fmt: skip

    def begin(status: str, *more: object) -> Callable[[bytes], object]:
        said.append(status)
        return BytesIO().write

    body = b"".join(handler(environ, begin))
    return said[0], json.loads(body)


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "rot13"])
def test_a_charset_that_is_none_is_refused_whether_there_is_a_query_or_not(charset: str) -> None:
    assert answered(charset, "") == answered(charset, "a=%C3%A4")
    status, said = answered(charset, "a=1")
    assert (status, list(said)) == ("400 Bad Request", ["detail"])


@pytest.mark.parametrize(("charset", "query"), [("utf-8", b"a=%C3%A4"), ("gbk", b"a=%C4%E3")])
def test_a_query_is_read_in_the_charset_of_its_request(charset: str, query: bytes) -> None:
    environ = {
        "QUERY_STRING": query.decode(),
        "CONTENT_TYPE": f"text/plain; charset={charset}",
        "wsgi.input": BytesIO(),
    }
    found = Request({**environ, "REQUEST_METHOD": "GET"}).GET
    assert found["a"] == {"utf-8": "ä", "gbk": "你"}[charset]
