"""The app's name."""

from django.apps import AppConfig


class MasksConfig(AppConfig):
    name = "quintet.services.masks"
    label = "masks"
    default_auto_field = "django.db.models.BigAutoField"
