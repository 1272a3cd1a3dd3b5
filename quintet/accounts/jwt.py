"""Signed tokens (JWT, HS256), one key per purpose. They carry the person's epoch and die when it moves on."""

import uuid
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from quintet.accounts.keys import derived_key
from quintet.core.clock import now


def signed(purpose: str, claims: dict[str, object], *, lifetime: timedelta) -> str:
    """A token for one purpose. `iat`, `exp` and `jti` are added; `claims` should hold `v`, the person's epoch."""
    moment = now()
    times = {"exp": int((moment + lifetime).timestamp()), "iat": int(moment.timestamp()), "jti": uuid.uuid4().hex}
    return _backend(settings.SECRET_KEY, purpose).encode({**claims, **times})


def read(purpose: str, token: str) -> dict[str, object] | None:
    """Its claims, or None when it is forged, expired or was signed for another purpose."""
    try:
        claims = _verified(settings.SECRET_KEY, purpose, token)
    except (TokenBackendError, ValueError):
        return None
    # Asked each time: what was in time when its signature was checked may not be any more.
    expires_at = claims.get("exp")
    return dict(claims) if isinstance(expires_at, int) and expires_at > now().timestamp() else None


@lru_cache(maxsize=4096)
def _verified(secret: str, purpose: str, token: str) -> dict[str, object]:
    # A signature that held holds for ever, and clients send one token many times. What raises is not remembered.
    claims: dict[str, object] = _backend(secret, purpose).decode(token)  # type: ignore[arg-type]  # it takes text
    return claims


@lru_cache(maxsize=16)
def _backend(secret: str, purpose: str) -> TokenBackend:
    return TokenBackend("HS256", signing_key=derived_key(f"jwt.{purpose}").hex())
