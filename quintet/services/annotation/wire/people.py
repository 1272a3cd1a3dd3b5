"""People on the wire: the full user, the basic one, and the bodies that change them."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from quintet.accounts.models import User
from quintet.accounts.rules import EMAIL_MAX_LENGTH, USERNAME_MAX_LENGTH
from quintet.services.annotation.queries import Person
from quintet.services.annotation.rules import GROUPS, fault_of_own_changes

NAME_MAX_LENGTH = 150


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds and Z, as the document shows it (001:80-81)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else None


def basic_user(user: User, request: HttpRequest) -> dict[str, object]:
    """What everybody may know of everybody."""
    return {
        "url": request.build_absolute_uri(f"/api/v1/users/{user.pk}"),
        "id": user.pk,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
    }


def full_user(person: Person, request: HttpRequest) -> dict[str, Any]:
    """001:67-82"""
    user = person.user
    return {
        **basic_user(user, request),
        "email": user.email,
        "groups": person.groups,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "is_active": user.is_active,
        "last_login": moment(user.last_login),
        "date_joined": moment(user.date_joined),
    }


class OwnChanges(serializers.Serializer[Any]):
    """What somebody may change of themselves; any other key refuses the whole."""

    username = serializers.CharField(max_length=USERNAME_MAX_LENGTH, required=False)
    first_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if fault := fault_of_own_changes(self.initial_data):
            raise serializers.ValidationError(fault)
        return attrs


class Changes(serializers.Serializer[Any]):
    """What an administrator may change; unknown keys are ignored."""

    username = serializers.CharField(max_length=USERNAME_MAX_LENGTH, required=False)
    first_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH, required=False, allow_blank=True)
    groups = serializers.ListField(child=serializers.CharField(), required=False)
    is_staff = serializers.BooleanField(required=False)
    is_superuser = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)

    def validate_groups(self, names: list[str]) -> list[str]:
        for name in names:
            if name not in GROUPS:
                raise serializers.ValidationError(f"Object with name={name} does not exist.")
        return list(dict.fromkeys(names))
