"""Password hashers that tell what they were asked to do."""

import threading
import time
from typing import ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    """Quick, and counts every hash it makes, checks included."""

    algorithm = "counting"
    made: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).made += 1
        return str(super().encode(password, salt))


class CrowdedHasher(MD5PasswordHasher):
    """Slow enough to be met by others, and knows how many were inside at once."""

    algorithm = "crowded"
    inside: ClassVar[int] = 0
    most: ClassVar[int] = 0
    seconds: ClassVar[float] = 0.01
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def encode(self, password: str, salt: str) -> str:
        own = type(self)
        with own._lock:
            own.inside += 1
            own.most = max(own.most, own.inside)
        time.sleep(own.seconds)
        with own._lock:
            own.inside -= 1
        return str(super().encode(password, salt))
