"""The pages: who one is, one's own account, and for the server's administrators everybody's."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from quintet.accounts import actions, pending
from quintet.accounts.doors import CONSOLE
from quintet.accounts.models import User
from quintet.accounts.sessions import begin_session, end_session, keep_session, signed_in
from quintet.accounts.throttle import address_of
from quintet.core import conf
from quintet.core.errors import BadInput, NotFound, TooManyAttempts, WrongCredentials
from quintet.web import queries, services
from quintet.web.pages import address_within, administrator_of, person_of, show
from quintet.web.words import said

_PASSWORD_MAX_LENGTH = 1024


def home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def _home(request: HttpRequest, *, status: int = 200, error: str = "", username: str = "") -> HttpResponse:
    person = signed_in(request)
    levels = queries.levels_of(person) if person is not None else {}
    content = {
        "services": [(name, levels.get(name)) for name in services.NAMES],
        "missing": queries.what_is_missing(request),
        "is_open": conf.is_open(),
        "next": address_within(request, request.POST.get("next") or request.GET.get("next", "/")),
        "error": error,
        "username": username,
    }
    return show(request, "home", content, status=status)


def sign_in(request: HttpRequest) -> HttpResponse:
    username = request.POST.get("username", "")
    try:
        user = actions.check_credentials(
            CONSOLE, identifier=username, password=request.POST.get("password", ""), ip=address_of(request)
        )
    except TooManyAttempts as wait:
        seconds = wait.retry_after_seconds
        error = said("too_many_attempts", seconds=seconds)
        response = _home(request, status=429, error=error, username=username)
        response["Retry-After"] = str(seconds)
        return response
    except WrongCredentials:
        return _home(request, status=401, error=said("wrong_credentials"), username=username)
    begin_session(request, user)
    if user.must_change:
        return redirect("/account")
    return redirect(address_within(request, request.POST.get("next", "/")))


def sign_out(request: HttpRequest) -> HttpResponse:
    end_session(request)
    messages.success(request, "signed_out")
    return redirect("/")


def choose_language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise BadInput.of("language", "No such language.")
    response = redirect(address_within(request, request.POST.get("next", "/")))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True,
        secure=conf.HTTPS.value,
    )  # fmt: skip
    return response


def account(request: HttpRequest) -> HttpResponse:
    return _account(request, person_of(request))


def _account(request: HttpRequest, person: User, *, status: int = 200, **errors: str) -> HttpResponse:
    content = {
        "levels": list(queries.levels_of(person).items()),
        "trail": queries.trail_of(person),
        "errors": errors,
    }
    return show(request, "account", content, status=status)


def change_password(request: HttpRequest) -> HttpResponse:
    person, ip = person_of(request), address_of(request)
    new = request.POST.get("new_password", "")
    if not new:
        return _account(request, person, status=400, new_password=said("password_blank"))
    if len(new) > _PASSWORD_MAX_LENGTH:
        return _account(request, person, status=400, new_password=said("password_too_long"))
    if new != request.POST.get("new_password_again"):
        return _account(request, person, status=400, new_password_again=said("passwords_differ"))
    try:
        actions.check_own_password(person, request.POST.get("old_password", ""), ip=ip)
        actions.change_password(person, new, actor=person, ip=ip)
    except WrongCredentials:
        return _account(request, person, status=403, old_password=said("wrong_password"))
    except BadInput as weak:
        return _account(request, person, status=400, new_password=" ".join(weak.fields["password"]))
    keep_session(request, person)
    messages.success(request, "password_changed")
    return redirect("/account")


def log_out_everywhere(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    actions.log_out_everywhere(person, actor=person, ip=address_of(request))
    end_session(request)
    messages.success(request, "logged_out_everywhere")
    return redirect("/")


def people(request: HttpRequest) -> HttpResponse:
    administrator_of(request)
    search, number = request.GET.get("q", ""), request.GET.get("page", "1")
    is_number = number.isascii() and number.isdigit() and len(number) <= 9
    found = queries.people(search, int(number) if is_number else 1)
    return show(request, "people", {"found": found, "search": search})


def requests(request: HttpRequest) -> HttpResponse:
    administrator_of(request)
    return show(request, "requests", {"grants": pending.waiting()})


def settle(request: HttpRequest, grant_id: int) -> HttpResponse:
    administrator = administrator_of(request)
    decision = request.POST.get("decision")
    if decision not in ("approve", "refuse"):
        raise BadInput.of("decision", "approve or refuse")
    approve = decision == "approve"
    try:
        pending.settle(grant_id, approve=approve, actor=administrator, ip=address_of(request))
    except NotFound:
        messages.warning(request, "request_gone")
    else:
        messages.success(request, "request_approved" if approve else "request_refused")
    return redirect("/people/requests")
