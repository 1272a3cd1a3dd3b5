"""§3.3, §3.4: cameras."""

from django.http import HttpRequest, HttpResponse

from quintet.core.wire import json_response, read_digits, read_fields, read_text
from quintet.services.masks import actions, wire
from quintet.services.masks.api.people import person_of


def add_camera(request: HttpRequest) -> HttpResponse:
    """Bind a free camera to oneself."""
    person = person_of(request)
    actions.bind_camera(person, read_digits(read_fields(request), "camera_id", least=1, most=10**18))
    return json_response(wire.OK)


def create_camera(request: HttpRequest) -> HttpResponse:
    """Make a camera known; for administrators."""
    person, fields = person_of(request), read_fields(request)
    # The document writes `description` in its example and `discription` in its text (000:127-128).
    said = "description" if "description" in fields else "discription"
    actions.create_camera(
        person,
        name=read_text(fields, "name", max_length=100),
        description=read_text(fields, said, max_length=10_000, default="", blank=True),
    )
    return json_response(wire.OK)
