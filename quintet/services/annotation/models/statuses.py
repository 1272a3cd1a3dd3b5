"""How far work is."""

from django.db import models


class Status(models.TextChoices):
    """Of a job; a task's follows from its jobs."""

    ANNOTATION = "annotation"
    VALIDATION = "validation"
    COMPLETED = "completed"
