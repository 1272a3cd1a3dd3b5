"""Reading bodies: whatever a client sends becomes fields or a BadInput, never a mistake of ours."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from quintet.core.dialect import Dialect
from quintet.core.errors import BadInput, DomainError
from quintet.core.http import endpoint
from quintet.core.wire import is_storable, json_response, read_digits, read_fields, read_text

ECHO = endpoint(
    Dialect("test", {DomainError: lambda refusal, request: HttpResponse(type(refusal).__name__, status=400)}),
    POST=lambda request: json_response(list(read_fields(request))),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(ANYTHING)
def test_a_text_is_storable_text_or_refused(said: Any) -> None:
    try:
        text = read_text({"x": said}, "x", max_length=10)
    except BadInput as refused:
        names = list(refused.fields)
    else:
        names = ["x"]
        assert isinstance(said, str)
        assert 0 < len(text) <= 10
        assert "\x00" not in text
    assert names == ["x"]


@given(ANYTHING)
def test_a_number_is_plain_digits_in_its_range_or_refused(said: Any) -> None:
    try:
        number = read_digits({"x": said}, "x", least=1, most=50)
    except BadInput as refused:
        names = list(refused.fields)
    else:
        names = ["x"]
        assert 1 <= number <= 50
        assert str(said).lstrip("0") == str(number)
        assert not isinstance(said, bool | float)
    assert names == ["x"]


@given(st.binary(max_size=60), st.sampled_from(["application/json", "multipart/form-data; boundary=b", "text/x", ""]))
def test_any_body_is_fields_or_refused(body: bytes, kind: str) -> None:
    answered = ECHO(RequestFactory().generic("POST", "/", body, content_type=kind))
    assert answered.status_code in (200, 400)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_form_is_read_whatever_the_verb(method: str) -> None:
    kind = "application/x-www-form-urlencoded"
    request = RequestFactory().generic(method, "/", b"name=%E5%9C%9F%E8%B1%86&price=1", content_type=kind)
    assert read_fields(request) == {"name": "土豆", "price": "1"}
    assert request.method == method


@pytest.mark.parametrize(("said", "stored"), [("土豆 😆", True), ("a\x00", False), ("\ud800", False), ("", True)])
def test_what_a_database_cannot_hold_is_known(said: str, stored: bool) -> None:
    assert is_storable(said) is stored
