"""Decisions that need no database: who is shown in which group, who may write what, what of an address is signed."""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

ADMIN = "admin"
# Created with the tables. Who is in "admin" says the grant's level; who is in the others says Django's own table.
GROUPS = (ADMIN, "user", "annotator", "observer")

_KNOWN_TO_ALL = frozenset({"url", "id", "username", "first_name", "last_name"})
_RIGHTS = frozenset({"is_staff", "is_superuser", "groups"})


def shown_groups(*, is_administrator: bool, is_superuser: bool, others: Iterable[str | None]) -> tuple[str, ...]:
    """Names of the groups somebody is in, in the order of GROUPS; a superuser is an administrator.

    >>> shown_groups(is_administrator=False, is_superuser=True, others=["observer", "user", None])
    ('admin', 'user', 'observer')
    """
    named = set(others) - {ADMIN}
    if is_administrator or is_superuser:
        named.add(ADMIN)
    return tuple(group for group in GROUPS if group in named)


def fault_of_own_changes(keys: Iterable[str]) -> str | None:
    """What is wrong with the keys of a body in which somebody who is no administrator changes their own account.

    >>> fault_of_own_changes(["first_name", "email"])
    "Got unknown fields: {'email'}"
    >>> fault_of_own_changes(["is_staff"])
    "You do not have permissions to access some of these fields: {'is_staff'}"
    """
    unknown = set(keys) - _KNOWN_TO_ALL
    if not unknown:
        return None
    if unknown & _RIGHTS:
        return fault_of_rights(unknown)
    return f"Got unknown fields: {_as_set(unknown)}"


def fault_of_rights(keys: Iterable[str]) -> str:
    """The words for fields that give rights."""
    return f"You do not have permissions to access some of these fields: {_as_set(keys)}"


def _as_set(keys: Iterable[str]) -> str:
    return "{" + ", ".join(repr(key) for key in sorted(keys)) + "}"


SIGNATURE = "sign"


def signed_part(url: str) -> str:
    """What of an absolute address is signed: host, path, query; not how they are escaped, nor a signature in it.

    Raises ValueError for what is no address.

    >>> signed_part("http://H/a%20b?x=1+2&sign=abc") == signed_part("http://h/a b?x=1%202")
    True
    """
    parts = urlsplit(url)
    return "\n".join([parts.netloc.lower(), unquote(parts.path), urlencode(_query_without_signature(parts.query))])


def with_signature(url: str, signature: str) -> str:
    """The address with the signature added. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    query = [*_query_without_signature(parts.query), (SIGNATURE, signature)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _query_without_signature(query: str) -> Sequence[tuple[str, str]]:
    return [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != SIGNATURE]
