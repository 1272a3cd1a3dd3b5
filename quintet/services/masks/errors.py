"""Refusals peculiar to masks."""

from quintet.core.errors import BadInput, Conflict, DomainError, NotAllowed


class QuotaExhausted(DomainError):
    """No pictures, cameras or videos are left; more have to be bought first."""


class BadUpload(BadInput):
    """No file came, or it is not what it should be."""


class CameraTaken(Conflict):
    """Somebody has bound that camera, or it does not exist."""


class TopUpRefused(NotAllowed):
    """The person may not give themselves more, or not as much today."""
