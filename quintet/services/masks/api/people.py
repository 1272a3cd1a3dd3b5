"""Who asks."""

from django.http import HttpRequest

from quintet.accounts.models import User
from quintet.accounts.sessions import person_at
from quintet.services.masks.doors import DOOR


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in and may be here. Raises NotSignedIn."""
    return person_at(DOOR, request)
