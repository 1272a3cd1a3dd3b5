"""Pages of lists as CVAT serves them: any size, or all at once."""

from rest_framework.request import Request

from quintet.core.paging import PageAsked, read_page


def page_asked(request: Request, count: int) -> PageAsked:
    """?page and ?page_size; `all` is one page of all. Raises InvalidPage."""
    asked = read_page(request._request)
    said = request.query_params.get("page_size", "")
    if said == "all":
        return PageAsked(number=asked.number, size=max(1, count))
    if said.isascii() and said.isdigit() and int(said[:15]) > asked.size:
        return PageAsked(number=asked.number, size=int(said[:15]))
    return asked
