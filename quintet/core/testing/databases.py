"""Another database under the product for the time of one test: one that commits and that threads can share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management import call_command
from django.db import connections


@contextmanager
def default_database(address: str | Path, *apps: str) -> Iterator[None]:
    """Everything that uses the default database uses this one, with the tables of `apps` and of what they need.

    address   a SQLite file, or postgresql://… as engines.a_database yields

    Threads begun meanwhile see it too; each closes its own connections. The test unblocks pytest-django's guard.
    """
    own, own_settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**own_settings, **_entry(address)}
    del connections["default"]
    try:
        for app in apps:
            call_command("migrate", app, verbosity=0)
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = own_settings
        connections["default"] = own


def _entry(address: str | Path) -> dict[str, Any]:
    if isinstance(address, Path):
        return {"NAME": str(address)}
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {},
    }
