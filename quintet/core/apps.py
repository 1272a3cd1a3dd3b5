"""The app's name."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "quintet.core"
    label = "core"
