"""Refusals peculiar to accounts. Each is a Conflict or BadInput to a dialect that has no word of its own."""

from quintet.core.errors import BadInput, Conflict


class UsernameTaken(Conflict):
    """Somebody has that name, or one that differs only by case."""


class EmailTaken(Conflict):
    """Somebody has that e-mail address."""


class BadUsername(BadInput):
    """No name a person can have."""


class BadEmail(BadInput):
    """No e-mail address."""
