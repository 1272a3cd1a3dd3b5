"""Refusals peculiar to dicom."""

from quintet.core.errors import BadInput


class PasswordsDiffer(BadInput):
    """pwd1 and pwd2 are not the same (002:39-40)."""
