"""Cameras are made known and bound."""

from django.db import transaction

from quintet.accounts.models import User
from quintet.services.masks.actions.quotas import spend
from quintet.services.masks.errors import CameraTaken
from quintet.services.masks.models import Camera, Kind
from quintet.services.masks.queries import (
    refuse_unless_administrator,
)


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
