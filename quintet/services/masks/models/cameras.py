"""Cameras."""

from django.conf import settings
from django.db import models


class Camera(models.Model):
    """A camera that an administrator made known and that at most one person has bound."""

    id: int
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="masks_cameras"
    )
    created_at = models.DateTimeField(auto_now_add=True)
