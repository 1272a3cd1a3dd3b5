"""Cameras, free and bound, and what they showed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.masks.models import Camera, CameraDelivery, CameraEvent, CameraMinute
from quintet.services.masks.queries.people import is_administrator

SOURCE_SEAL = "masks.camera-source"


def free_cameras() -> QuerySet[Camera]:
    """Cameras nobody has bound, oldest first."""
    return Camera.objects.filter(owner=None).order_by("id")


def cameras_of(owner: User) -> QuerySet[Camera]:
    """Cameras the person has bound, oldest first."""
    return Camera.objects.filter(owner=owner).order_by("id")


def cameras_shown_to(person: User) -> QuerySet[Camera]:
    """One's own; an administrator sees all. Oldest first."""
    return Camera.objects.order_by("id") if is_administrator(person) else cameras_of(person)


def camera_open_to(person: User, camera_id: int) -> Camera:
    """A camera for its owner and for administrators. Raises NotFound for everybody else."""
    camera = cameras_shown_to(person).filter(pk=camera_id).first()
    if camera is None:
        raise NotFound("no such camera of this person")
    return camera


def is_open_to(person_id: int, camera_id: int) -> bool:
    """Whether the person, read anew, may still see the camera."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    return person is not None and cameras_shown_to(person).filter(pk=camera_id).exists()


@dataclass(frozen=True)
class Condition:
    """How a camera is: connecting, live or lost; none without a source. `why` in words fit for people."""

    state: str | None
    since: datetime | None
    why: str


def condition_of(camera: Camera, *, answers: bool) -> Condition:
    """As the table says, unless who wrote it there has died.

    answers   whether the process that has the camera tells what it sees
    """
    if not camera.source:
        return Condition(None, None, "")
    if not is_read(camera):
        return Condition(Camera.CONNECTING, camera.lease_until, "No worker reads cameras just now.")
    if not answers:
        return Condition(Camera.CONNECTING, camera.state_since, "The worker that reads it does not answer.")
    return Condition(camera.state, camera.state_since, camera.state_why)


def is_read(camera: Camera) -> bool:
    """Whether some process says that it reads the camera."""
    return bool(camera.watcher) and camera.lease_until is not None and camera.lease_until > now()


def any_camera_has_a_source() -> bool:
    """Whether there is anything to read."""
    return Camera.objects.exclude(source="").exists()


def _seen_by(person: User, camera: Camera, moment: str) -> Q:
    # What a camera showed to whoever had it before is theirs.
    if is_administrator(person) or camera.bound_at is None:
        return Q()
    return Q(**{f"{moment}__gte": camera.bound_at.replace(second=0, microsecond=0)})


def minutes_of(
    person: User, camera: Camera, *, since: datetime, until: datetime | None = None
) -> QuerySet[CameraMinute]:
    """What the camera showed, oldest minute first, of the time that the person may know of."""
    rows = camera.minutes.filter(_seen_by(person, camera, "minute"), minute__gte=since).order_by("minute")
    return rows if until is None else rows.filter(minute__lt=until)


def last_hour_of(person: User, camera: Camera) -> QuerySet[CameraMinute]:
    """The minutes of the last hour that something was looked at in."""
    return minutes_of(person, camera, since=now() - timedelta(hours=1))


def events_of(person: User, camera: Camera) -> QuerySet[CameraEvent]:
    """Newest first, of the time that the person may know of."""
    return camera.events.filter(_seen_by(person, camera, "at")).order_by("-id")


def event_open_to(person: User, camera_id: int, event_id: int) -> CameraEvent:
    """One event. Raises NotFound."""
    event = events_of(person, camera_open_to(person, camera_id)).filter(pk=event_id).first()
    if event is None:
        raise NotFound("no such event of this camera")
    return event


def snapshot_of(event: CameraEvent) -> "File[bytes]":
    """The frame it was seen in, as JPEG. Raises FileNotFoundError."""
    return default_storage.open(event.snapshot)


def deliveries_of(person: User, camera: Camera) -> QuerySet[CameraDelivery]:
    """Attempts to tell the webhook, newest first, of the time that the person may know of."""
    seen = CameraDelivery.objects.filter(_seen_by(person, camera, "event__at"), event__camera=camera)
    return seen.order_by("-id")
