"""Views: read the wire, call one action or query, write the wire."""

from django.http import HttpRequest, HttpResponse

from quintet.accounts.actions import check_credentials
from quintet.accounts.rules import USERNAME_MAX_LENGTH
from quintet.accounts.sessions import begin_session, end_session, keep_session, person_at
from quintet.accounts.throttle import address_of
from quintet.core.uploads import read_shown_picture
from quintet.core.wire import read_fields, read_text
from quintet.services.dicom import actions, conf, wire
from quintet.services.dicom.doors import DOOR
from quintet.services.dicom.models import Profile


def register(request: HttpRequest) -> HttpResponse:
    """Make an account."""
    fields = read_fields(request)
    actions.register(
        username=read_text(fields, "username", max_length=USERNAME_MAX_LENGTH),
        password=wire.read_password(fields, "pwd1"),
        repeated=wire.read_password(fields, "pwd2"),
        ip=address_of(request),
    )
    return wire.said(0, "register success")


def login(request: HttpRequest) -> HttpResponse:
    """Sign in; the session travels in a cookie."""
    fields = read_fields(request)
    name = read_text(fields, "username", max_length=USERNAME_MAX_LENGTH)
    password = wire.read_password(fields, "pwd")
    user = check_credentials(DOOR, identifier=name, password=password, ip=address_of(request))
    begin_session(request, user)
    return wire.said(0, "login success")


def logout(request: HttpRequest) -> HttpResponse:
    """Sign out; nobody need be signed in."""
    end_session(request)
    return wire.said(0, "logout success")


def update_avatar(request: HttpRequest) -> HttpResponse:
    """Change one's picture."""
    user = person_at(DOOR, request)
    picture = read_shown_picture(
        wire.read_avatar(request),
        field="avatar",
        max_bytes=conf.AVATAR_MB.value * 1024 * 1024,
        max_pixels=conf.AVATAR_MEGAPIXELS.value * 1_000_000,
        max_side=conf.AVATAR_SIDE.value,
    )
    actions.replace_avatar(user, picture)
    return wire.said(0, "update avatar success")


def update_info(request: HttpRequest) -> HttpResponse:
    """Change what is told about oneself; an absent field stays as it is."""
    user = person_at(DOOR, request)
    actions.update_info(user, wire.read_told_info(read_fields(request)), ip=address_of(request))
    return wire.said(0, "update info success")


def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's password: this session goes on, all others end."""
    user, fields = person_at(DOOR, request), read_fields(request)
    password, new_password = wire.read_password(fields, "pwd"), wire.read_password(fields, "new_pwd")
    actions.change_password(user, password=password, new_password=new_password, ip=address_of(request))
    keep_session(request, user)
    # The words of update/info: the document's own (002:180).
    return wire.said(0, "update info success")


def info(request: HttpRequest) -> HttpResponse:
    """What is told about oneself."""
    user = person_at(DOOR, request)
    return wire.said(0, "get info success", user=wire.user_info(user, Profile.of(user.pk), request))
