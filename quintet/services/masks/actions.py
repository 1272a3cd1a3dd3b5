"""What can be done in masks: quotas are spent and topped up, cameras bound, pictures looked at, feedback answered."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from quintet.accounts import actions as accounts
from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.masks import conf
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.errors import BadUpload, CameraTaken, QuotaExhausted, TopUpRefused
from quintet.services.masks.models import Camera, Feedback, Kind, LedgerEntry, Quota
from quintet.services.masks.queries import (
    has_any_left,
    is_administrator,
    refuse_unless_administrator,
    topped_up_today,
)
from quintet.services.masks.vision.detector import Face, load_detector
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.pictures import BadPicture, encode_picture, open_picture


def register(
    *, username: str, password: str, email: str, wants_authority: bool, asked_by: User | None, ip: str
) -> User:
    """Make an account. Who wants authority becomes an administrator of masks and of nothing else, or waits for one to
    approve it (MASKS_AUTHORITY); asked for by an administrator, it is there at once. Raises as accounts.register.
    """
    granted = wants_authority and (
        conf.AUTHORITY.value == "open" or (asked_by is not None and is_administrator(asked_by))
    )
    waits = wants_authority and not granted and conf.AUTHORITY.value == "approve"
    with transaction.atomic():
        user = accounts.register(
            DOOR,
            username=username,
            password=password,
            email=email,
            level=ADMINISTRATOR_LEVEL if granted else None,
            pending=ADMINISTRATOR_LEVEL if waits else None,
            actor=asked_by,
            ip=ip,
        )
        if wants_authority:
            what = "granted" if granted else "pending" if waits else "refused"
            accounts.audit(f"masks.authority.{what}", username, actor=asked_by or user, ip=ip)
    return user


def spend(owner: User, kind: Kind, *, reason: str) -> None:
    """Take one. Raises QuotaExhausted when none is left; nothing has changed then."""
    Quota.of(owner.pk)
    with transaction.atomic():
        left = Quota.objects.filter(owner=owner, **{f"{kind.column}__gt": 0})
        if not left.update(**{kind.column: F(kind.column) - 1}):
            raise QuotaExhausted(f"no {kind.name.lower()} left")
        LedgerEntry.objects.create(owner=owner, kind=kind, change=-1, reason=reason)


def top_up(owner: User, kind: Kind, *, by: int, ip: str) -> None:
    """Add to one's own quota, as the document lets everybody. Raises TopUpRefused (MASKS_TOPUP).

    by   1 to 1,000,000
    """
    Quota.of(owner.pk)
    with transaction.atomic():
        # Locks the row first, so that two top-ups cannot both fit under the day's cap.
        Quota.objects.filter(owner=owner).update(**{kind.column: F(kind.column) + by})
        _refuse_top_up(owner, kind, by)
        LedgerEntry.objects.create(owner=owner, kind=kind, change=by, reason="topped up")
        accounts.audit("masks.quota.topped-up", owner.username, actor=owner, ip=ip, kind=kind.name, by=by)


def _refuse_top_up(owner: User, kind: Kind, by: int) -> None:
    if conf.TOPUP.value == "open" or is_administrator(owner):
        return
    if conf.TOPUP.value == "admin" or topped_up_today(owner, kind) + by > conf.TOPUP_PER_DAY.value:
        raise TopUpRefused(f"{by} {kind.name.lower()} more are not to be had today")


def create_camera(by: User, *, name: str, description: str) -> Camera:
    """Make a camera known. Raises NotAllowed unless an administrator asks."""
    refuse_unless_administrator(by)
    return Camera.objects.create(name=name, description=description)


def bind_camera(owner: User, camera_id: int) -> None:
    """Make a free camera the person's own; costs one. Raises CameraTaken, QuotaExhausted; nothing has changed then."""
    with transaction.atomic():
        if not Camera.objects.filter(pk=camera_id, owner=None).update(owner=owner):
            raise CameraTaken(f"camera {camera_id} is not free")
        spend(owner, Kind.CAMERAS, reason="camera bound")


@dataclass(frozen=True)
class CalculatedPicture:
    """A picture that was looked at: upright size in pixels, faces, the same picture with boxes drawn."""

    width: int
    height: int
    faces: tuple[Face, ...]
    content: bytes
    format: str


def calculate_picture(owner: User, uploaded: bytes) -> CalculatedPicture:
    """Find the faces of a picture and draw them. Costs one picture, if it succeeds.

    It is spent when the work is done, by one conditional update: a refusal, a failure or a killed process has cost
    nothing, and no refund can be forgotten. Raises QuotaExhausted, BadUpload.
    """
    if not has_any_left(owner, Kind.PICTURES):
        raise QuotaExhausted("no pictures left")
    try:
        picture = open_picture(uploaded)
    except BadPicture as bad:
        raise BadUpload(str(bad)) from bad
    faces = load_detector(conf.MODEL.value, threads=conf.MODEL_THREADS.value).detect(picture.pixels)
    content = encode_picture(draw_faces(picture.pixels, faces), picture.format)
    spend(owner, Kind.PICTURES, reason="picture")
    height, width = picture.pixels.shape[:2]
    return CalculatedPicture(width, height, tuple(faces), content, picture.format)


def submit_feedback(owner: User, *, title: str, content: str, contact: str) -> Feedback:
    """Tell the administrators something."""
    return Feedback.objects.create(owner=owner, title=title, content=content, contact=contact)


def reply_to_feedback(by: User, feedback_id: int, *, reply: str) -> None:
    """Answer it; a second reply replaces the first. Raises NotAllowed unless an administrator asks, NotFound."""
    refuse_unless_administrator(by)
    answered = Feedback.objects.filter(pk=feedback_id).update(reply=reply, replied_at=now(), replied_by=by)
    if not answered:
        raise NotFound("no such feedback")
