"""Pages: what is asked for, and the links beside them."""

from typing import Any

import pytest
from django.test import RequestFactory

from quintet.core.paging import InvalidPage, PageAsked, page_answer, read_page


def _asked(query: str) -> PageAsked:
    return read_page(RequestFactory().get(f"/goods?{query}"))


@pytest.mark.parametrize(
    ("query", "number", "size"),
    [("", 1, 10), ("page=3&page_size=20", 3, 20), ("page_size=0", 1, 10), ("page_size=-1", 1, 10),
     ("page_size=x", 1, 10), ("page_size=5000", 1, 1000),
     ("page_size=１０", 1, 10), ("page_size=99999999999999999999", 1, 10)],
)  # fmt: skip
def test_a_page_is_read_as_asked_within_limits(query: str, number: int, size: int) -> None:
    assert _asked(query) == PageAsked(number, size)


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "99999999999999999999", "１"])
def test_a_page_that_is_no_number_is_no_page(page: str) -> None:
    with pytest.raises(InvalidPage):
        _asked(f"page={page}")


def _answer(query: str, *, count: int) -> dict[str, Any]:
    request = RequestFactory().get(f"/goods?{query}")
    asked = read_page(request)
    return page_answer(request, asked, count=count, results=[])


def test_links_lead_to_the_neighbours_and_keep_what_else_was_asked() -> None:
    middle = _answer("search=%E5%9C%9F+%26&page=2&page_size=10", count=25)
    assert middle["next"] == "http://testserver/goods?page=3&page_size=10&search=%E5%9C%9F+%26"
    assert middle["previous"] == "http://testserver/goods?page_size=10&search=%E5%9C%9F+%26"


def test_the_ends_have_no_link_beyond_them() -> None:
    assert (_answer("", count=10)["next"], _answer("", count=10)["previous"]) == (None, None)
    assert _answer("page=3", count=25)["next"] is None


def test_past_the_last_page_there_is_none_but_the_first_is_always_there() -> None:
    assert _answer("", count=0)["count"] == 0
    with pytest.raises(InvalidPage):
        _answer("page=2", count=10)
