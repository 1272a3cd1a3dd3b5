"""The app's name."""

from django.apps import AppConfig


class MocksConfig(AppConfig):
    name = "quintet.services.mocks"
    label = "mocks"
    default_auto_field = "django.db.models.BigAutoField"
