"""Cameras, free and bound."""

from django.db.models import QuerySet

from quintet.accounts.models import User
from quintet.services.masks.models import Camera


def free_cameras() -> QuerySet[Camera]:
    """Cameras nobody has bound, oldest first."""
    return Camera.objects.filter(owner=None).order_by("id")


def cameras_of(owner: User) -> QuerySet[Camera]:
    """Cameras the person has bound, oldest first."""
    return Camera.objects.filter(owner=owner).order_by("id")
