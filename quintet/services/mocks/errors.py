"""Refusals peculiar to mocks."""

from quintet.core.errors import BadInput, NotFound


class BadPromotion(BadInput):
    """The promotion is no whole number, or leads to a scope that does not exist or is above the promoter's own."""


class NoSuchMock(NotFound):
    """No mock has that id."""
