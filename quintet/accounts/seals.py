"""Secrets that the server itself must read again: encrypted at rest under a key derived for one purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken

from quintet.accounts.keys import derived_key


class BrokenSeal(ValueError):
    """Sealed with another key, or changed since."""


def seal(said: str, *, purpose: str) -> str:
    """Encrypt a text; only this server can read it again."""
    return _box(purpose).encrypt(said.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str) -> str:
    """The text. Raises BrokenSeal."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as broken:
        raise BrokenSeal("sealed with another key, or changed") from broken


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(f"seal.{purpose}")[:32]))
