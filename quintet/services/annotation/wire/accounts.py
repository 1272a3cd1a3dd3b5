"""Bodies of /auth: sign in, register, change and reset a password. Passwords keep their spaces."""

from typing import Any

from dj_rest_auth.serializers import LoginSerializer
from rest_framework import serializers

from quintet.accounts import resets
from quintet.accounts.actions import check_credentials, check_own_password, refuse_taken, refuse_weak_password
from quintet.accounts.errors import EmailTaken, UsernameTaken
from quintet.accounts.models import User
from quintet.accounts.rules import EMAIL_MAX_LENGTH, USERNAME_MAX_LENGTH
from quintet.accounts.throttle import address_of
from quintet.core.errors import BadInput, WrongCredentials
from quintet.services.annotation import conf
from quintet.services.annotation.doors import DOOR
from quintet.services.annotation.wire.people import NAME_MAX_LENGTH
from quintet.services.annotation.wire.refusals import EMAIL_TAKEN, USERNAME_TAKEN

PASSWORDS_DIFFER = "The two password fields didn't match."


class Password(serializers.CharField):
    """A password as it was typed; one with spaces around it is another."""

    def __init__(self, **said: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=1024, style={"input_type": "password"}, **said)


def _refuse_weak(password: str) -> str:
    try:
        refuse_weak_password(password)
    except BadInput as weak:
        raise serializers.ValidationError(list(weak.fields["password"])) from weak
    return password


class Credentials(LoginSerializer):  # type: ignore[misc]  # dj-rest-auth has no types
    """Name and password; signing in by e-mail address is off."""

    password = Password()

    def get_auth_user(self, username: str, email: str, password: str) -> User | None:
        found: User | None = self._validate_username(username, password)
        return found

    def authenticate(self, *, username: str, password: str) -> User | None:
        ip = address_of(self.context["request"]._request)
        try:
            return check_credentials(DOOR, identifier=username, password=password, ip=ip)
        except WrongCredentials:
            return None


class Confirmation(serializers.Serializer[Any]):
    """One agreement, and whether it was accepted."""

    name = serializers.CharField()
    value = serializers.BooleanField()


class Registration(serializers.Serializer[Any]):
    """001:44-51, and `confirmations` for agreements. Faults of single fields come before those of the whole."""

    username = serializers.CharField(max_length=USERNAME_MAX_LENGTH)
    password1 = Password(write_only=True)
    password2 = Password(write_only=True)
    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH, required=False, allow_blank=True, default="")
    first_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True, default="")
    last_name = serializers.CharField(max_length=NAME_MAX_LENGTH, required=False, allow_blank=True, default="")
    confirmations = Confirmation(many=True, required=False)

    def validate_username(self, username: str) -> str:
        try:
            refuse_taken(username=username, ip=address_of(self.context["request"]._request))
        except UsernameTaken as taken:
            raise serializers.ValidationError(USERNAME_TAKEN) from taken
        return username

    def validate_email(self, email: str) -> str:
        try:
            refuse_taken(email=email, ip=address_of(self.context["request"]._request))
        except EmailTaken as taken:
            raise serializers.ValidationError(EMAIL_TAKEN) from taken
        return email

    def validate_password1(self, password: str) -> str:
        return _refuse_weak(password)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["password1"] != attrs["password2"]:
            raise serializers.ValidationError(PASSWORDS_DIFFER)
        accepted = {said["name"] for said in attrs.get("confirmations", ()) if said["value"]}
        for agreement in conf.AGREEMENTS.value:
            if agreement.is_required and agreement.name not in accepted:
                raise serializers.ValidationError(f"Agreement {agreement.name} must be accepted")
        return attrs


class _NewPassword(serializers.Serializer[Any]):
    new_password1 = Password()
    new_password2 = Password()

    def refuse_bad_pair(self, attrs: dict[str, Any]) -> None:
        if attrs["new_password1"] != attrs["new_password2"]:
            raise serializers.ValidationError({"new_password2": [PASSWORDS_DIFFER]})
        try:
            _refuse_weak(attrs["new_password1"])
        except serializers.ValidationError as weak:
            raise serializers.ValidationError({"new_password2": weak.detail}) from weak


class PasswordChange(_NewPassword):
    """The old password is asked for and counted like a sign-in."""

    old_password = Password()

    def validate_old_password(self, password: str) -> str:
        request = self.context["request"]
        try:
            check_own_password(request.user, password, ip=address_of(request._request))
        except WrongCredentials as wrong:
            raise serializers.ValidationError("Invalid password") from wrong
        return password

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self.refuse_bad_pair(attrs)
        return attrs


class ResetRequest(serializers.Serializer[Any]):
    """Whose password is forgotten."""

    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH)

    def save(self, **said: Any) -> None:
        """Ask for the link."""
        resets.request_reset(DOOR, self.validated_data["email"], ip=address_of(self.context["request"]._request))


class ResetConfirmation(_NewPassword):
    """What the link in the mail carries, and the new password."""

    uid = serializers.CharField()
    token = serializers.CharField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = resets.account_of_link(attrs["uid"])
        if user is None:
            raise serializers.ValidationError({"uid": ["Invalid value"]})
        if not resets.is_valid_link(user, attrs["token"]):
            raise serializers.ValidationError({"token": ["Invalid value"]})
        self.refuse_bad_pair(attrs)
        return {**attrs, "user": user}

    def save(self, **said: Any) -> None:
        """Set the password."""
        user, password = self.validated_data["user"], self.validated_data["new_password1"]
        resets.reset_password(user, password, ip=address_of(self.context["request"]._request))
