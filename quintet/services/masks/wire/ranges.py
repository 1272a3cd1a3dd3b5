"""A file of the store as an answer, whole or in part. Source: RFC 9110, sections 13 and 14."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from quintet.core.errors import NotFound
from quintet.services.masks.errors import NoSuchRange

_CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)


@dataclass(frozen=True)
class KeptFile:
    """A file of the store.

    name        there
    kind        media type
    shown_name  what a browser saves it as
    """

    name: str
    kind: str
    shown_name: str


def file_answer(request: HttpRequest, file: KeptFile) -> HttpResponseBase:
    """The file, the range of it that was asked for, or 304 when the client has it already; to HEAD without a body.

    Of several ranges at once the whole file is the answer, as the standard allows. Raises NotFound, NoSuchRange.
    """
    try:
        opened = default_storage.open(file.name)
    except FileNotFoundError as gone:
        raise NotFound("its file is gone") from gone
    # Its name is never used for another content.
    size, tag = opened.size, f'"{file.name.rpartition("/")[2]}-{opened.size:x}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition_header(True, file.shown_name) or "attachment",
        "ETag": tag,
    }
    if _has_it(request.headers.get("If-None-Match", ""), tag):
        opened.close()
        return HttpResponse(status=304, headers=headers)
    try:
        asked = _range_asked_for(request, size, tag)
    except NoSuchRange:
        opened.close()
        raise
    begin, end = asked or (0, size)
    if asked:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - begin)
    status = 206 if asked else 200
    if request.method == "HEAD":
        opened.close()
        return HttpResponse(status=status, headers=headers, content_type=file.kind)
    return StreamingHttpResponse(_bytes_of(opened, begin, end), status=status, headers=headers, content_type=file.kind)


def _bytes_of(opened: "object", begin: int, end: int) -> Iterator[bytes]:
    with opened as file:  # type: ignore[attr-defined]
        file.seek(begin)
        while begin < end and (chunk := file.read(min(_CHUNK_BYTES, end - begin))):
            begin += len(chunk)
            yield chunk


def _has_it(said: str, tag: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in said.split(",")]
    return tag in tags or "*" in tags


def _range_asked_for(request: HttpRequest, size: int, tag: str) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole. Raises NoSuchRange."""
    if request.headers.get("If-Range", tag) != tag:
        return None
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or found[1] + found[2] == "":
        return None
    if not found[1]:
        begin, end = max(0, size - int(found[2])), size
    else:
        begin, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < begin:
            return None
    if begin >= size or begin >= end:
        raise NoSuchRange(size)
    return begin, end
