"""A door: how one service knows people."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Door:
    """service         its name, as in Grant.service
    newcomer_level  what somebody is who enters on loopback without a grant
    identifier      what people say to be known; never "one or the other", which would make two names for one door
    needs_grant     whether only those enter who have a grant for the service
    """

    service: str
    newcomer_level: int
    identifier: Literal["username", "email"] = "username"
    needs_grant: bool = True


# Whoever has an account may look after it.
CONSOLE = Door("console", newcomer_level=0, needs_grant=False)
