"""Webhooks: somebody's address is told of something, signed, and never redirected to another one.

Signed as Standard Webhooks 1.0 has it, so that receivers find libraries: headers webhook-id, webhook-timestamp,
webhook-signature = "v1," + base64(HMAC-SHA256(secret, "<id>.<timestamp>.<body>")); the secret is base64 after "whsec_".

Which services keep addresses and secrets, and how they seal them, is their own matter; so is when they try again, for
which there is AGAIN_AFTER_SECONDS.
"""

import base64
import hmac
import secrets
import time
import urllib.error
from urllib.parse import urlsplit

from quintet.core.errors import BadInput
from quintet.core.outbound import AddressRefused, CannotResolve, checked_addresses, open_url

_PATIENCE_SECONDS = 10.0
_REFUSED = "That address may not be called."
# Six repetitions within three hours.
AGAIN_AFTER_SECONDS = (5, 30, 120, 600, 1800, 7200)
ATTEMPTS = len(AGAIN_AFTER_SECONDS) + 1


def again_after(attempt: int) -> int:
    """How many seconds after that attempt, counted from 1, comes the next.

    >>> again_after(1), again_after(99)
    (5, 7200)
    """
    return AGAIN_AFTER_SECONDS[min(attempt, len(AGAIN_AFTER_SECONDS)) - 1]


def new_secret() -> str:
    """A secret that nobody has yet."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def checked_address(address: str, *, field: str, private: bool) -> str:
    """What may be shown of an address: its path may be a secret.

    field     what the client called it
    private   whether this machine and private networks may be called

    Raises BadInput for what is no address and for one that may not be called.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as garbled:
        raise BadInput.of(field, "That is no address.") from garbled
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise BadInput.of(field, "A webhook begins with https:// or http:// and names no user.")
    if not address.isascii() or not address.isprintable() or " " in address:
        raise BadInput.of(field, "That is no address.")
    try:
        checked_addresses(parts.hostname, port, private=private)
    except AddressRefused as refused:
        raise BadInput.of(field, _REFUSED) from refused
    except CannotResolve as unknown:
        raise BadInput.of(field, "The name has no address.") from unknown
    return f"{parts.scheme}://{parts.netloc}/…"[:300]


def signature(secret: str, *, identifier: str, timestamp: int, body: bytes) -> str:
    """What a receiver computes as well, and compares."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{identifier}.{timestamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signed).decode("ascii")


def post(address: str, secret: str, *, identifier: str, body: bytes, private: bool) -> tuple[int | None, str]:
    """Tell the address: the answer's status, and what was wrong, in words without the address; nothing when it was
    accepted.

    identifier   of the event; the same whenever it is told again
    """
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Quintet",
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, identifier=identifier, timestamp=timestamp, body=body),
    }
    try:
        with open_url(
            address, private=private, timeout_seconds=_PATIENCE_SECONDS, body=body, headers=headers
        ) as answer:
            return answer.status, ""
    except AddressRefused:
        return None, _REFUSED
    except urllib.error.HTTPError as refused:
        refused.close()
        is_redirect = 300 <= refused.code < 400
        return refused.code, "Redirects are not followed." if is_redirect else "The receiver did not accept it."
    except TimeoutError:
        return None, "The receiver did not answer in time."
    except OSError:
        return None, "The receiver cannot be reached."
