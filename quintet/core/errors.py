"""A few words for what can go wrong. A service's dialect says each of them in its own way.

DomainError
├── NotSignedIn             nobody is known by this request
├── AlreadySignedIn         somebody is, and the endpoint is for strangers
├── WrongCredentials        the password is wrong
│   └── UnknownAccount      there is nobody of that name; most doors answer as for a wrong password
├── NotAllowed              known, but may not
│   ├── CrossSite           asked by another site's page, not by the person
│   └── PasswordMustChange  may do nothing but change an initial password
├── NotFound                not there, or not to be revealed
├── Conflict                it exists already, or someone was faster
├── BadInput                the request cannot be read or breaks a rule; names the fields
│   └── TooLarge            more bytes, fields or files than the limit
├── MethodNotAllowed        the path is right, the verb is not
└── TooManyAttempts         throttled; try again later
"""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """A person asked for something that cannot be had. Each dialect answers every subclass."""


class NotSignedIn(DomainError):
    """Nobody is known by this request."""


class AlreadySignedIn(DomainError):
    """Somebody is signed in where only a stranger may ask."""


class WrongCredentials(DomainError):
    """The name and the password do not belong together."""


class UnknownAccount(WrongCredentials):
    """No account of that name enters through this door."""


class NotAllowed(DomainError):
    """The person is known but may not do this."""


class CrossSite(NotAllowed):
    """A page of another site sent this with the person's cookie."""


class PasswordMustChange(NotAllowed):
    """The person still has the initial password and may only change it."""


class NotFound(DomainError):
    """There is no such thing, or this person may not know of it."""


class Conflict(DomainError):
    """It exists already, or somebody else was faster."""


class BadInput(DomainError):
    """The request cannot be read, or breaks a rule.

    fields   field name -> messages fit for the client, in English; empty when the body as a whole is unreadable
    """

    def __init__(self, message: str = "", *, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message or "; ".join(f"{name}: {' '.join(said)}" for name, said in (fields or {}).items()))
        self.fields: Mapping[str, Sequence[str]] = fields or {}

    @classmethod
    def of(cls, field: str, message: str) -> "BadInput":
        """One field, one message."""
        return cls(fields={field: [message]})


class TooLarge(BadInput):
    """More bytes, fields or files than the limit."""


class MethodNotAllowed(DomainError):
    """The path exists, the verb does not. `allowed` are the verbs that do, in the order of the Allow header."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"allowed: {', '.join(allowed)}")
        self.allowed = tuple(allowed)


class TooManyAttempts(DomainError):
    """Throttled. `retry_after_seconds` is when it makes sense to try again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"retry after {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds
