"""Who people are in annotation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db.models import F, FilteredRelation, Prefetch, Q, QuerySet

from quintet.accounts.models import User
from quintet.core.errors import NotFound
from quintet.core.prepared import Prepared
from quintet.services.annotation.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.annotation.rules import ADMIN, shown_groups


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom this service knows, and the groups they are in."""

    user: User
    groups: tuple[str, ...]

    @property
    def is_administrator(self) -> bool:
        """Whether they administer annotation; superusers do."""
        return ADMIN in self.groups


_STANDING = Prepared(
    lambda user_id: (
        User.objects.filter(pk=user_id)
        .annotate(here=FilteredRelation("grants", condition=Q(grants__service=DOOR.service)))
        .values_list("here__level", "groups__name")
    ),
    user_id=int,
)


def person(user: User) -> Person | None:
    """What somebody is here, in one statement; None without a grant."""
    rows = _STANDING.rows(user_id=user.pk)
    if not rows or rows[0][0] is None:
        return None
    return person_of(user, level=rows[0][0], others=[name for _, name in rows])


def person_of(user: User, *, level: int, others: Iterable[str | None]) -> Person:
    """Level and stored groups, put together."""
    return Person(
        user,
        shown_groups(is_administrator=level == ADMINISTRATOR_LEVEL, is_superuser=user.is_superuser, others=others),
    )


def people() -> QuerySet[User]:
    """Everybody this service knows, by number; those who only use other services are not revealed."""
    return User.objects.filter(grants__service=DOOR.service).order_by("id")


def people_in_full(rows: QuerySet[User]) -> Sequence[Person]:
    """The people of a page, with their groups; two statements."""
    with_level = rows.annotate(level=F("grants__level")).prefetch_related(
        Prefetch("groups", Group.objects.only("name"))
    )
    return [
        person_of(user, level=user.level, others=[group.name for group in user.groups.all()]) for user in with_level
    ]


def somebody_here(user_id: int) -> Person:
    """The person of that number. Raises NotFound, also for an account of other services."""
    user = User.objects.filter(pk=user_id).first()
    found = person(user) if user else None
    if found is None:
        raise NotFound("no such account here")
    return found
