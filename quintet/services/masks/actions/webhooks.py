"""Events of cameras are told to webhooks: signed, tried again, never redirected.

Signed as Standard Webhooks 1.0 has it, so that receivers find libraries: headers webhook-id, webhook-timestamp,
webhook-signature = "v1," + base64(HMAC-SHA256(secret, "<id>.<timestamp>.<body>")); the secret is base64 after "whsec_".
"""

import base64
import hmac
import secrets
import time
import urllib.error
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from quintet.accounts.conf import PUBLIC_ADDRESS
from quintet.accounts.seals import BrokenSeal, seal, unseal
from quintet.core.deferred.actions import deferred
from quintet.core.deferred.errors import GiveUp, Retry
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput
from quintet.core.outbound import AddressRefused, CannotResolve, checked_addresses, open_url
from quintet.services.masks import conf
from quintet.services.masks.models import CameraDelivery, CameraEvent

_SEAL = "masks.webhook"
_PATIENCE_SECONDS = 10.0
_AGAIN_AFTER_SECONDS = (5, 30, 120, 600, 1800, 7200)
_REFUSED = "That address may not be called."


def new_webhook(address: str) -> tuple[dict[str, Any], str]:
    """What changes in a camera's row when its events are told to that address from now on (an empty one: to nobody),
    and the new secret, which is never shown again. Raises BadInput."""
    if not address:
        return without_webhook({}), ""
    shown = _checked(address)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    return {"webhook": shown, "webhook_sealed": seal(orjson.dumps([address, secret]).decode(), purpose=_SEAL)}, secret


def without_webhook(changed: Mapping[str, Any]) -> dict[str, Any]:
    """The same changes of a camera, and no webhook any more."""
    return {**changed, "webhook": "", "webhook_sealed": ""}


def _checked(address: str) -> str:
    """What may be shown of it: its path may be a secret. Raises BadInput."""
    field = "webhook_url"
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
        checked_addresses(parts.hostname, port, private=conf.WEBHOOK_PRIVATE.value)
    except AddressRefused as refused:
        raise BadInput.of(field, _REFUSED) from refused
    except CannotResolve as unknown:
        raise BadInput.of(field, "The name has no address.") from unknown
    return f"{parts.scheme}://{parts.netloc}/…"[:300]


@deferred("masks.deliver_webhook", max_attempts=len(_AGAIN_AFTER_SECONDS) + 1)
def deliver_webhook(work: Work, event_id: int) -> dict[str, object]:
    """Tell the webhook of one event; every attempt stands in the deliveries."""
    event = CameraEvent.objects.select_related("camera__owner").filter(pk=event_id).first()
    if event is None or not event.camera.webhook_sealed or _is_nobodys_any_more(event):
        return {"told": False}
    try:
        address, secret = orjson.loads(unseal(event.camera.webhook_sealed, purpose=_SEAL))
    except BrokenSeal:
        raise GiveUp("The webhook was sealed with another key; set it again.") from None
    began = time.monotonic()
    status, outcome = _post(address, secret, identifier=f"camera-event-{event.pk}", body=_told(event))
    milliseconds = round((time.monotonic() - began) * 1000)
    CameraDelivery.objects.create(event=event, status=status, outcome=outcome, milliseconds=milliseconds)
    if outcome:
        after = _AGAIN_AFTER_SECONDS[min(work.attempt, len(_AGAIN_AFTER_SECONDS)) - 1]
        raise Retry(outcome, after_seconds=after)
    return {"told": True}


def _is_nobodys_any_more(event: CameraEvent) -> bool:
    """Whether the camera has another owner since then, or one whose account was disabled."""
    camera = event.camera
    is_of_another = camera.bound_at is not None and event.at < camera.bound_at
    return is_of_another or (camera.owner is not None and not camera.owner.is_active)


def _told(event: CameraEvent) -> bytes:
    camera = event.camera
    path = f"{PUBLIC_ADDRESS.value.rstrip('/')}/mask_detect/cameras/{camera.pk}/events/{event.pk}/snapshot.jpg"
    told = {
        "type": "camera.unmasked",
        "timestamp": event.at.isoformat(),
        "data": {
            "event_id": event.pk,
            "camera_id": camera.pk,
            "camera_name": camera.name,
            "width": event.width,
            "height": event.height,
            "faces": event.faces,
            "snapshot": path,
        },
    }
    return orjson.dumps(told)


def signature(secret: str, *, identifier: str, timestamp: int, body: bytes) -> str:
    """What a receiver computes as well, and compares."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{identifier}.{timestamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signed).decode("ascii")


def _post(address: str, secret: str, *, identifier: str, body: bytes) -> tuple[int | None, str]:
    """The answer's status, and what was wrong, in words without the address; nothing when it was accepted."""
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
            address,
            private=conf.WEBHOOK_PRIVATE.value,
            timeout_seconds=_PATIENCE_SECONDS,
            body=body,
            headers=headers,
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
