"""Files that come in pieces, as tus 1.0 has them on the wire."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.http import http_date

from quintet.core.errors import BadInput
from quintet.core.wire import is_storable
from quintet.services.annotation import conf
from quintet.services.annotation.actions.resumables import Piece, expires_at
from quintet.services.annotation.errors import NoPiece, WrongTusVersion
from quintet.services.annotation.media.archives import clean_path
from quintet.services.annotation.models import Resumable
from quintet.services.annotation.rules import tus

_NAME_LENGTH, _METADATA_LENGTH = 1000, 8192
_UNSEEN_BYTES = 16 * 1024 * 1024
_TOLD = (
    "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, "
    "Upload-Length, Upload-Defer-Length, Upload-Metadata, Upload-Expires"
)


def refuse_other_versions(request: HttpRequest) -> None:
    """Raises WrongTusVersion; whoever only looks need not say any."""
    usual = tus.VERSION if request.method in ("GET", "HEAD") else ""
    if request.headers.get("Tus-Resumable", usual) != tus.VERSION:
        raise WrongTusVersion(f"Tus-Resumable must be {tus.VERSION}.")


def read_beginning(request: HttpRequest) -> dict[str, Any]:
    """name, metadata and size of a new file; size is None where it is to be said later. Raises BadInput."""
    said = request.headers.get("Upload-Metadata", "")
    if len(said) > _METADATA_LENGTH:
        raise BadInput(f"Upload-Metadata is longer than {_METADATA_LENGTH} characters.")
    found = _read("Upload-Metadata", said, tus.metadata_of)
    return {"name": _name(found), "metadata": said, "size": _size(request)}


def _name(found: Mapping[str, str]) -> str:
    # Uppy tells folders by a path beside the name.
    said = next((found[key] for key in ("relativePath", "filename", "name") if found.get(key, "null") != "null"), "")
    name = clean_path(said) if is_storable(said) else ""
    if not name:
        raise BadInput("Upload-Metadata must hold a filename.")
    if len(said) > _NAME_LENGTH:
        raise BadInput(f"The filename is longer than {_NAME_LENGTH} characters.")
    return name


def _size(request: HttpRequest) -> int | None:
    said, is_later = request.headers.get("Upload-Length"), request.headers.get("Upload-Defer-Length")
    if (said is None) == (is_later is None) or is_later not in (None, "1"):
        raise BadInput("Either Upload-Length or Upload-Defer-Length: 1 is needed.")
    return None if said is None else _read("Upload-Length", said, tus.count_of)


def _read(header: str, said: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(said)
    except ValueError as wrong:
        raise BadInput(f"{header}: {wrong}.") from wrong


def read_piece(request: HttpRequest, *, is_first: bool = False) -> Piece | None:
    """What the body brings; None when a request that begins a file brings nothing yet. Raises BadInput, NoPiece."""
    read, length = _body(request)
    if request.content_type != tus.PIECE_KIND:
        if is_first and not length:
            return None
        raise NoPiece(f"The body must be {tus.PIECE_KIND}.")
    offset = 0 if is_first else _read("Upload-Offset", request.headers.get("Upload-Offset", ""), tus.count_of)
    size, checksum = (
        (None if is_first else request.headers.get("Upload-Length")),
        request.headers.get("Upload-Checksum"),
    )
    return Piece(
        offset=offset, read=read, length=length,
        size=None if size is None else _read("Upload-Length", size, tus.count_of),
        checksum=None if checksum is None else _read("Upload-Checksum", checksum, tus.checksum_of),
    )  # fmt: skip


def _body(request: HttpRequest) -> tuple[Callable[[int], bytes], int | None]:
    said = str(request.META.get("CONTENT_LENGTH") or "")
    if said or "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return request.read, int(said[:18]) if said.isascii() and said.isdigit() else 0
    # Django takes a body of no said length for an empty one.
    return request.environ["wsgi.input"].read, None  # type: ignore[attr-defined]


def read_to_no_end(request: HttpRequest) -> None:
    """Take in what else is sent, if it is not too much: who is still sending does not see an answer."""
    read, left = _body(request)[0], _UNSEEN_BYTES
    with contextlib.suppress(OSError):
        while left > 0 and (piece := read(min(left, 1024 * 1024))):
            left -= len(piece)


def about(row: Resumable, length: int) -> dict[str, object]:
    """One file, for people and pages."""
    return {
        "key": row.key, "name": row.name, "size": row.size, "offset": length, "is_whole": length == row.size,
        "person": row.person_id, "expires_at": expires_at(row).isoformat(),
    }  # fmt: skip


def headers_of(row: Resumable, length: int) -> dict[str, str]:
    """How far it is."""
    size = {"Upload-Defer-Length": "1"} if row.size is None else {"Upload-Length": str(row.size)}
    metadata = {"Upload-Metadata": row.metadata} if row.metadata else {}
    return {"Upload-Offset": str(length), **size, **metadata, **expiry_of(row)}


def expiry_of(row: Resumable) -> dict[str, str]:
    """Until when it is kept."""
    return {"Upload-Expires": http_date(expires_at(row).timestamp())}


def abilities() -> dict[str, str]:
    """What OPTIONS tells."""
    most = conf.RESUMABLE_FILE_MB.value * 1024 * 1024
    return {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": ",".join(tus.EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
        **({"Tus-Max-Size": str(most)} if most else {}),
    }


def on_every_answer(request: HttpRequest) -> dict[str, str]:
    """What all answers say; pages of other origins must be let see it."""
    seen = {"Access-Control-Expose-Headers": _TOLD} if "Origin" in request.headers else {}
    return {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store", **seen}
