"""The app's name."""

from django.apps import AppConfig


class DeferredConfig(AppConfig):
    name = "quintet.core.deferred"
    label = "deferred"
    default_auto_field = "django.db.models.BigAutoField"
