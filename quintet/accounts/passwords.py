"""Hashing, light enough for one small machine and never twice at once in one process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from quintet.core.errors import TooManyAttempts

_ONE_AT_A_TIME = threading.Semaphore(1)
_PATIENCE_SECONDS = 2.0


class LightArgon2(Argon2PasswordHasher):
    """argon2id with 19 MiB, 2 passes, 1 lane (OWASP's second choice): a tenth of the time of Django's default."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1


@contextmanager
def _gate() -> Iterator[None]:
    # Four clients that sign in without pause must not starve everybody else's reads.
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE_SECONDS):
        raise TooManyAttempts(1)
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()


def hashed(password: str) -> str:
    """The hash to store. Raises TooManyAttempts when other hashes keep the process busy."""
    with _gate():
        return make_password(password)


def is_password(password: str, encoded: str) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash when the stored one was made by an older hasher."""
    upgraded: list[str] = []
    with _gate():
        right = check_password(password, encoded, setter=lambda raw: upgraded.append(make_password(raw or "")))
    return right, upgraded[0] if upgraded else None


def waste_a_hash(password: str) -> None:
    """Take as long as a check: a name that nobody has must not be known by the clock."""
    with _gate():
        make_password(password)
