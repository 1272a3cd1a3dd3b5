"""Who asks."""

from django.contrib.auth import get_user
from django.http import HttpRequest

from quintet.accounts.models import User
from quintet.accounts.sessions import person_at
from quintet.core.errors import NotSignedIn
from quintet.services.masks.doors import DOOR


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in and may be here. Raises NotSignedIn."""
    return person_at(DOOR, request)


def is_still_signed_in(request: HttpRequest) -> int | None:
    """Whose session it is, read anew; None when it has ended since the request came: by signing out, by a new
    password, or because the account may not be here any more."""
    anew = HttpRequest()
    anew.session = type(request.session)(request.session.session_key)
    anew.user = get_user(anew)
    try:
        return person_of(anew).pk
    except NotSignedIn:
        return None
