"""Fixtures that apply to every test."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.core.management import call_command

from quintet.core.testing.databases import default_database
from quintet.core.testing.engines import a_database, needs_postgres

QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_IN_MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage", "OPTIONS": {"base_url": "/media/"}}


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any, request: pytest.FixtureRequest) -> None:
    """Hashing is four fifths of a test's time; tests marked real_hashes want it."""
    if request.node.get_closest_marker("real_hashes") is None:
        settings.PASSWORD_HASHERS = QUICK_HASHERS


@pytest.fixture(autouse=True)
def files_in_memory(settings: Any) -> Iterator[None]:
    """Django's own storage, without a disk; each test begins with none."""
    settings.STORAGES = {**settings.STORAGES, "default": _IN_MEMORY}
    storages._storages = {}  # type: ignore[attr-defined]
    yield
    storages._storages = {}  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What one test made this process remember is nothing to the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def word_for_word(settings: Any) -> None:
    """The documents hold word for word unless a test says `guarded`."""
    settings.QUINTET_EXPOSURE = "loopback"


@pytest.fixture
def guarded(settings: Any) -> None:
    """The server is bound to a network: the guarded readings apply."""
    settings.QUINTET_EXPOSURE = "network"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beyond this machine is called."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"tests do not call {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="module")
def engine_apps() -> tuple[str, ...]:
    """Whose tables the databases of `engine` have; a service's conftest names its own and what it needs."""
    return ("accounts",)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=needs_postgres())])
def engine_address(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
    engine_apps: tuple[str, ...],
) -> Iterator[str | Path]:
    """Each database in turn, with the tables of `engine_apps`."""
    with ExitStack() as stack, django_db_blocker.unblock():
        address: str | Path = tmp_path_factory.mktemp("engine") / "engine.sqlite3"
        if request.param == "postgresql":
            address = stack.enter_context(a_database())
        with default_database(address, *engine_apps):
            pass
        yield address


@pytest.fixture
def engine(engine_address: str | Path, django_db_blocker: Any) -> Iterator[None]:
    """Empty tables in that database, with real commits and threads that see them."""
    with django_db_blocker.unblock(), default_database(engine_address):
        yield
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
