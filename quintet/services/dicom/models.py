"""What dicom adds to an account: one row per person, made when it is first needed."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Sex(models.IntegerChoices):
    """002:141"""

    MALE = 0
    FEMALE = 1


class Profile(models.Model):
    """A person as radiology shows them.

    avatar   name in the file store; empty: none
    sex      None: not said
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dicom_profile")
    bio = models.TextField(blank=True)
    sex = models.SmallIntegerField(choices=Sex.choices, null=True, blank=True)
    avatar = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(sex__isnull=True) | models.Q(sex__in=Sex.values), name="dicom_sex_is_known"
            ),
        ]

    @classmethod
    def of(cls, user_id: int) -> "Profile":
        """The person's row; made on first sight."""
        return cls.objects.get_or_create(user_id=user_id)[0]
