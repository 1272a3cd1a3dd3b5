"""A body with very many files is refused where Django would keep each open."""

import pytest
from django.core.exceptions import TooManyFilesSent
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from quintet.core.intake import FEW


def _request(count: int) -> WSGIRequest:
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\na\r\n'
    body = part * count + b"--x--\r\n"
    return RequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=x")


def test_files_up_to_the_limit_are_taken_in() -> None:
    assert len(_request(FEW).FILES.getlist("f")) == FEW


def test_one_more_is_refused() -> None:
    with pytest.raises(TooManyFilesSent):
        _request(FEW + 1).FILES  # noqa: B018
