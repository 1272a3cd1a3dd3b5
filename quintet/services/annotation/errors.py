"""Refusals peculiar to annotation."""

from quintet.core.errors import BadInput, NotAllowed


class FieldsNotAllowed(BadInput):
    """The body names fields that this person may not write."""


class LastSuperuser(NotAllowed):
    """Nobody would be left who administers the server."""


class SharedAccount(NotAllowed):
    """The account serves elsewhere as well; this service's administrator may not change what belongs to all."""
