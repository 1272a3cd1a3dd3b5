"""The session cookie: masks, dicom and annotation's web pages share it."""

from django.contrib.auth import SESSION_KEY, login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.middleware.csrf import get_token

from quintet.accounts.actions import grant_on_entering
from quintet.accounts.doors import Door
from quintet.accounts.models import User
from quintet.core.errors import NotSignedIn, UnknownAccount

BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin_session(request: HttpRequest, user: User) -> None:
    """Sign the person in; CVAT's clients also want a csrftoken cookie, though nothing here asks it back."""
    login(request, user, backend=BACKEND)
    get_token(request)


def end_session(request: HttpRequest) -> None:
    """Sign out. Nobody need be signed in."""
    logout(request)


def keep_session(request: HttpRequest, user: User) -> None:
    """After a password change this one session goes on, if it is the person's."""
    if request.session.get(SESSION_KEY) == str(user.pk):
        request.user = user
        update_session_auth_hash(request, user)


def signed_in(request: HttpRequest) -> User | None:
    """Whoever the session belongs to, at any door."""
    return request.user if isinstance(request.user, User) and request.user.is_active else None


def person_at(door: Door, request: HttpRequest) -> User:
    """Whoever is signed in and may be here. Raises NotSignedIn, also for somebody whom this door does not know."""
    user = signed_in(request)
    if user is None:
        raise NotSignedIn("no session")
    try:
        grant_on_entering(door, user)
    except UnknownAccount as stranger:
        raise NotSignedIn("signed in elsewhere, without a grant here") from stranger
    return user
