"""The four ways of being known, tried in this order: key, signed address, session cookie, name and password."""

from typing import Any

from django.core import signing
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from quintet.accounts.actions import check_credentials, grant_on_entering
from quintet.accounts.models import User
from quintet.accounts.sessions import signed_in
from quintet.accounts.throttle import address_of
from quintet.accounts.tokens import user_with_key
from quintet.core.errors import UnknownAccount, WrongCredentials
from quintet.core.origin import SAFE_METHODS
from quintet.services.annotation import queries
from quintet.services.annotation.doors import DOOR
from quintet.services.annotation.queries import Person
from quintet.services.annotation.rules import SIGNATURE
from quintet.services.annotation.signatures import signer_of

Known = tuple[User, Person]


def _known(user: User) -> Known | None:
    """The account and what it is here; None when this door does not know it."""
    found = queries.person(user)
    if found is None:
        try:
            grant = grant_on_entering(DOOR, user)
        except UnknownAccount:
            return None
        found = queries.person_of(user, level=grant.level, others=())
    return user, found


class ByKey(TokenAuthentication):
    """`Authorization: Token <40 hexadecimal digits>`. Its header names what a 401 asks for."""

    def authenticate_credentials(self, key: str) -> Known:
        user = user_with_key(key)
        known = _known(user) if user else None
        if known is None:
            raise AuthenticationFailed("Invalid token.")
        return known


class BySignedAddress(BaseAuthentication):
    """`?sign=`, for reading alone."""

    def authenticate(self, request: Request) -> Known | None:
        signature = request.query_params.get(SIGNATURE)
        if signature is None or request.method not in SAFE_METHODS:
            return None
        try:
            known = _known(signer_of(request.build_absolute_uri(), signature))
        except signing.SignatureExpired as late:
            raise AuthenticationFailed("This URL has expired.") from late
        except (signing.BadSignature, ValueError) as forged:
            raise AuthenticationFailed("Invalid signature.") from forged
        if known is None:
            raise AuthenticationFailed("Invalid signature.")
        return known


class BySession(BaseAuthentication):
    """The cookie; where an unsafe request comes from was looked at before (api.base)."""

    def authenticate(self, request: Request) -> Known | None:
        user = signed_in(request._request)
        return _known(user) if user else None


class ByPassword(BasicAuthentication):
    """HTTP Basic."""

    def authenticate_credentials(  # type: ignore[override]  # what rides along is a Person
        self, userid: str, password: str, request: Any = None
    ) -> Known:
        try:
            user = check_credentials(DOOR, identifier=userid, password=password, ip=address_of(request._request))
        except WrongCredentials as wrong:
            raise AuthenticationFailed("Invalid username/password.") from wrong
        known = _known(user)
        if known is None:
            raise AuthenticationFailed("Invalid username/password.")
        return known
