"""What is left."""

from datetime import timedelta

from django.db.models import Sum

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.services.masks.models import Kind, LedgerEntry, Quota


def has_any_left(owner: User, kind: Kind) -> bool:
    """Whether spending one could succeed now; only the spending itself decides."""
    return int(getattr(Quota.of(owner.pk), kind.column)) > 0


def topped_up_today(owner: User, kind: Kind) -> int:
    """How much the person has given themselves in the last 24 hours."""
    since = now() - timedelta(days=1)
    entries = LedgerEntry.objects.filter(owner=owner, kind=kind, reason="topped up", at__gt=since)
    return int(entries.aggregate(sum=Sum("change"))["sum"] or 0)
