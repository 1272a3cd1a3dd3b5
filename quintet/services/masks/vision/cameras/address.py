"""Where a camera is read: what may be written there, and what of it may be shown."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from quintet.core.outbound import AddressRefused, CannotResolve, checked_addresses

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
LONGEST = 500
# Some cameras want the password in the path: rtsp://camera/user=admin_password=…
_TELLS_A_SECRET = re.compile(r"pass|pwd|token|secret|key|auth", re.IGNORECASE)


class BadSource(ValueError):
    """That cannot be the source of a camera. Its text is fit for people."""


@dataclass(frozen=True)
class Source:
    """Where a camera is read, taken apart.

    shown     without user info, without the values of a query: fit to be shown and logged
    address   without user info
    """

    scheme: str
    host: str
    port: int
    username: str
    password: str
    address: str
    shown: str

    @property
    def credentials(self) -> tuple[str, str] | None:
        """Name and password, if there are any."""
        return (self.username, self.password) if self.username or self.password else None


def read_source(said: str, *, files: str = "") -> Source:
    """Take an address apart: rtsp, rtsps, http, https, or file below the folder `files`. Raises BadSource."""
    if len(said) > LONGEST or not said.isprintable() or " " in said or "\\" in said:
        raise BadSource("That is no address.")
    try:
        parts = urlsplit(said)
        port = parts.port
    except ValueError as garbled:
        raise BadSource("That is no address.") from garbled
    if parts.scheme == "file":
        return _file(parts, files)
    if parts.scheme not in PORTS:
        raise BadSource("A source begins with rtsp://, rtsps://, http:// or https://.")
    if not parts.hostname or port == 0:
        raise BadSource("The source names no host.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port is None else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    path = "/…" if _TELLS_A_SECRET.search(parts.path) else parts.path
    return Source(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        address=f"{parts.scheme}://{place}{parts.path}{query}",
        shown=f"{parts.scheme}://{place}{path}{'?…' if query else ''}",
    )


def _file(parts: SplitResult, files: str) -> Source:
    if not files:
        raise BadSource("Files are no sources here.")
    path = Path(unquote(parts.path)).resolve()
    if parts.netloc or not path.is_relative_to(Path(files).resolve()) or not path.is_file():
        raise BadSource("There is no such file among those that may be sources.")
    return Source("file", "", 0, "", "", f"file://{path}", f"file://{path.name}")


def addresses_of(source: Source) -> list[str]:
    """Every address of the source's host, each checked: link-local and metadata addresses, multicast and what is
    reserved are no cameras. Raises BadSource."""
    try:
        return checked_addresses(source.host, source.port, private=True)
    except AddressRefused as refused:
        raise BadSource("Cameras are not read at link-local, metadata, multicast or reserved addresses.") from refused
    except CannotResolve as unknown:
        raise BadSource("The source's name has no address.") from unknown
