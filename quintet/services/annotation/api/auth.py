"""/auth: sign in and out, register, passwords, signed addresses."""

from typing import Any

from dj_rest_auth import views as dj_rest_auth
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.accounts.actions import change_password, register
from quintet.accounts.sessions import begin_session, end_session, keep_session
from quintet.accounts.throttle import address_of, refuse_when_probing
from quintet.accounts.tokens import key_for, revoke_key
from quintet.services.annotation.api.base import OpenView, View, person_asking
from quintet.services.annotation.doors import DOOR
from quintet.services.annotation.queries import Person
from quintet.services.annotation.rules import with_signature
from quintet.services.annotation.signatures import signature_of
from quintet.services.annotation.wire import accounts as wire


class Login(OpenView, dj_rest_auth.LoginView):  # type: ignore[misc]  # dj-rest-auth has no types
    """Sign in with username and password: a key, and the cookies as well."""

    serializer_class = wire.Credentials

    @property
    def default_response_headers(self) -> dict[str, str]:
        # The document's own (001:9), though GET answers 405.
        return {**super().default_response_headers, "Allow": "GET, POST, HEAD, OPTIONS"}

    def login(self) -> None:
        begin_session(self.request._request, self.serializer.validated_data["user"])

    def get_response(self) -> Response:
        return Response({"key": key_for(self.serializer.validated_data["user"])})


class Logout(View):
    """Sign out: the key is worth nothing any more, and the session ends."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        self.session_to_send = None
        if isinstance(request.auth, Person):
            revoke_key(request.auth.user)
        end_session(request._request)
        return Response({"detail": "Successfully logged out."})


class Register(OpenView, GenericAPIView[Any]):
    """Make an account and sign in with it."""

    serializer_class = wire.Registration

    def post(self, request: Request) -> Response:
        refuse_when_probing(address_of(request._request))
        registration = self.get_serializer(data=request.data)
        registration.is_valid(raise_exception=True)
        told = registration.validated_data
        details = {name: told[name] for name in ("username", "email", "first_name", "last_name")}
        user = register(DOOR, password=told["password1"], ip=address_of(request._request), **details)
        begin_session(request._request, user)
        shown = {"username": user.username, "email": user.email, **{k: details[k] for k in ("first_name", "last_name")}}
        return Response({"key": key_for(user), **shown, "email_verification_required": False}, status=201)


class PasswordChange(View, dj_rest_auth.PasswordChangeView):  # type: ignore[misc]
    """Change one's password: this session goes on, all others and all keys end."""

    serializer_class = wire.PasswordChange

    def post(self, request: Request) -> Response:
        said = self.get_serializer(data=request.data)
        said.is_valid(raise_exception=True)
        user = person_asking(request).user
        change_password(user, said.validated_data["new_password1"], actor=user, ip=address_of(request._request))
        keep_session(request._request, user)
        return Response({"detail": "New password has been saved."})


class PasswordReset(OpenView, dj_rest_auth.PasswordResetView):  # type: ignore[misc]
    """Ask for a link by mail; the answer is the same whether somebody has the address or not."""

    serializer_class = wire.ResetRequest


class PasswordResetConfirm(OpenView, dj_rest_auth.PasswordResetConfirmView):  # type: ignore[misc]
    """Set a new password with what the link in the mail carries."""

    serializer_class = wire.ResetConfirmation


class Signing(View):
    """Sign an address: whoever gets it within half a minute is known as the signer."""

    def post(self, request: Request) -> Response:
        url = request.data.get("url") if hasattr(request.data, "get") else None
        if not isinstance(url, str) or not url:
            raise ValidationError(["Please provide `url` parameter"])
        try:
            absolute = request.build_absolute_uri(url)
            return Response(with_signature(absolute, signature_of(person_asking(request).user, absolute)))
        except ValueError as bad:
            raise ValidationError(["Please provide `url` parameter"]) from bad
