"""Levels that people asked for and that an administrator of the server has yet to settle."""

from django.db import transaction
from django.db.models import QuerySet

from quintet.accounts.actions import audit
from quintet.accounts.models import Grant, User
from quintet.core.errors import NotFound


def waiting() -> QuerySet[Grant]:
    """Grants with a request, oldest first, each with its person."""
    return Grant.objects.filter(pending__isnull=False, user__is_active=True).select_related("user").order_by("id")


def settle(grant_id: int, *, approve: bool, actor: User, ip: str) -> Grant:
    """Give what was asked for, or do not; either way nothing is asked any more. Raises NotFound when somebody was
    faster."""
    with transaction.atomic():
        grant = waiting().select_for_update(of=("self",)).filter(pk=grant_id).first()
        if grant is None:
            raise NotFound("nothing is asked for")
        asked, grant.pending = grant.pending, None
        if approve and asked is not None:
            grant.level = asked
        grant.save(update_fields=["level", "pending"])
        event = "grant.approved" if approve else "grant.refused"
        audit(event, grant.user.username, actor=actor, ip=ip, service=grant.service, level=asked)
    return grant
