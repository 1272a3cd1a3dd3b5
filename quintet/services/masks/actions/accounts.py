"""Making accounts."""

from django.db import transaction

from quintet.accounts import actions as accounts
from quintet.accounts.models import User
from quintet.services.masks import conf
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.queries import (
    is_administrator,
)


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
