"""How pages are served: forms are checked, nothing is kept by caches, refusals are pages too."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from quintet.accounts import pending
from quintet.accounts.models import User
from quintet.accounts.sessions import signed_in
from quintet.core.dialect import Answer, Dialect
from quintet.core.errors import (
    DomainError,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooManyAttempts,
)
from quintet.core.http import View, endpoint
from quintet.web.words import said

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
    ),
    "Cache-Control": "private, no-store",
}


def page(**verbs: View) -> Callable[..., HttpResponseBase]:
    """A path of the console: each verb calls its view, every form is checked for its token."""
    inner = endpoint(DIALECT, guard_get=False, **{verb: csrf_protect(view) for verb, view in verbs.items()})

    # Not the endpoint itself: the API pages show what has verbs, and these are no API.
    def view(request: HttpRequest, **captured: object) -> HttpResponseBase:
        return _with_headers(inner(request, **captured))

    view.csrf_exempt = True  # type: ignore[attr-defined]  # each verb is checked by csrf_protect
    return view


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def show(
    request: HttpRequest, template: str, content: Mapping[str, object] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page with its menu."""
    person = signed_in(request)
    menu = {
        "person": person,
        "waiting": pending.waiting().count() if person is not None and person.is_superuser else 0,
        "here": request.get_full_path() if request.method == "GET" else "/",
    }
    return render(request, f"web/{template}.html", {**menu, **(content or {})}, status=status)


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in. Raises NotSignedIn."""
    person = signed_in(request)
    if person is None:
        raise NotSignedIn("no session")
    return person


def administrator_of(request: HttpRequest) -> User:
    """The server's administrator. Raises NotSignedIn, NotAllowed."""
    person = person_of(request)
    if not person.is_superuser:
        raise NotAllowed("for the server's administrators")
    return person


def address_within(request: HttpRequest, said_address: str) -> str:
    """Where somebody wanted to go, if that is on this server; the start otherwise."""
    is_ours = url_has_allowed_host_and_scheme(
        said_address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return said_address if is_ours and said_address.isprintable() else "/"


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Django's CSRF_FAILURE_VIEW: the form's token is old or missing."""
    return _with_headers(show(request, "refused", {"why": said("form_expired")}, status=403))


def _sign_in_first(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    messages.info(request, "sign_in_first")
    return redirect("/?" + urlencode({"next": request.get_full_path() if request.method == "GET" else "/"}))


def _wait(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    seconds = refusal.retry_after_seconds if isinstance(refusal, TooManyAttempts) else 1
    return show(request, "refused", {"why": said("too_many_attempts", seconds=seconds)}, status=429)


def _refused(status: int) -> Answer:
    return lambda _, request: show(request, "refused", {"why": said(f"error_{status}")}, status=status)


DIALECT = Dialect(
    "web",
    {
        NotSignedIn: _sign_in_first,
        NotAllowed: _refused(403),
        NotFound: _refused(404),
        MethodNotAllowed: _refused(405),
        TooLarge: _refused(413),
        TooManyAttempts: _wait,
        DomainError: _refused(400),
    },
)
