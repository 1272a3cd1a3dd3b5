"""Signing in, against SimpleJWT with the password hasher that Django comes with."""

from bench import Row
from bench.duel import both, compared, login


def run() -> list[Row]:
    """On SQLite: hashing is nearly all of it."""
    with both("SQLite") as (ours, plain):
        asked = login("/api/login/")
        return [compared("POST /api/login/", "SimpleJWT, PBKDF2 as Django sets it", (ours, asked), (plain, asked))]
