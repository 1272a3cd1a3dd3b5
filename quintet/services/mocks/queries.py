"""Reads. Those that every request makes are prepared."""

from collections.abc import Sequence
from typing import Any

from quintet.accounts.conf import ONE_ACCOUNT_OPENS_ALL
from quintet.accounts.models import Grant, User
from quintet.accounts.queries import accounts_with_email
from quintet.core.errors import UnknownAccount
from quintet.core.prepared import PAGE, Prepared
from quintet.core.wire import is_storable
from quintet.services.mocks.doors import DOOR
from quintet.services.mocks.errors import NoSuchMock
from quintet.services.mocks.models import Mock

_ROW = ("created_at", "id", "name", "updated_at", "owner_id")

_LINK = Prepared(lambda mock_id: Mock.objects.filter(pk=mock_id).values_list("text", "etag"), mock_id=int)
_ALL = Prepared(lambda: Mock.objects.order_by("id").values_list(*_ROW))
_PAGE = Prepared(lambda: Mock.objects.order_by("id").values_list(*_ROW)[PAGE])
_ACCOUNT = Prepared(
    lambda email: accounts_with_email(email).filter(is_active=True).values_list("id", "password"),
    email=str,
)


def link(mock_id: int) -> tuple[bytes, str]:
    """What answers at a mock's link, and its ETag. Raises NoSuchMock."""
    rows = _LINK.rows(mock_id=mock_id)
    if not rows:
        raise NoSuchMock(f"no mock {mock_id}")
    text, etag = rows[0]
    return bytes(text), etag


def all_mocks() -> Sequence[Sequence[Any]]:
    """Every mock without its text, by id: created_at, id, name, updated_at, the owner's id."""
    return _ALL.rows()


def page_of_mocks(*, limit: int, offset: int) -> Sequence[Sequence[Any]]:
    """Some of them, in the same columns and order."""
    return _PAGE.rows(limit=limit, offset=offset)


def count_mocks() -> int:
    """How many there are."""
    return Mock.objects.count()


def owner_of(mock_id: int) -> int:
    """The id of the mock's owner. Raises NoSuchMock."""
    owner_id = Mock.objects.filter(pk=mock_id).values_list("owner_id", flat=True).first()
    if owner_id is None:
        raise NoSuchMock(f"no mock {mock_id}")
    return owner_id


def account_of(email: str) -> tuple[int, str] | None:
    """Id and stored hash of whose address it is, if not disabled; this door may not know them yet."""
    rows = _ACCOUNT.rows(email=email) if email and is_storable(email) else ()
    return (rows[0][0], rows[0][1]) if rows else None


def account_id(email: str) -> int | None:
    """Whose address it is, if not disabled; this door may not know them yet."""
    found = account_of(email)
    return found[0] if found else None


def account_here(email: str) -> User:
    """The account of that address. Raises UnknownAccount: nobody's, a disabled one, or on a network one that this
    door does not know."""
    found = account_id(email)
    if found is None:
        raise UnknownAccount("nobody of that address")
    if not ONE_ACCOUNT_OPENS_ALL.value and not Grant.objects.filter(user_id=found, service=DOOR.service).exists():
        raise UnknownAccount("nobody of that address enters here")
    return User.objects.get(pk=found)


def another_superuser_than(user: User) -> bool:
    """Whether somebody else could still administer the server."""
    return User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists()
