"""Views: read the wire, call one action or query, write the wire."""

from django.http import HttpRequest, HttpResponse

from quintet.accounts.actions import check_credentials
from quintet.accounts.models import User
from quintet.accounts.sessions import begin_session, end_session, person_at, signed_in
from quintet.accounts.throttle import address_of
from quintet.core import conf as core_conf
from quintet.core.errors import AlreadySignedIn, BadInput, NotSignedIn
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response, read_digits, read_fields, read_text
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.doors import DOOR
from quintet.services.masks.models import Quota


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


def resources(request: HttpRequest) -> HttpResponse:
    """What is left; with ?state=0 the free cameras, with ?state=1 one's own."""
    if "state" in request.GET:
        return _cameras(request, request.GET["state"])
    quota = Quota.of(_person(request).pk)
    return json_response({"state": "ok", "resources": wire.resources(quota)})


def _cameras(request: HttpRequest, state: str) -> HttpResponse:
    if state == "0":
        if not core_conf.is_open():
            _person(request)
        rows = queries.free_cameras()
    elif state == "1":
        rows = queries.cameras_of(_person(request))
    else:
        raise BadInput.of("state", "Must be 0 or 1.")
    return json_response({"state": "ok", "cameras": [wire.camera(row) for row in rows]})


def add_camera(request: HttpRequest) -> HttpResponse:
    """Bind a free camera to oneself."""
    person = _person(request)
    actions.bind_camera(person, read_digits(read_fields(request), "camera_id", least=1, most=10**18))
    return json_response(wire.OK)


def create_camera(request: HttpRequest) -> HttpResponse:
    """Make a camera known; for administrators."""
    person, fields = _person(request), read_fields(request)
    # The document writes `description` in its example and `discription` in its text (000:127-128).
    said = "description" if "description" in fields else "discription"
    actions.create_camera(
        person,
        name=read_text(fields, "name", max_length=100),
        description=read_text(fields, said, max_length=10_000, default="", blank=True),
    )
    return json_response(wire.OK)


def add_resources(request: HttpRequest) -> HttpResponse:
    """Add to one's own quota."""
    person, fields = _person(request), read_fields(request)
    by = read_digits(fields, "number", least=1, most=10**6)
    actions.top_up(person, wire.read_kind(fields), by=by, ip=address_of(request))
    return json_response(wire.OK)


def calculate_picture(request: HttpRequest) -> HttpResponse:
    """Find faces and masks in a picture; the answer is the picture with boxes, or what Accept asks for."""
    person = _person(request)
    return wire.calculated_picture(request, actions.calculate_picture(person, wire.read_picture(request)))


def submit_feedback(request: HttpRequest) -> HttpResponse:
    """Tell the administrators something."""
    person, fields = _person(request), read_fields(request)
    actions.submit_feedback(
        person,
        title=read_text(fields, "title", max_length=200),
        content=read_text(fields, "content", max_length=20_000),
        contact=read_text(fields, "contact", max_length=200, default="", blank=True),
    )
    return json_response(wire.OK_WITH_MESSAGE)


def list_feedback(request: HttpRequest) -> HttpResponse:
    """One's own feedback and the answers to it; administrators see everybody's."""
    rows, page = queries.feedback_shown_to(_person(request)), read_page(request)
    shown = [wire.feedback(row) for row in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def reply_to_feedback(request: HttpRequest) -> HttpResponse:
    """Answer feedback; for administrators."""
    person, fields = _person(request), read_fields(request)
    feedback_id = read_digits(fields, "feedback_id", least=1, most=10**18)
    actions.reply_to_feedback(person, feedback_id, reply=read_text(fields, "reply", max_length=20_000))
    return json_response(wire.OK_WITH_MESSAGE)


def _person(request: HttpRequest) -> User:
    return person_at(DOOR, request)
