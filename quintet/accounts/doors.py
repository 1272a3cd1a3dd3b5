"""A door: how one service knows people."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Door:
    """service         its name, as in Grant.service
    newcomer_level  what somebody is who enters on loopback without a grant
    identifier      what people say to be known; never "one or the other", which would make two names for one door
    """

    service: str
    newcomer_level: int
    identifier: Literal["username", "email"] = "username"
