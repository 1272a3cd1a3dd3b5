"""Views: read the wire, call one action or query, write the wire."""

from django.http import HttpRequest, HttpResponse

from quintet.accounts.throttle import address_of
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response, read_fields
from quintet.services.mocks import actions, conf, queries, wire
from quintet.services.mocks.callers import caller
from quintet.services.mocks.rules import Scope


def token(request: HttpRequest) -> HttpResponse:
    """Get a token for an e-mail address and its password."""
    email, password = wire.read_required(read_fields(request), "email", "password")
    email, signed = actions.issue_token(email=email, password=password, ip=address_of(request))
    return json_response({"email": email, "token": signed})


def register(request: HttpRequest) -> HttpResponse:
    """Register with an e-mail address and a password."""
    email, password = wire.read_new_account(request)
    actions.register_person(email=email, password=password, ip=address_of(request))
    return wire.message(request, wire.OK)


def promote(request: HttpRequest) -> HttpResponse:
    """Lift somebody's scope by `promotion` levels; administrators only."""
    person = caller(request, at_least=Scope.ADMINISTRATOR)
    email, promotion = wire.read_promotion_of(request)
    actions.promote(person, email=email, promotion=promotion, ip=address_of(request))
    return wire.message(request, wire.OK)


def disable(request: HttpRequest, email: str) -> HttpResponse:
    """Disable an account; one's own, or as an administrator anybody's."""
    person = caller(request)
    actions.disable_person(person, email=wire.read_email_to_disable(request, email), ip=address_of(request))
    return wire.message(request, wire.OK)


def create_mock(request: HttpRequest) -> HttpResponse:
    """Save a JSON text under a name; the Location header tells its link."""
    person = caller(request)
    email, name, text = wire.read_new_mock(request)
    mock = actions.create_mock(person, email=email, name=name, text=text)
    return wire.message(request, wire.OK, headers={"Location": f"/v1/mock/{mock.pk}", "X-Mock-Id": str(mock.pk)})


def all_mocks(request: HttpRequest) -> HttpResponse:
    """List every mock; a page of the list with ?page=."""
    if conf.MOCKS_LIST.value == "token":
        caller(request)
    if "page" not in request.GET:
        return wire.mock_list(queries.all_mocks())
    asked, count = read_page(request), queries.count_mocks()
    page = page_answer(request, asked, count=count, results=[])
    response = wire.mock_list(queries.page_of_mocks(limit=asked.size, offset=asked.offset))
    links = [f'<{page[which]}>; rel="{rel}"' for which, rel in (("next", "next"), ("previous", "prev")) if page[which]]
    response["X-Total-Count"], response["Link"] = str(count), ", ".join(links)
    return response


def delete_mock(request: HttpRequest, mock_id: int) -> HttpResponse:
    """Delete a mock; one's own, or as an administrator anybody's."""
    actions.delete_mock(caller(request), mock_id)
    return wire.message(request, wire.OK)


def linked(request: HttpRequest, mock_id: int) -> HttpResponse:
    """The saved JSON text, byte for byte."""
    text, etag = queries.link(mock_id)
    return wire.linked_text(request, text, etag)


def preflight(request: HttpRequest, mock_id: int) -> HttpResponse:
    """What a browser asks before another site's page reads a mock."""
    return wire.preflight()
