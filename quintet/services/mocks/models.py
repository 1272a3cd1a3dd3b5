"""One table: what answers at each link."""

import hashlib

from django.db import models

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.services.mocks.rules import NAME_MAX_LENGTH


class Mock(models.Model):
    """A JSON text, byte for byte as it came, and its link's ETag."""

    id: int
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mocks")
    owner_id: int
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    text = models.BinaryField()
    etag = models.CharField(max_length=34)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


def etag_of(text: bytes) -> str:
    """The strong ETag of a text: the same bytes, the same ETag."""
    return f'"{hashlib.blake2b(text, digest_size=16).hexdigest()}"'
