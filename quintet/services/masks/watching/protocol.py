"""What watcher and web processes say to one another: over a Unix socket in the data folder, or over TCP.

Frames of bytes, each with its length before it (multiprocessing's Connection; nothing is ever unpickled).

1. watcher: 32 random bytes      web: HMAC-SHA256(key, "web" + those) + 32 random bytes of its own
2. watcher: HMAC-SHA256(key, "watcher" + those)      either side hangs up on a wrong one
3. web:     {"want": "frames" | "detections" | "snapshot", "camera": id}   or   {"want": "now", "cameras": [id]}
4. watcher: a header in JSON, a line feed, and after the header of a frame its JPEG; again and again, or once for
   "snapshot" and "now". Every two seconds at least, so that silence means that somebody has died.

The key is derived from the server's secret. Over TCP the rest travels in the clear: inside a private network only.
"""

import hmac
import secrets
import socket
from multiprocessing.connection import Connection
from typing import Any

import orjson

from quintet.accounts.keys import derived_key

NONCE_BYTES = 32
LONGEST_REQUEST, LONGEST_MESSAGE = 64 * 1024, 32 * 1024 * 1024
HEARTBEAT_SECONDS, PATIENCE_SECONDS = 2.0, 6.0
_CONNECT_SECONDS = 2.0


class NobodyThere(OSError):
    """The watcher cannot be reached, or is none of ours."""


def connect(address: str) -> Connection:
    """To the watcher at unix:<path> or tcp:<host>:<port>; both sides have shown that they know the key.
    Raises NobodyThere."""
    try:
        connection = Connection(_connected(address).detach())
    except (OSError, ValueError) as absent:
        raise NobodyThere("the watcher cannot be reached") from absent
    try:
        _introduce_ourselves(connection)
    except (OSError, EOFError) as stranger:
        connection.close()
        raise NobodyThere("the watcher cannot be reached") from stranger
    return connection


def _connected(address: str) -> socket.socket:
    kind, _, place = address.partition(":")
    if kind == "unix":
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            found.settimeout(_CONNECT_SECONDS)
            found.connect(place)
        except OSError:
            found.close()
            raise
    else:
        host, _, port = place.rpartition(":")
        found = socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS)
    found.settimeout(None)
    return found


def _introduce_ourselves(connection: Connection) -> None:
    nonce = secrets.token_bytes(NONCE_BYTES)
    connection.send_bytes(_proof(b"web", _awaited(connection)) + nonce)
    if not hmac.compare_digest(_awaited(connection), _proof(b"watcher", nonce)):
        raise ConnectionError("the watcher does not know the key")


def check_visitor(connection: Connection) -> None:
    """The watcher's side. Raises OSError or EOFError for whoever does not know the key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    connection.send_bytes(nonce)
    answer = _awaited(connection)
    if not hmac.compare_digest(answer[:-NONCE_BYTES], _proof(b"web", nonce)):
        raise ConnectionError("a visitor who does not know the key")
    connection.send_bytes(_proof(b"watcher", answer[-NONCE_BYTES:]))


def _proof(side: bytes, nonce: bytes) -> bytes:
    return hmac.digest(derived_key("masks.watcher"), side + nonce, "sha256")


def _awaited(connection: Connection) -> bytes:
    if not connection.poll(PATIENCE_SECONDS):
        raise TimeoutError("no answer")
    return connection.recv_bytes(2 * NONCE_BYTES)


def send(connection: Connection, header: dict[str, Any], content: bytes = b"") -> None:
    """One message."""
    connection.send_bytes(orjson.dumps(header) + b"\n" + content)


def receive(connection: Connection, *, longest: int = LONGEST_MESSAGE) -> tuple[dict[str, Any], bytes]:
    """The next message. Raises OSError or EOFError when none comes in time, or none at all."""
    if not connection.poll(PATIENCE_SECONDS):
        raise TimeoutError("no answer")
    header, _, content = connection.recv_bytes(longest).partition(b"\n")
    try:
        said = orjson.loads(header)
    except orjson.JSONDecodeError as garbled:
        raise ConnectionError("no message") from garbled
    if not isinstance(said, dict):
        raise ConnectionError("no message")
    return said, content
