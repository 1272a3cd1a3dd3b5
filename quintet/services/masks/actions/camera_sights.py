"""What cameras showed is written down, told, and forgotten after a while."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, enqueue, every
from quintet.services.masks import conf
from quintet.services.masks.actions.tallies import count_seen
from quintet.services.masks.models import Camera, CameraEvent, CameraMinute
from quintet.services.masks.rules import CLASSES

_DELETED_AT_ONCE = 500


def write_minute(
    camera_id: int,
    lease: int,
    *,
    minute: datetime,
    looks: int,
    most_faces: int,
    most: Mapping[str, int],
    sums: Mapping[str, int],
) -> None:
    """Add to what a camera showed in a minute, and to its owner's statistics the faces of the fullest frame.
    Nothing happens when the lease is not the one any more.

    most, sums   class -> faces in the fullest frame, in all frames
    """
    with transaction.atomic():
        # Locked, so that it stays ours until all is written.
        camera = Camera.objects.select_for_update().filter(pk=camera_id, lease=lease).first()
        if camera is None:
            return
        CameraMinute.objects.get_or_create(camera=camera, minute=minute)
        row = CameraMinute.objects.filter(camera=camera, minute=minute)
        row.update(
            looks=F("looks") + looks,
            most_faces=Greatest(F("most_faces"), most_faces),
            sum_faces=F("sum_faces") + sum(sums.values()),
            **{f"most_{name}": Greatest(F(f"most_{name}"), most.get(name, 0)) for name in CLASSES},
            **{f"sum_{name}": F(f"sum_{name}") + sums.get(name, 0) for name in CLASSES},
        )
        if camera.owner_id is not None:
            count_seen(owner_id=camera.owner_id, source="camera", at=minute, looked=1, counts=most)


def report_unmasked(
    camera_id: int,
    lease: int,
    *,
    at: datetime,
    faces: Sequence[Mapping[str, object]],
    width: int,
    height: int,
    snapshot: bytes,
) -> CameraEvent | None:
    """Somebody without a mask was seen: keep the snapshot, tell the webhook. None when the lease is not the one."""
    if not Camera.objects.filter(pk=camera_id, lease=lease).exists():
        return None
    name = default_storage.save(f"masks/cameras/{camera_id}/{at:%Y%m%dT%H%M%S}.jpg", ContentFile(snapshot))
    try:
        with transaction.atomic():
            camera = Camera.objects.select_for_update().filter(pk=camera_id, lease=lease).first()
            if camera is None:
                default_storage.delete(name)
                return None
            event = CameraEvent.objects.create(
                camera=camera, at=at, faces=list(faces), width=width, height=height, snapshot=name
            )
            if camera.webhook:
                enqueue("masks.deliver_webhook", {"event_id": event.pk}, owner_id=camera.owner_id)
    except BaseException:
        default_storage.delete(name)
        raise
    return event


def forget_events(events: Iterable[CameraEvent]) -> int:
    """Delete events, and their snapshots once that has been committed. Needs a transaction."""
    known = list(events)
    CameraEvent.objects.filter(pk__in=[event.pk for event in known]).delete()
    for event in known:
        transaction.on_commit(partial(default_storage.delete, event.snapshot))
    return len(known)


@deferred("masks.forget_camera_past")
def forget_camera_past(work: object) -> dict[str, int]:
    """Housekeeping: counts and events go after MASKS_CAMERA_KEEP_DAYS."""
    limit = now() - timedelta(days=conf.CAMERA_KEEP_DAYS.value)
    minutes = CameraMinute.objects.filter(minute__lt=limit).delete()[0]
    events = 0
    while batch := list(CameraEvent.objects.filter(at__lt=limit).order_by("pk")[:_DELETED_AT_ONCE]):
        with transaction.atomic():
            events += forget_events(batch)
    return {"minutes": minutes, "events": events}


every("masks.forget_camera_past", daily_at="03:40")
