"""Decisions about mocks that need no database."""

import re
from enum import IntEnum

import orjson

EMAIL_MAX_LENGTH = 254
NAME_MAX_LENGTH = 200

_PASSWORDS = {
    "printable": re.compile(r"[!-~]{8,32}"),
    "strict": re.compile(r"[A-Za-z0-9_.*&$#@]{8,32}"),
}
_PROMOTION = re.compile(r"[+-]?[0-9]{1,9}")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class Scope(IntEnum):
    """What a person may do; the smaller, the more. There is no 1."""

    ADMINISTRATOR = 0
    MEMBER = 2
    GUEST = 3


def is_password(said: str, *, characters: str) -> bool:
    """Whether somebody may register with it: 8 to 32 of the characters that MOCKS_PASSWORD_CHARACTERS names."""
    return _PASSWORDS[characters].fullmatch(said) is not None


def read_promotion(said: object) -> int | None:
    """A whole number, as JSON or as text; below zero demotes. None when it is none.

    >>> read_promotion("-1"), read_promotion(3), read_promotion(True), read_promotion("１")
    (-1, 3, None, None)
    """
    if isinstance(said, str) and _PROMOTION.fullmatch(said.strip(" ")):
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def promoted(level: int, promotion: int, *, by: int) -> Scope | None:
    """The scope that is `promotion` steps above `level`; None where there is none, or only above the promoter's own.

    >>> promoted(Scope.GUEST, 1, by=Scope.ADMINISTRATOR).name
    'MEMBER'
    >>> promoted(Scope.GUEST, 2, by=Scope.ADMINISTRATOR)
    """
    reached = level - promotion
    return Scope(reached) if reached in tuple(Scope) and reached >= by else None


def is_json(text: bytes) -> bool:
    """Whether it is strict JSON in UTF-8: no NaN, no byte order mark, no lone surrogate, at most 1024 levels deep."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def looks_like_token(said: str) -> bool:
    """Whether it has the shape of a token, which a password of at most 32 characters cannot have by accident."""
    return _TOKEN.fullmatch(said) is not None
