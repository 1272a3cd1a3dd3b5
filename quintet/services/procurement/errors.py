"""Refusals peculiar to procurement.

DomainError
├── NotSignedIn
│   └── BadToken            forged, expired, of another purpose, or older than the person's last password change
├── NotAllowed
│   ├── OwnAccount          an administrator cannot delete the account they ask with
│   └── SharedAccount       the account also serves another service; its password is not ours to reset
├── BadInput
│   ├── NameDiffers         the username in the body is not that of the id in the path
│   ├── UnknownGoods        no such goods item
│   ├── UnknownUnit         no such measure unit
│   ├── PeriodInThePast     a price cannot begin before now
│   └── PeriodIsEmpty       it would end before it begins
└── Conflict
    ├── PeriodsOverlap      it reaches into a period that begins later
    ├── UnitTaken           a measure unit of that name exists
    └── UnitInUse           goods are counted in it
"""

from quintet.core.errors import BadInput, Conflict, NotAllowed, NotSignedIn


class BadToken(NotSignedIn):
    """`kind` is what the token should have been: access or refresh."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"no valid {kind} token")
        self.kind = kind


class OwnAccount(NotAllowed):
    """An administrator cannot delete the account they ask with."""


class SharedAccount(NotAllowed):
    """The account also serves another service; its password is not ours to reset."""


class NameDiffers(BadInput):
    """The username in the body is not that of the id in the path."""


class UnknownGoods(BadInput):
    """No such goods item."""


class UnknownUnit(BadInput):
    """No such measure unit."""


class PeriodInThePast(BadInput):
    """A price cannot begin before now."""


class PeriodIsEmpty(BadInput):
    """It would end before it begins."""


class PeriodsOverlap(Conflict):
    """It reaches into a period that begins later."""


class UnitTaken(Conflict):
    """A measure unit of that name exists."""


class UnitInUse(Conflict):
    """Goods are counted in it."""
