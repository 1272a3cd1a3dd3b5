"""§1: register, sign in, sign out."""

from django.http import HttpRequest, HttpResponse

from quintet.accounts.actions import check_credentials
from quintet.accounts.sessions import begin_session, end_session, signed_in
from quintet.accounts.throttle import address_of
from quintet.core.errors import AlreadySignedIn, NotSignedIn
from quintet.core.wire import json_response, read_fields, read_text
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.doors import DOOR


def register(request: HttpRequest) -> HttpResponse:
    """Register; `authority` asks for an administrator's account."""
    fields = read_fields(request)
    actions.register(
        username=read_text(fields, "username", max_length=150),
        password=read_text(fields, "password", max_length=1024),
        email=read_text(fields, "email", max_length=254, default="", blank=True),
        wants_authority=wire.read_authority(request, fields),
        asked_by=signed_in(request),
        ip=address_of(request),
    )
    return json_response(wire.OK_WITH_MESSAGE)


def login(request: HttpRequest) -> HttpResponse:
    """Sign in with username and password; the session travels in a cookie."""
    if signed_in(request) is not None:
        raise AlreadySignedIn("somebody is")
    fields = read_fields(request)
    name, password = read_text(fields, "username", max_length=150), read_text(fields, "password", max_length=1024)
    user = check_credentials(DOOR, identifier=name, password=password, ip=address_of(request))
    begin_session(request, user)
    return json_response({"state": "ok", "msg": wire.person(user, is_administrator=queries.is_administrator(user))})


def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    if signed_in(request) is None:
        raise NotSignedIn("nobody is signed in")
    end_session(request)
    return json_response(wire.OK_WITH_MESSAGE)
