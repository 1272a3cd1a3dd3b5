"""Keys that travel in an Authorization header: 40 hexadecimal digits, the same until logout, stored as a digest."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db.models import Q

from quintet.accounts.keys import derived_key
from quintet.accounts.models import Token, User
from quintet.core.clock import now

KEY_LENGTH = 40
_USE_IS_WRITTEN_EVERY = timedelta(minutes=10)


def key_for(user: User, *, name: str = "login") -> str:
    """The person's key of that name; made when there is none."""
    nonce = secrets.token_hex(16)
    made = Token(user=user, name=name, nonce=nonce, digest=_digest(_key(user.pk, nonce)))
    token, _ = Token.objects.get_or_create(user=user, name=name, defaults={"nonce": made.nonce, "digest": made.digest})
    return _key(user.pk, token.nonce)


def user_with_key(key: str) -> User | None:
    """Whose key it is, if active. When it was last used is written at most every ten minutes."""
    token = Token.objects.select_related("user").filter(digest=_digest(key)).first()
    if token is None or not token.user.is_active:
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now() - _USE_IS_WRITTEN_EVERY)
    if token.last_used_at is None or token.last_used_at < now() - _USE_IS_WRITTEN_EVERY:
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now())
    return token.user


def revoke_key(user: User, *, name: str = "login") -> None:
    """The key of that name is worth nothing any more."""
    Token.objects.filter(user=user, name=name).delete()


def _key(user_id: int, nonce: str) -> str:
    return hmac.new(derived_key("token"), f"{user_id}:{nonce}".encode(), "sha256").hexdigest()[:KEY_LENGTH]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
