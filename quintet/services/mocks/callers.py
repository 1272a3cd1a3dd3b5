"""Who calls: what an Authorization header carries, and whether it is true.

    Basic base64(token:)   Basic base64(email:password)   Basic base64(email:token)   Bearer token   Token token

A token proves who somebody is and no more: what they may do is read from the table at each request.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from django.http import HttpRequest

from quintet.accounts import jwt, throttle
from quintet.accounts.actions import check_credentials
from quintet.accounts.queries import Standing, standing
from quintet.core.clock import now
from quintet.core.errors import NotSignedIn, WrongCredentials
from quintet.services.mocks import queries
from quintet.services.mocks.actions import TOKEN_PURPOSE, refuse_weaker_than
from quintet.services.mocks.doors import DOOR
from quintet.services.mocks.rules import Scope, looks_like_token


class Carried(NamedTuple):
    """What came with the request. Without an e-mail address the secret is a token."""

    email: str
    secret: str


class RememberedPasswords:
    """Passwords found right within the last minute, so that a client that sends its password with every request does
    not make us hash it every time. Held as keyed digests, in this process alone. The stored hash is part of each
    digest: a new password, or another person's, is another digest."""

    def __init__(self, *, seconds: int = 60, most: int = 1024) -> None:
        self._lifetime, self._most = timedelta(seconds=seconds), most
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, datetime] = {}
        self._lock = threading.Lock()

    def knows(self, password: str, stored_hash: str) -> bool:
        """Whether the two were found to belong together less than a minute ago."""
        until = self._until.get(self._digest(password, stored_hash))
        return until is not None and now() < until

    def remember(self, password: str, stored_hash: str) -> None:
        """They do. When there are too many, the oldest go."""
        digest = self._digest(password, stored_hash)
        with self._lock:
            self._until.pop(digest, None)
            while len(self._until) >= self._most:
                del self._until[next(iter(self._until))]
            self._until[digest] = now() + self._lifetime

    def _digest(self, password: str, stored_hash: str) -> bytes:
        return hmac.new(self._key, f"{stored_hash}\0{password}".encode(), hashlib.sha256).digest()


_REMEMBERED = RememberedPasswords()


def carried_by(request: HttpRequest) -> Carried:
    """Raises NotSignedIn when the request carries nothing that can be read."""
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return Carried("", rest.strip())
    if scheme.lower() != "basic":
        raise NotSignedIn("no credentials")
    try:
        name, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except ValueError as unreadable:
        raise NotSignedIn("unreadable credentials") from unreadable
    return Carried(name.strip(), secret) if secret else Carried("", name)


def caller(request: HttpRequest, *, at_least: Scope = Scope.GUEST) -> Standing:
    """Whoever sent this. Raises NotSignedIn, TooManyAttempts; NotAllowed before anything else of it is read."""
    carried = carried_by(request)
    if not carried.email or looks_like_token(carried.secret):
        person = _holder(carried)
    else:
        person = _with_password(carried, throttle.address_of(request))
    refuse_weaker_than(at_least, person)
    return person


def _holder(carried: Carried) -> Standing:
    claims = jwt.read(TOKEN_PURPOSE, carried.secret) or {}
    person = standing(DOOR, int(str(claims["sub"]))) if "sub" in claims else None
    if person is None or person.epoch != claims.get("v"):
        raise NotSignedIn("no valid token")
    if carried.email and carried.email.casefold() != str(claims.get("email")).casefold():
        raise NotSignedIn("somebody else's token")
    return person


def _with_password(carried: Carried, ip: str) -> Standing:
    user_id, stored_hash = queries.account_of(carried.email) or (0, "")
    if stored_hash and _REMEMBERED.knows(carried.secret, stored_hash) and (person := standing(DOOR, user_id)):
        return person
    try:
        user = check_credentials(DOOR, identifier=carried.email, password=carried.secret, ip=ip)
    except WrongCredentials as wrong:
        raise NotSignedIn("wrong credentials") from wrong
    _REMEMBERED.remember(carried.secret, user.password)
    person = standing(DOOR, user.pk)
    if person is None:
        raise NotSignedIn("disabled meanwhile")
    return person
