"""Requests as the HTTP server hands them to Django."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest, get_bytes_from_wsgi
from django.http import QueryDict
from django.utils.functional import cached_property

from quintet.core.http import is_charset


class Request(WSGIRequest):
    """Bears a charset that is none: Django would break before anybody could refuse it, if there is a query as well."""

    @cached_property
    def GET(self) -> Any:  # type: ignore[override]  # Django takes it for an attribute
        """The query; in UTF-8 where the charset of the body cannot be read."""
        charset = self.encoding if self.encoding is None or is_charset(self.encoding) else "utf-8"
        return QueryDict(get_bytes_from_wsgi(self.environ, "QUERY_STRING", ""), encoding=charset)
