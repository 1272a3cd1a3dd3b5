"""Who may what."""

from quintet.accounts.models import User
from quintet.accounts.queries import level_of
from quintet.core.errors import NotAllowed
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR


def is_administrator(person: User) -> bool:
    """Whether the person administers masks."""
    return level_of(DOOR, person) == ADMINISTRATOR_LEVEL


def refuse_unless_administrator(person: User) -> None:
    """Raises NotAllowed."""
    if not is_administrator(person):
        raise NotAllowed("for administrators of masks")
