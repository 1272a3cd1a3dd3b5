"""Events of cameras are told to webhooks: signed, tried again, never redirected."""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from quintet.accounts.conf import PUBLIC_ADDRESS
from quintet.accounts.seals import BrokenSeal, seal, unseal
from quintet.core.deferred.actions import deferred
from quintet.core.deferred.errors import GiveUp, Retry
from quintet.core.deferred.running import Work
from quintet.core.webhooks import ATTEMPTS, again_after, checked_address, new_secret, post
from quintet.services.masks import conf
from quintet.services.masks.models import CameraDelivery, CameraEvent

_SEAL = "masks.webhook"


def new_webhook(address: str) -> tuple[dict[str, Any], str]:
    """What changes in a camera's row when its events are told to that address from now on (an empty one: to nobody),
    and the new secret, which is never shown again. Raises BadInput."""
    if not address:
        return without_webhook({}), ""
    shown, secret = checked_address(address, field="webhook_url", private=conf.WEBHOOK_PRIVATE.value), new_secret()
    return {"webhook": shown, "webhook_sealed": seal(orjson.dumps([address, secret]).decode(), purpose=_SEAL)}, secret


def without_webhook(changed: Mapping[str, Any]) -> dict[str, Any]:
    """The same changes of a camera, and no webhook any more."""
    return {**changed, "webhook": "", "webhook_sealed": ""}


@deferred("masks.deliver_webhook", max_attempts=ATTEMPTS)
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
    identifier, private = f"camera-event-{event.pk}", conf.WEBHOOK_PRIVATE.value
    status, outcome = post(address, secret, identifier=identifier, body=_told(event), private=private)
    milliseconds = round((time.monotonic() - began) * 1000)
    CameraDelivery.objects.create(event=event, status=status, outcome=outcome, milliseconds=milliseconds)
    if outcome:
        raise Retry(outcome, after_seconds=again_after(work.attempt))
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
