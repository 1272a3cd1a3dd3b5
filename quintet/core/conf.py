"""The typed table of settings: name, kind, default, help. `quintet config` and the reference page are printed from it.

A setting is declared once, here or in a service's conf.py, and read as `conf.EXPOSURE.value`. It comes from the
environment variable QUINTET_<NAME>; Django's settings hold it under the same name, so tests override it there.
"""

import os
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from django.conf import settings as django_settings

T = TypeVar("T")
Parser = Callable[[str], T]

_TABLE: "dict[str, Setting[object]]" = {}


class BadSetting(ValueError):
    """An environment variable holds something that its setting cannot be."""


class Setting(Generic[T]):
    """One row of the table.

    name      without the QUINTET_ prefix
    default   a value, or a function for what depends on another setting (its answer is never stored)
    parse     from the text of the environment variable; raises ValueError
    secret    never printed
    """

    def __init__(
        self, name: str, default: T | Callable[[], T], help: str, *, parse: Parser[T], kind: str, secret: bool = False
    ) -> None:
        self.name, self.default, self.help, self.parse, self.kind, self.secret = (
            name,
            default,
            help,
            parse,
            kind,
            secret,
        )
        _TABLE[name] = self  # type: ignore[assignment]

    @property
    def variable(self) -> str:
        """The environment variable and the Django setting."""
        return f"QUINTET_{self.name}"

    @property
    def value(self) -> T:
        """What is in force now."""
        held = getattr(django_settings, self.variable, None)
        if held is not None:
            return held  # type: ignore[no-any-return]
        return self.default() if callable(self.default) else self.default

    def read(self, environment: Mapping[str, str]) -> T | None:
        """From the environment; None when it is not there. Raises BadSetting."""
        text = environment.get(self.variable)
        if text is None:
            return None
        try:
            return self.parse(text.strip())
        except ValueError as bad:
            raise BadSetting(f"{self.variable} must be {self.kind}: {bad}") from bad


def text(name: str, default: str | Callable[[], str], help: str, *, secret: bool = False) -> Setting[str]:
    """Any text."""
    return Setting(name, default, help, parse=str, kind="text", secret=secret)


def number(name: str, default: int | Callable[[], int], help: str) -> Setting[int]:
    """A whole number, not negative."""

    def parse(said: str) -> int:
        if not (said.isascii() and said.isdigit()):
            raise ValueError(f"{said!r} is no whole number")
        return int(said)

    return Setting(name, default, help, parse=parse, kind="a whole number")


def flag(name: str, default: bool | Callable[[], bool], help: str) -> Setting[bool]:
    """yes or no."""

    def parse(said: str) -> bool:
        words = {
            "1": True,
            "yes": True,
            "true": True,
            "on": True,
            "0": False,
            "no": False,
            "false": False,
            "off": False,
        }
        if said.lower() not in words:
            raise ValueError(f"{said!r} is neither yes nor no")
        return words[said.lower()]

    return Setting(name, default, help, parse=parse, kind="yes or no")


def choice(name: str, default: str | Callable[[], str], help: str, *, among: tuple[str, ...]) -> Setting[str]:
    """One of a few words."""

    def parse(said: str) -> str:
        if said not in among:
            raise ValueError(f"{said!r} is not among {', '.join(among)}")
        return said

    return Setting(name, default, help, parse=parse, kind=f"one of {', '.join(among)}")


def words(name: str, default: tuple[str, ...], help: str) -> Setting[tuple[str, ...]]:
    """Several words, separated by commas."""

    def parse(said: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in said.split(",") if word.strip())

    return Setting(name, default, help, parse=parse, kind="words separated by commas")


def table() -> "list[Setting[object]]":
    """Every setting declared so far, by name."""
    return [_TABLE[name] for name in sorted(_TABLE)]


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """What the environment sets, as Django settings. Raises BadSetting."""
    found = {setting.variable: setting.read(environment) for setting in _TABLE.values()}
    return {variable: value for variable, value in found.items() if value is not None}


def is_open() -> bool:
    """Whether the documents hold word for word: the server is bound to loopback."""
    return EXPOSURE.value == "loopback"


EXPOSURE = choice(
    "EXPOSURE",
    "network",
    "loopback: the documents hold word for word; network: their guarded readings apply. "
    "`quintet serve` sets it from the address it binds unless it is given",
    among=("loopback", "network"),
)
DATA = text("DATA", "data", "the folder that holds all state: database, files, keys")
DATABASE = text(
    "DATABASE", "", "postgresql://user:password@host:port/name; empty: SQLite in the data folder", secret=True
)
SQLITE_SYNCHRONOUS = choice(
    "SQLITE_SYNCHRONOUS",
    "NORMAL",
    "NORMAL survives the death of any process; FULL survives a power cut as well, at the price of slower writes",
    among=("NORMAL", "FULL"),
)
HOSTS = words(
    "HOSTS",
    (),
    "host names this server answers to, * for all; none: on loopback its own names alone (another site's name that "
    "resolves to this machine must not open it), on a network all",
)
SPA_ORIGINS = words(
    "SPA_ORIGINS", (), "origins of single-page applications that may call with cookies, e.g. https://app.example"
)
HTTPS = flag("HTTPS", False, "the server is reached over HTTPS: cookies are marked Secure")
TRUSTED_PROXIES = number(
    "TRUSTED_PROXIES", 0, "how many reverse proxies stand before the server and append to X-Forwarded-For"
)
TIME_ZONE = text("TIME_ZONE", "Asia/Shanghai", "the local time that documents with zoneless times speak of")
UPLOAD_MB = number("UPLOAD_MB", 64, "the largest request body without files, in mebibytes")
PAGE_SIZE_MAX = number("PAGE_SIZE_MAX", 1000, "the most rows a page of a list may hold")
JOBS = choice(
    "JOBS", "embedded", "what rings for deferred actions: the embedded worker, or Celery", among=("embedded", "celery")
)
BROKER = text("BROKER", "redis://127.0.0.1:6379/0", "Celery's broker when QUINTET_JOBS=celery", secret=True)
BROKER_PREFIX = text(
    "BROKER_PREFIX", "quintet", "what the queues of this server begin with, where servers share a broker"
)
LEASE_SECONDS = number("LEASE_SECONDS", 30, "how long a worker may be silent before its deferred action is taken over")
JOBS_KEEP_DAYS = number("JOBS_KEEP_DAYS", 14, "how long finished deferred actions stay in the table")
S3_BUCKET = text("S3_BUCKET", "", "keep files in this bucket of an S3 object store; empty: files in the data folder")
S3_ENDPOINT = text("S3_ENDPOINT", "", "address of an S3 store other than AWS")
