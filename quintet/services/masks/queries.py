"""What masks knows: quotas, cameras, feedback."""

from datetime import timedelta

from django.db.models import QuerySet, Sum

from quintet.accounts.models import User
from quintet.accounts.queries import level_of
from quintet.core.clock import now
from quintet.core.errors import NotAllowed
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.models import Camera, Feedback, Kind, LedgerEntry, Quota


def is_administrator(person: User) -> bool:
    """Whether the person administers masks."""
    return level_of(DOOR, person) == ADMINISTRATOR_LEVEL


def refuse_unless_administrator(person: User) -> None:
    """Raises NotAllowed."""
    if not is_administrator(person):
        raise NotAllowed("for administrators of masks")


def has_any_left(owner: User, kind: Kind) -> bool:
    """Whether spending one could succeed now; only the spending itself decides."""
    return int(getattr(Quota.of(owner.pk), kind.column)) > 0


def topped_up_today(owner: User, kind: Kind) -> int:
    """How much the person has given themselves in the last 24 hours."""
    since = now() - timedelta(days=1)
    entries = LedgerEntry.objects.filter(owner=owner, kind=kind, reason="topped up", at__gt=since)
    return int(entries.aggregate(sum=Sum("change"))["sum"] or 0)


def free_cameras() -> QuerySet[Camera]:
    """Cameras nobody has bound, oldest first."""
    return Camera.objects.filter(owner=None).order_by("id")


def cameras_of(owner: User) -> QuerySet[Camera]:
    """Cameras the person has bound, oldest first."""
    return Camera.objects.filter(owner=owner).order_by("id")


def feedback_shown_to(person: User) -> QuerySet[Feedback]:
    """One's own; an administrator sees everybody's. Newest first."""
    everything = Feedback.objects.select_related("owner").order_by("-id")
    return everything if is_administrator(person) else everything.filter(owner=person)
