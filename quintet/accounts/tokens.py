"""Keys that travel in an Authorization header: 40 hexadecimal digits, the same until logout, stored as a digest."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from quintet.accounts.key_sessions import end_session_of_key
from quintet.accounts.keys import derived_key
from quintet.accounts.models import Token, User
from quintet.core.clock import now
from quintet.core.prepared import Prepared

KEY_LENGTH = 40
_USE_IS_WRITTEN_EVERY = timedelta(minutes=10)
_COLUMNS = tuple(column.attname for column in User._meta.concrete_fields)
_HOLDER = Prepared(
    lambda digest: Token.objects.filter(digest=digest, user__is_active=True).values_list(
        "id", "last_used_at", *(f"user__{column}" for column in _COLUMNS)
    ),
    digest=str,
)


def key_for(user: User, *, name: str = "login") -> str:
    """The person's key of that name; made when there is none."""
    nonce = secrets.token_hex(16)
    made = Token(user=user, name=name, nonce=nonce, digest=_digest(_key(user.pk, nonce)))
    token, _ = Token.objects.get_or_create(user=user, name=name, defaults={"nonce": made.nonce, "digest": made.digest})
    return _key(user.pk, token.nonce)


def user_with_key(key: str) -> User | None:
    """Whose key it is, if active; one statement. When it was last used is written at most every ten minutes."""
    rows = _HOLDER.rows(digest=_digest(key))
    if not rows:
        return None
    token_id, last_used_at, *columns = rows[0]
    if last_used_at is None or last_used_at < now() - _USE_IS_WRITTEN_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now() - _USE_IS_WRITTEN_EVERY)
        Token.objects.filter(stale, pk=token_id).update(last_used_at=now())
    return User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, columns)


def revoke_key(user: User, *, name: str = "login") -> None:
    """The key of that name is worth nothing any more, nor is the session that went with it."""
    token = Token.objects.filter(user=user, name=name).first()
    if token is not None:
        token.delete()
        end_session_of_key(_key(user.pk, token.nonce))


def _key(user_id: int, nonce: str) -> str:
    return hmac.new(derived_key("token"), f"{user_id}:{nonce}".encode(), "sha256").hexdigest()[:KEY_LENGTH]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
