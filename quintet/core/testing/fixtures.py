"""Fixtures that apply to every test."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import storages

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
