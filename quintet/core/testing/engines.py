"""Engines beyond this process that a test may need: PostgreSQL, Redis, RabbitMQ. Where one is missing its tests skip.

An address comes from QUINTET_TEST_POSTGRES, QUINTET_TEST_REDIS or QUINTET_TEST_RABBITMQ, else from the usual local
port. The word `no` in a variable means that the engine is not to be used.
"""

import getpass
import importlib.util
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

import pytest

_PATIENCE_SECONDS = 2


@cache
def postgres_address() -> str | None:
    """A maintenance database that can be entered, as postgresql://user:password@host:port/name; None without one."""
    given = os.environ.get("QUINTET_TEST_POSTGRES")
    if importlib.util.find_spec("psycopg") is None or given == "no":
        return None
    if given:
        return given if _can_enter(given) else None
    users = dict.fromkeys((getpass.getuser(), "postgres"))
    tried = (f"postgresql://{user}@127.0.0.1:5432/{name}" for user in users for name in ("postgres", "test"))
    return next((address for address in tried if _can_enter(address)), None) if _answers("127.0.0.1", 5432) else None


@cache
def redis_address() -> str | None:
    """redis://host:port/number; the last of its sixteen databases unless the variable says which. None without one."""
    address = _given("QUINTET_TEST_REDIS", "redis://127.0.0.1:6379/15", package="redis")
    if address is None:
        return None
    parts = urlsplit(address)
    said = _first_answer(parts.hostname or "127.0.0.1", parts.port or 6379, b"PING\r\n")
    # A server that wants a password is one as well; the variable then holds the password.
    return address if said.startswith((b"+PONG", b"-NOAUTH")) else None


@cache
def rabbitmq_address() -> str | None:
    """amqp://user:password@host:port//; None without one."""
    address = _given("QUINTET_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//", package="kombu")
    if address is None:
        return None
    parts = urlsplit(address)
    said = _first_answer(parts.hostname or "127.0.0.1", parts.port or 5672, b"AMQP\x00\x00\x09\x01")
    # A method frame on channel 0: connection.start.
    return address if said.startswith(b"\x01\x00\x00") else None


def needs_postgres() -> pytest.MarkDecorator:
    """Marks a test or a parameter that is skipped without PostgreSQL."""
    return _needs("PostgreSQL", postgres_address, "QUINTET_TEST_POSTGRES", package="psycopg")


def needs_redis() -> pytest.MarkDecorator:
    """Marks a test or a parameter that is skipped without Redis."""
    return _needs("Redis", redis_address, "QUINTET_TEST_REDIS", package="redis")


def needs_rabbitmq() -> pytest.MarkDecorator:
    """Marks a test or a parameter that is skipped without RabbitMQ."""
    return _needs("RabbitMQ", rabbitmq_address, "QUINTET_TEST_RABBITMQ", package="kombu")


@contextmanager
def a_database() -> Iterator[str]:
    """A new, empty PostgreSQL database, dropped at the end whoever is still connected; yields its QUINTET_DATABASE.

    Raises LookupError where there is no PostgreSQL: mark the test with needs_postgres().
    """
    import psycopg  # Not a dependency of the server: only those who scale have it.

    maintenance = postgres_address()
    if maintenance is None:
        raise LookupError("no PostgreSQL here")
    name = f"quintet_test_{secrets.token_hex(6)}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        # It need not survive a power cut; whoever is killed loses nothing by this.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
    try:
        yield urlsplit(maintenance)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _given(variable: str, usual: str, *, package: str) -> str | None:
    address = os.environ.get(variable) or usual
    return None if address == "no" or importlib.util.find_spec(package) is None else address


def _can_enter(address: str) -> bool:
    import psycopg

    try:
        psycopg.connect(address, connect_timeout=_PATIENCE_SECONDS).close()
    except psycopg.Error:
        return False
    return True


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True


def _first_answer(host: str, port: int, greeting: bytes) -> bytes:
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE_SECONDS) as server:
            server.settimeout(_PATIENCE_SECONDS)
            server.sendall(greeting)
            return server.recv(64)
    except OSError:
        return b""


def _needs(engine: str, address: Callable[[], str | None], variable: str, *, package: str) -> pytest.MarkDecorator:
    missing = (
        f"the package {package} is not installed (pip install 'quintet[scale]')"
        if importlib.util.find_spec(package) is None
        else f"no {engine} on this machine; {variable} may name one"
    )
    return pytest.mark.skipif(address() is None, reason=missing)
