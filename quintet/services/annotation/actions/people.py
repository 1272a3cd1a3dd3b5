"""What can be done with people in annotation."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError

from quintet.accounts import actions as accounts
from quintet.accounts.models import Grant, User
from quintet.accounts.queries import serves_elsewhere
from quintet.accounts.tokens import revoke_key
from quintet.core.errors import NotAllowed
from quintet.services.annotation import conf
from quintet.services.annotation.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.annotation.errors import FieldsNotAllowed, LastSuperuser, SharedAccount
from quintet.services.annotation.queries import Person
from quintet.services.annotation.rules import ADMIN, GROUPS, fault_of_rights

_DETAILS = ("username", "email", "first_name", "last_name")
_FLAGS = ("is_staff", "is_superuser")


def change_person(asker: Person, target: Person, told: Mapping[str, object], *, ip: str) -> None:
    """An administrator changes an account, or somebody their own; all or nothing.

    told   any of username, email, first_name, last_name, groups (names), is_active, is_staff, is_superuser

    What is as it was counts as not said. Raises FieldsNotAllowed (only a superuser makes superusers or staff),
    SharedAccount, LastSuperuser, NotAllowed, and as accounts.change_details.
    """
    changed = {name: said for name, said in told.items() if not _is_so(target, name, said)}
    _refuse_rights(asker, changed)
    _refuse_strangers_accounts(asker, target, changed)
    with transaction.atomic():
        _change_details(target.user, changed, actor=asker.user, ip=ip)
        if "groups" in changed:
            _set_groups(target.user, changed["groups"], actor=asker.user, ip=ip)  # type: ignore[arg-type]
        if "is_active" in changed:
            _set_active(target.user, bool(changed["is_active"]), actor=asker.user, ip=ip)
        if flags := {name: bool(changed[name]) for name in _FLAGS if name in changed}:
            User.objects.filter(pk=target.user.pk).update(**flags)
            accounts.audit("account.flags", target.user.username, actor=asker.user, ip=ip, **flags)
        _refuse_without_superuser(target)
    target.user.refresh_from_db()


def _is_so(target: Person, name: str, said: Any) -> bool:
    return set(said) == set(target.groups) if name == "groups" else bool(said == getattr(target.user, name))


def _refuse_rights(asker: Person, changed: Mapping[str, object]) -> None:
    if not asker.user.is_superuser and (rights := changed.keys() & set(_FLAGS)):
        raise FieldsNotAllowed(fields={"non_field_errors": [fault_of_rights(rights)]})


def _refuse_strangers_accounts(asker: Person, target: Person, changed: Collection[str]) -> None:
    if asker.user.is_superuser or asker.user.pk == target.user.pk or not changed:
        return
    if not asker.is_administrator or target.user.is_superuser:
        raise NotAllowed("not this person's to change")
    is_guarded = conf.SHARED_ACCOUNTS.value == "guarded"
    if is_guarded and set(changed) != {"groups"} and serves_elsewhere(DOOR, target.user):
        raise SharedAccount("the account serves elsewhere as well")


def _refuse_without_superuser(target: Person) -> None:
    if target.user.is_superuser and not User.objects.filter(is_superuser=True, is_active=True).exists():
        raise LastSuperuser("the last superuser")


def _change_details(user: User, changed: Mapping[str, object], *, actor: User, ip: str) -> None:
    told = {name: str(changed[name]) for name in _DETAILS if name in changed}
    accounts.change_details(user, **told, actor=actor, ip=ip)


def _set_groups(user: User, names: Collection[str], *, actor: User, ip: str) -> None:
    # "admin" is the grant's level, so that it has one truth; the other groups are Django's.
    ours = _own_groups()
    user.groups.remove(*ours.exclude(name__in=names))
    user.groups.add(*ours.filter(name__in=names))
    level = ADMINISTRATOR_LEVEL if ADMIN in names else DOOR.newcomer_level
    accounts.set_level(DOOR, user, level, actor=actor, ip=ip)


def _own_groups() -> QuerySet[Group]:
    return Group.objects.filter(name__in=[name for name in GROUPS if name != ADMIN])


def _set_active(user: User, active: bool, *, actor: User, ip: str) -> None:
    if active:
        accounts.enable(user, actor=actor, ip=ip)
    else:
        accounts.disable(user, actor=actor, ip=ip)


def remove_person(asker: Person, target: Person, *, ip: str) -> None:
    """Somebody leaves, or an administrator removes them. Who serves nowhere else is erased; of others, superusers
    among them, only what they are here goes: the account and what it made at other doors are not annotation's.

    Raises NotAllowed.
    """
    user = target.user
    if asker.user.pk != user.pk and not asker.is_administrator:
        raise NotAllowed("not this person's to remove")
    if user.is_superuser and not asker.user.is_superuser:
        raise NotAllowed("a superuser is removed by superusers alone")
    with transaction.atomic():
        accounts.audit("annotation.removed", user.username, actor=asker.user, ip=ip)
        if serves_elsewhere(DOOR, user) or not _erase(user):
            user.groups.remove(*_own_groups())
            revoke_key(user)
            Grant.objects.filter(user=user, service=DOOR.service).delete()


def _erase(user: User) -> bool:
    try:
        with transaction.atomic():
            user.delete()
    except (ProtectedError, RestrictedError):
        return False
    return True
