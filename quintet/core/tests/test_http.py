"""What every endpoint does with a request before its view sees it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from quintet.core.dialect import Dialect
from quintet.core.errors import BadInput, DomainError, MethodNotAllowed
from quintet.core.http import endpoint
from quintet.core.wire import read_fields

DIALECT = Dialect(
    "echo",
    {
        BadInput: lambda refusal, request: HttpResponse(status=400),
        MethodNotAllowed: lambda refusal, request: HttpResponse(status=405),
        DomainError: lambda refusal, request: HttpResponse(status=418),
    },
)


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(repr(read_fields(request)))


def preflight(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "rot13", "zlib"])
def test_a_charset_that_is_none_is_bad_input(rf: RequestFactory, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    said = rf.generic("POST", "/", body, content_type=f"multipart/form-data; boundary=x; charset={charset}")
    assert endpoint(DIALECT, POST=echo)(said).status_code == 400


def test_a_form_in_another_charset_is_read_in_it(rf: RequestFactory) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n名\r\n--x--\r\n'.encode("gbk")
    said = rf.generic("POST", "/", body, content_type="multipart/form-data; boundary=x; charset=gbk")
    answered = endpoint(DIALECT, POST=echo)(said)
    assert isinstance(answered, HttpResponse)
    assert answered.content.decode() == repr({"a": "名"})


def test_an_urlencoded_form_in_another_charset_is_bad_input(rf: RequestFactory) -> None:
    said = rf.generic("POST", "/", b"a=1", content_type="application/x-www-form-urlencoded; charset=gbk")
    assert endpoint(DIALECT, POST=echo)(said).status_code == 400


def test_options_names_each_verb_once(rf: RequestFactory) -> None:
    both = endpoint(DIALECT, GET=echo, OPTIONS=preflight)
    assert both(rf.post("/"))["Allow"] == "GET, OPTIONS, HEAD"
    assert both(rf.options("/")).status_code == 204
    assert endpoint(DIALECT, GET=echo)(rf.options("/"))["Allow"] == "GET, HEAD, OPTIONS"
