"""Who is there, and what are they."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from quintet.accounts import conf
from quintet.accounts.doors import Door
from quintet.accounts.models import Grant, User
from quintet.core.errors import NotFound
from quintet.core.prepared import Prepared
from quintet.core.wire import normalized

_STANDING = Prepared(
    lambda user_id, service: User.objects.filter(pk=user_id, is_active=True, grants__service=service).values_list(
        "id", "username", "epoch", "must_change", "has_initial_password", "grants__level", "is_superuser"
    ),
    user_id=int,
    service=str,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who somebody is at one door, read in one statement: enough for the hot paths."""

    id: int
    username: str
    epoch: int
    must_change: bool
    has_initial_password: bool
    level: int
    is_superuser: bool


def standing(door: Door, user_id: int) -> Standing | None:
    """The active person of that id with a grant for this door, or None. Always read, so that a disabled account or a
    changed password is known at once in every process."""
    rows = _STANDING.rows(user_id=user_id, service=door.service)
    return Standing(*rows[0]) if rows else None


def accounts_with_email(email: str) -> QuerySet[User]:
    """Whoever has the address, which is nobody or one. Both sides are folded by the database, in the words of the
    unique index, so that the index is used."""
    return User.objects.alias(folded=Lower("email")).filter(folded=Lower(Value(email))).exclude(email="")


def is_username_taken(username: str, *, besides: User | None = None) -> bool:
    """Whether somebody, other than `besides`, has that name or one that differs only by case."""
    having = User.objects.alias(folded=Lower("username")).filter(folded=Lower(Value(normalized(username))))
    return having.exclude(pk=besides.pk).exists() if besides else having.exists()


def is_email_taken(email: str, *, besides: User | None = None) -> bool:
    """Whether somebody, other than `besides`, has that e-mail address; the empty one is nobody's."""
    having = accounts_with_email(email.strip())
    return having.exclude(pk=besides.pk).exists() if besides else having.exists()


def level_of(door: Door, user: User) -> int | None:
    """The person's level; None without a grant. Where one account opens all doors, nobody is without: they are what
    newcomers are."""
    level = Grant.objects.filter(user=user, service=door.service).values_list("level", flat=True).first()
    if level is None and conf.ONE_ACCOUNT_OPENS_ALL.value:
        return door.newcomer_level
    return level


def account_with_grant(door: Door, user_id: int) -> User:
    """The account, if it belongs to this service. Raises NotFound: accounts of other services are not revealed."""
    found = User.objects.filter(pk=user_id, grants__service=door.service).first()
    if found is None:
        raise NotFound("no such account here")
    return found


def serves_elsewhere(door: Door, user: User) -> bool:
    """Whether the account has a grant for another service as well, or is a superuser."""
    return user.is_superuser or user.grants.exclude(service=door.service).exists()


def levels_of(door: Door, user_ids: Iterable[int]) -> dict[int, int]:
    """Levels of many people at once."""
    return dict(Grant.objects.filter(service=door.service, user_id__in=list(user_ids)).values_list("user_id", "level"))
