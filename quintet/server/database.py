"""From QUINTET_DATABASE to Django's DATABASES entry."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from quintet.core.conf import BadSetting


def database_from(address: str, data: Path, *, synchronous: str) -> dict[str, Any]:
    """SQLite in the data folder, or the PostgreSQL that `address` names. Raises BadSetting for any other."""
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data / "quintet.sqlite3"),
            "CONN_MAX_AGE": None,
            # A file: threads cannot share SQLite's memory without locking whole tables.
            "TEST": {"NAME": str(data / "test.sqlite3")},
            "OPTIONS": {
                "timeout": 20,
                # Writers queue at BEGIN; a read that turns into a write would fail at once instead.
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; "
                    "PRAGMA mmap_size=268435456; PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY"
                ),
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise BadSetting("QUINTET_DATABASE must be postgresql://user:password@host:port/name")
    return {
        "ENGINE": "quintet.core.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
