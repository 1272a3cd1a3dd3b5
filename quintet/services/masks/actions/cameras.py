"""Cameras are made known, bound, changed, given back."""

from django.db import transaction
from django.db.models import F

from quintet.accounts.actions import audit
from quintet.accounts.models import User
from quintet.accounts.seals import seal
from quintet.core.clock import now
from quintet.core.errors import BadInput, NotFound
from quintet.services.masks import conf
from quintet.services.masks.actions.camera_sights import forget_events
from quintet.services.masks.actions.quotas import spend
from quintet.services.masks.actions.webhooks import new_webhook, without_webhook
from quintet.services.masks.errors import CameraTaken
from quintet.services.masks.models import Camera, CameraEvent, Kind, LedgerEntry, Quota
from quintet.services.masks.queries import (
    SOURCE_SEAL,
    camera_open_to,
    refuse_unless_administrator,
)
from quintet.services.masks.vision.cameras.address import BadSource, addresses_of, read_source


def create_camera(by: User, *, name: str, description: str, source: str = "") -> Camera:
    """Make a camera known. Raises NotAllowed unless an administrator asks, BadInput for a source that cannot be."""
    refuse_unless_administrator(by)
    return Camera.objects.create(name=name, description=description, **_read_at(source))


def change_camera(
    by: User,
    camera_id: int,
    *,
    name: str | None = None,
    description: str | None = None,
    source: str | None = None,
    webhook: str | None = None,
) -> str:
    """Change a camera, wholly or not at all; None stays as it is, an empty address is none. Its owner may change whom
    events are told to, administrators everything.

    Returns the secret of a new webhook, which is never shown again; else nothing.
    Raises NotFound, NotAllowed, BadInput.
    """
    camera = camera_open_to(by, camera_id)
    told = {"name": name, "description": description, "source": source}
    if any(said is not None for said in told.values()):
        refuse_unless_administrator(by)
    changed: dict[str, object] = {key: said for key, said in told.items() if said is not None}
    secret = ""
    if source is not None:
        # Whoever reads the old source is fenced off by the lease, and the camera is free to be taken.
        changed |= _read_at(source) | {"lease": F("lease") + 1, "lease_until": None, "watcher": "", "state": ""}
        changed |= {"state_why": "", "state_since": None}
    if webhook is not None:
        hook, secret = new_webhook(webhook)
        changed |= hook
    if changed:
        with transaction.atomic():
            # The owner may have given it back since.
            if not Camera.objects.filter(pk=camera.pk, owner_id=camera.owner_id).update(**changed):
                raise NotFound("no such camera of this person")
            audit("masks.camera.changed", str(camera_id), actor=by, fields=sorted({*told, "webhook"} & set(changed)))
    return secret


def _read_at(source: str) -> dict[str, object]:
    if not source:
        return {"source": "", "source_sealed": ""}
    try:
        read = read_source(source, files=conf.CAMERA_FILES.value)
        if read.scheme != "file":
            addresses_of(read)
    except BadSource as bad:
        raise BadInput.of("source", str(bad)) from None
    return {"source": read.shown, "source_sealed": seal(source, purpose=SOURCE_SEAL)}


def bind_camera(owner: User, camera_id: int) -> None:
    """Make a free camera the person's own; costs one. Whoever was told of its events before is not any more.
    Raises CameraTaken, QuotaExhausted; nothing has changed then."""
    bound = without_webhook({"owner": owner, "bound_at": now()})
    with transaction.atomic():
        if not Camera.objects.filter(pk=camera_id, owner=None).update(**bound):
            raise CameraTaken(f"camera {camera_id} is not free")
        spend(owner, Kind.CAMERAS, reason="camera bound")


def unbind_camera(by: User, camera_id: int) -> None:
    """Make a bound camera free again; whoever had it may bind another for it. Its webhook is told no more.
    Raises NotFound for a camera that is not one's own (administrators: that nobody has bound)."""
    with transaction.atomic():
        camera = camera_open_to(by, camera_id)
        owner_id = camera.owner_id
        freed = without_webhook({"owner": None, "bound_at": None})
        if owner_id is None or not Camera.objects.filter(pk=camera_id, owner_id=owner_id).update(**freed):
            raise NotFound("nobody has bound that camera")
        _give_back(owner_id, reason="camera unbound")


def delete_camera(by: User, camera_id: int) -> None:
    """Forget a camera and all it showed; whoever had bound it may bind another.
    Raises NotAllowed unless an administrator asks, NotFound."""
    refuse_unless_administrator(by)
    with transaction.atomic():
        camera = Camera.objects.select_for_update().filter(pk=camera_id).first()
        if camera is None:
            raise NotFound("no such camera")
        forget_events(CameraEvent.objects.filter(camera=camera))
        camera.delete()
        if camera.owner_id is not None:
            _give_back(camera.owner_id, reason="camera deleted")
        audit("masks.camera.deleted", str(camera_id), actor=by)


def _give_back(owner_id: int, *, reason: str) -> None:
    Quota.of(owner_id)
    Quota.objects.filter(owner_id=owner_id).update(cameras_left=F("cameras_left") + 1)
    LedgerEntry.objects.create(owner_id=owner_id, kind=Kind.CAMERAS, change=1, reason=reason)
