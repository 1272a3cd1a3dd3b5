"""Reads for the pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import resolve

from quintet.accounts.models import Audit, User
from quintet.core.wire import is_storable

PEOPLE_PER_PAGE = 25
TRAIL_LENGTH = 20


@dataclass(frozen=True)
class PageOfPeople:
    """Some of the people; `number` is from 1 and never past the last page."""

    people: Sequence[User]
    count: int
    number: int
    pages: int


def people(search: str, number: int) -> PageOfPeople:
    """Accounts whose username or e-mail address holds the text, by id, each with its grants."""
    found = _found(search.strip())
    count = found.count()
    pages = max(1, -(-count // PEOPLE_PER_PAGE))
    number = min(max(number, 1), pages)
    first = (number - 1) * PEOPLE_PER_PAGE
    shown = found.only("username", "email", "is_active", "is_superuser", "must_change").prefetch_related("grants")
    return PageOfPeople(list(shown[first : first + PEOPLE_PER_PAGE]), count, number, pages)


def _found(search: str) -> QuerySet[User]:
    if not is_storable(search):
        return User.objects.none()
    having = Q(username__icontains=search) | Q(email__icontains=search) if search else Q()
    return User.objects.filter(having).order_by("id")


def levels_of(user: User) -> dict[str, int]:
    """Service -> what the person is there."""
    return dict(user.grants.order_by("service").values_list("service", "level"))


def trail_of(user: User) -> QuerySet[Audit]:
    """What this person did or had done to the account, newest first."""
    about = Q(actor=user) | Q(target=user.username)
    return Audit.objects.filter(about).select_related("actor").order_by("-id")[:TRAIL_LENGTH]


def what_is_missing(request: HttpRequest) -> list[str]:
    """What keeps the server from serving, as /readyz says."""
    answer = resolve("/readyz").func(request)
    return sorted(orjson.loads(answer.content)["missing"])
