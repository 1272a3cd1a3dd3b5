"""How a deferred action ends when it does not end well.

Exception
├── Retry           try again later; counted like any other exception
└── GiveUp          trying again is of no use
BaseException
└── Stopped         raised into a handler, which cleans up and lets it pass
    ├── LeaseLost   somebody else has taken the action over; whatever this one still does counts for nothing
    ├── Cancelled   nobody wants it any more
    └── GivenBack   the worker is shutting down; another one will do it
"""


class Retry(Exception):
    """Raised by a handler: not now. `after_seconds` replaces the usual back-off."""

    def __init__(self, reason: str = "", *, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


class GiveUp(Exception):
    """Raised by a handler: it will never work. `said` is told to the person who asked for it."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Stopped(BaseException):
    """Not an Exception, so that a handler's own `except Exception` lets it pass."""


class LeaseLost(Stopped):
    """The row belongs to another worker by now."""


class Cancelled(Stopped):
    """The row was cancelled."""


class GivenBack(Stopped):
    """The worker was asked to stop."""
