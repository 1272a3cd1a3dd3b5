"""The app's name."""

from django.apps import AppConfig


class DicomConfig(AppConfig):
    name = "quintet.services.dicom"
    label = "dicom"
    default_auto_field = "django.db.models.BigAutoField"
