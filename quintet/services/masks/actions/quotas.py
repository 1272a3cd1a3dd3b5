"""Quotas are spent and topped up."""

from django.db import transaction
from django.db.models import F

from quintet.accounts import actions as accounts
from quintet.accounts.models import User
from quintet.services.masks import conf
from quintet.services.masks.errors import QuotaExhausted, TopUpRefused
from quintet.services.masks.models import Kind, LedgerEntry, Quota
from quintet.services.masks.queries import (
    is_administrator,
    topped_up_today,
)


def spend(owner: User, kind: Kind, *, reason: str) -> None:
    """Take one. Raises QuotaExhausted when none is left; nothing has changed then."""
    Quota.of(owner.pk)
    with transaction.atomic():
        left = Quota.objects.filter(owner=owner, **{f"{kind.column}__gt": 0})
        if not left.update(**{kind.column: F(kind.column) - 1}):
            raise QuotaExhausted(f"no {kind.name.lower()} left")
        LedgerEntry.objects.create(owner=owner, kind=kind, change=-1, reason=reason)


def give_back(owner_id: int, kind: Kind, *, reason: str) -> None:
    """Return one that was spent. Needs a transaction in which whatever it was spent for ends."""
    Quota.objects.filter(owner_id=owner_id).update(**{kind.column: F(kind.column) + 1})
    LedgerEntry.objects.create(owner_id=owner_id, kind=kind, change=1, reason=reason)


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
