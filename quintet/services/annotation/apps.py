"""The app's name."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "quintet.services.annotation"
    label = "annotation"
    default_auto_field = "django.db.models.BigAutoField"
