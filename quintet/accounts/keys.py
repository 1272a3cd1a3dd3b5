"""Keys derived from the server's one secret, so that what is signed for one purpose proves nothing for another."""

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def derived_key(purpose: str) -> bytes:
    """64 bytes for one purpose (HKDF-SHA256). Source: RFC 5869."""
    return _derive(settings.SECRET_KEY, purpose)


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=f"quintet.{purpose}".encode()).derive(secret.encode())
