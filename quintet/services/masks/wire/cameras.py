"""Cameras on the wire."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.utils.dateparse import parse_datetime

from quintet.core.wire import Fields, read_text
from quintet.services.masks.models import Camera, CameraDelivery, CameraEvent, CameraMinute
from quintet.services.masks.queries import Condition
from quintet.services.masks.rules import CLASSES

BOUNDARY = "quintet-frame"
_SAME_FRAME_AGAIN_SECONDS = 4.0


def camera(row: Camera) -> dict[str, object]:
    """000:97-102"""
    return {"camera_id": row.pk, "camera_name": row.name, "user_id": row.owner_id, "desc": row.description}


def watched_camera(
    row: Camera, condition: Condition, seen: Mapping[str, Any] | None, *, is_administrator: bool
) -> dict[str, object]:
    """A camera with what it shows just now.

    source   for administrators alone, without user info; nobody is shown more of it
    now      the newest look: counts, faces, latency; nothing while the camera is not live
    """
    if seen is not None:
        # The watcher knows it sooner than the table.
        since = parse_datetime(seen["since"]) if seen.get("since") else condition.since
        condition = Condition(seen["state"], since, seen["why"])
    return {
        **camera(row),
        "has_source": bool(row.source),
        "source": row.source if is_administrator and row.source else None,
        "state": condition.state,
        "since": condition.since.isoformat() if condition.since else None,
        "why": condition.why,
        "now": seen["seen"] if seen else None,
        "webhook": row.webhook or None,
    }


def camera_minute(row: CameraMinute) -> dict[str, object]:
    """One minute: frames that were looked at, and for each class the most faces in one frame and the mean."""
    looks = max(1, row.looks)
    most = {name: getattr(row, f"most_{name}") for name in CLASSES}
    mean = {name: round(getattr(row, f"sum_{name}") / looks, 2) for name in CLASSES}
    return {
        "minute": row.minute.isoformat(),
        "looks": row.looks,
        "max": {"faces": row.most_faces, **most},
        "mean": {"faces": round(row.sum_faces / looks, 2), **mean},
    }


def camera_event(row: CameraEvent) -> dict[str, object]:
    """Somebody without a mask was seen."""
    return {
        "event_id": row.pk,
        "at": row.at.isoformat(),
        "width": row.width,
        "height": row.height,
        "faces": row.faces,
        "snapshot": f"/mask_detect/cameras/{row.camera_id}/events/{row.pk}/snapshot.jpg",
    }


def camera_delivery(row: CameraDelivery) -> dict[str, object]:
    """One attempt to tell the webhook."""
    return {
        "event_id": row.event_id,
        "at": row.at.isoformat(),
        "status": row.status,
        "accepted": not row.outcome,
        "why": row.outcome,
        "milliseconds": row.milliseconds,
    }


def read_address(fields: Fields, name: str) -> str | None:
    """An address: text, null or an empty text for none; nothing when the field is absent. Raises BadInput."""
    if name not in fields:
        return None
    return "" if fields[name] is None else read_text(fields, name, max_length=2000, blank=True).strip()


def mjpeg() -> Callable[[dict[str, Any], bytes], bytes]:
    """Writes looks as parts of multipart/x-mixed-replace. While nothing new comes, the last frame comes again: a viewer
    who has gone is noticed by nothing else."""
    last = b""
    sent_at = 0.0

    def write(header: dict[str, Any], jpeg: bytes) -> bytes:
        nonlocal last, sent_at
        if header.get("kind") == "look":
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            last = head.encode() + jpeg + b"\r\n"
        elif time.monotonic() - sent_at < _SAME_FRAME_AGAIN_SECONDS:
            return b""
        sent_at = time.monotonic()
        # Before the first part there may be anything; browsers pass over an empty line.
        return last or b"\r\n"

    return write


def server_sent_event(header: dict[str, Any], content: bytes) -> bytes:
    """A message as a server-sent event: `state` or `detections`."""
    name = "detections" if header.get("kind") == "look" else "state"
    said = {key: value for key, value in header.items() if key != "kind"}
    return f"event: {name}\ndata: {orjson.dumps(said).decode()}\n\n".encode()
