"""Files that are fetched from elsewhere, for a task's data."""

import urllib.error
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from quintet.core.outbound import AddressRefused, open_url
from quintet.services.annotation import conf
from quintet.services.annotation.media.errors import BadMedia

_PIECE = 256 * 1024
_TIMEOUT_SECONDS = 30
_MOST_REDIRECTS = 5


def name_in(address: str) -> str:
    """What a fetched file is called.

    >>> name_in("https://pictures.example/a%20b/street%201.jpg?size=full")
    'street 1.jpg'
    """
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    return name.replace("\x00", "").encode("utf-8", "replace").decode()[:255]


def fetch(address: str, path: Path, *, most_bytes: int) -> int:
    """Write what is at the address to `path`; returns its length. Raises BadMedia, in CVAT's words."""
    failed = f"Exception: Failed to download {address[:500]}."
    try:
        with _answer(address) as answer, path.open("wb") as target:
            size = 0
            while piece := answer.read(_PIECE):
                size += len(piece)
                if size > most_bytes:
                    raise BadMedia(f"{failed} It is larger than {conf.REMOTE_MB.value} MiB")
                target.write(piece)
            return size
    except urllib.error.HTTPError as refused:
        raise BadMedia(f"{failed} {refused.code} - {refused.reason}") from refused
    except AddressRefused as refused:
        raise BadMedia(f"{failed} {refused}") from refused
    except (OSError, HTTPException, ValueError) as broken:
        raise BadMedia(f"{failed} {type(broken).__name__}") from broken


def _answer(address: str) -> HTTPResponse:
    for _ in range(_MOST_REDIRECTS):
        try:
            # Each address is checked anew, also those that a redirect leads to.
            return open_url(address, private=conf.REMOTE_PRIVATE.value, timeout_seconds=_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as answered:
            elsewhere = answered.headers.get("Location")
            if answered.code not in (301, 302, 303, 307, 308) or not elsewhere:
                raise
            address = urljoin(address, elsewhere)
    raise ConnectionError("too many redirects")
