"""On which databases."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from quintet.core.testing.databases import default_database
from quintet.core.testing.engines import a_database, needs_postgres


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=needs_postgres())])
def engine_address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[str | Path]:
    """Each database in turn, with our tables."""
    with ExitStack() as stack, django_db_blocker.unblock():
        address: str | Path = tmp_path_factory.mktemp("engine") / "engine.sqlite3"
        if request.param == "postgresql":
            address = stack.enter_context(a_database())
        with default_database(address, "annotation", "accounts", "deferred", "sessions"):
            pass
        yield address


@pytest.fixture
def engine(engine_address: str | Path, django_db_blocker: Any) -> Iterator[None]:
    """Our tables, empty, in that database, with real commits and threads that see them."""
    with django_db_blocker.unblock(), default_database(engine_address):
        yield
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
