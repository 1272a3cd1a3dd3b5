"""Pages of lists as CVAT serves them: any size, or all at once."""

from rest_framework.request import Request

from quintet.core.paging import InvalidPage, PageAsked, read_page


def page_asked(request: Request, count: int) -> PageAsked:
    """?page and ?page_size; `all` is one page of all. Raises InvalidPage, also for one past the last."""
    asked = read_page(request._request)
    said = request.query_params.get("page_size", "")
    size = asked.size
    if said == "all":
        size = max(1, count)
    elif said.isascii() and said.isdigit():
        size = max(size, int(said[:15]))
    # Before the database is asked for a place that no number of its reaches.
    if asked.number > max(1, -(-count // size)):
        raise InvalidPage(str(asked.number))
    return PageAsked(number=asked.number, size=size)
