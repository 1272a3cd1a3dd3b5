"""Pages of a list as the documents write them: count, next, previous, results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from quintet.core import conf
from quintet.core.errors import NotFound


class InvalidPage(NotFound):
    """The list has no such page."""


@dataclass(frozen=True)
class PageAsked:
    """Which page: `number` from 1, `size` rows."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size


def read_page(request: HttpRequest, *, default_size: int = 10) -> PageAsked:
    """?page and ?page_size. A size that is no positive number is the default one, as DRF reads it; a page that is none
    raises InvalidPage."""
    said_size, said_page = request.GET.get("page_size", ""), request.GET.get("page", "1")
    size = int(said_size) if _is_count(said_size) else 0
    if not _is_count(said_page) or int(said_page) == 0:
        raise InvalidPage(said_page)
    return PageAsked(number=int(said_page), size=min(size, conf.PAGE_SIZE_MAX.value) or default_size)


def _is_count(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= 15


def page_answer(request: HttpRequest, asked: PageAsked, *, count: int, results: Sequence[object]) -> dict[str, object]:
    """The envelope. Raises InvalidPage past the last page; the first page of an empty list is there and empty.

    The link to page 1 omits `page`, and the keys of links come sorted, as DRF writes them.
    """
    if asked.number > max(1, -(-count // asked.size)):
        raise InvalidPage(str(asked.number))
    has_next, has_previous = asked.number * asked.size < count, asked.number > 1
    link = _linker(request) if has_next or has_previous else str
    return {
        "count": count,
        "next": link(asked.number + 1) if has_next else None,
        "previous": link(asked.number - 1) if has_previous else None,
        "results": results,
    }


def _linker(request: HttpRequest) -> Callable[[int], str]:
    address = request.build_absolute_uri(request.path)
    others = [(key, value) for key, values in request.GET.lists() if key != "page" for value in values]

    def link(number: int) -> str:
        query = urlencode(sorted([*others, ("page", str(number))] if number > 1 else others))
        return f"{address}?{query}" if query else address

    return link
