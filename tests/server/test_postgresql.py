"""A kept PostgreSQL connection: asked now and then whether it lives, and made anew when it does not."""

from pathlib import Path
from typing import Any

import pytest

from quintet.core.postgresql.base import DatabaseWrapper
from quintet.core.testing.engines import a_database, needs_postgres
from quintet.server.database import database_from


def _ask(connection: DatabaseWrapper, statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@needs_postgres()
@pytest.mark.django_db  # lets the test open connections at all
def test_a_connection_that_broke_is_replaced_and_one_that_lives_is_not_asked_twice() -> None:
    with a_database() as address:
        entry: dict[str, Any] = {
            "TIME_ZONE": None,
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
            "OPTIONS": {},
            "TEST": {},
        }
        settings = {**entry, **database_from(address, Path(), synchronous="NORMAL")}
        kept, other = DatabaseWrapper(settings, "kept"), DatabaseWrapper(settings, "other")
        first = _ask(kept, "SELECT pg_backend_pid()")

        def begin_request() -> None:
            kept.health_check_done = False
            kept.close_if_health_check_failed()

        begin_request()
        assert _ask(kept, "SELECT pg_backend_pid()") == first
        asked_at = kept._lived_at
        begin_request()
        assert kept._lived_at == asked_at, "asked a moment ago"
        assert _ask(other, f"SELECT pg_terminate_backend({first})") is True
        kept._lived_at = float("-inf")  # two seconds later
        begin_request()
        assert _ask(kept, "SELECT pg_backend_pid()") != first
        kept.close()
        other.close()
