"""The app's name."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "quintet.web"
    label = "web"
