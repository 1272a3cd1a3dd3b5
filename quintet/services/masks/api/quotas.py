"""§3.1, §3.2, §3.5: what is left."""

from django.http import HttpRequest, HttpResponse

from quintet.accounts.throttle import address_of
from quintet.core import conf as core_conf
from quintet.core.errors import BadInput
from quintet.core.wire import json_response, read_digits, read_fields
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.api.people import person_of
from quintet.services.masks.models import Quota


def resources(request: HttpRequest) -> HttpResponse:
    """What is left; with ?state=0 the free cameras, with ?state=1 one's own."""
    if "state" in request.GET:
        return _cameras(request, request.GET["state"])
    quota = Quota.of(person_of(request).pk)
    return json_response({"state": "ok", "resources": wire.resources(quota)})


def _cameras(request: HttpRequest, state: str) -> HttpResponse:
    if state == "0":
        if not core_conf.is_open():
            person_of(request)
        rows = queries.free_cameras()
    elif state == "1":
        rows = queries.cameras_of(person_of(request))
    else:
        raise BadInput.of("state", "Must be 0 or 1.")
    return json_response({"state": "ok", "cameras": [wire.camera(row) for row in rows]})


def add_resources(request: HttpRequest) -> HttpResponse:
    """Add to one's own quota."""
    person, fields = person_of(request), read_fields(request)
    by = read_digits(fields, "number", least=1, most=10**6)
    actions.top_up(person, wire.read_kind(fields), by=by, ip=address_of(request))
    return json_response(wire.OK)
