"""The session that goes with a key: CVAT's pages sign in with a key and then fetch pictures with the cookie alone."""

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponseBase

from quintet.accounts.keys import derived_key
from quintet.accounts.models import User
from quintet.accounts.sessions import BACKEND

_REMEMBERED_SECONDS = 60


def session_of_key(user: User, key: str) -> str:
    """The session's key. A key has one session, made once, so that a script without a cookie jar does not add a row
    at each request; password and epoch end it as they end any other."""
    session_key = _session_key(key)
    # Remembered for a minute, so that most requests need not ask whether it is still there.
    if cache.add(_remembered(session_key), True, timeout=_REMEMBERED_SECONDS):
        held = SessionStore(session_key)
        if held.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
            _make_session(session_key, user)
    return session_key


def send_session(response: HttpResponseBase, session_key: str) -> None:
    """Give whoever came with a key alone the session cookie."""
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        session_key,
        max_age=settings.SESSION_COOKIE_AGE,
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=settings.SESSION_COOKIE_SAMESITE,  # type: ignore[arg-type]  # one of its words
    )


def end_session_of_key(key: str) -> None:
    """The key is worth nothing any more, and so is its session."""
    session_key = _session_key(key)
    Session.objects.filter(session_key=session_key).delete()
    cache.delete(_remembered(session_key))


def _make_session(session_key: str, user: User) -> None:
    store = SessionStore()
    said = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    Session.objects.update_or_create(
        session_key=session_key, defaults={"session_data": store.encode(said), "expire_date": store.get_expiry_date()}
    )


def _session_key(key: str) -> str:
    return hmac.new(derived_key("session-of-key"), key.encode(), hashlib.sha256).hexdigest()[:32]


def _remembered(session_key: str) -> str:
    return f"session-of-key:{session_key}"
