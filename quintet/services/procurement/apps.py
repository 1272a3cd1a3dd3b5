"""The app's name."""

from django.apps import AppConfig


class ProcurementConfig(AppConfig):
    name = "quintet.services.procurement"
    label = "procurement"
    default_auto_field = "django.db.models.BigAutoField"
