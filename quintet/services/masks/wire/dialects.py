"""How masks says no: HTTP 200 and a state, as the document has it."""

from django.http import HttpRequest, HttpResponse

from quintet.core.dialect import Answer, Dialect
from quintet.core.errors import (
    AlreadySignedIn,
    BadInput,
    CrossSite,
    DomainError,
    MethodNotAllowed,
    NotSignedIn,
    WrongCredentials,
)
from quintet.core.wire import json_response
from quintet.services.masks.errors import NothingToSee, QuotaExhausted, TooManyViewers

OK_WITH_MESSAGE = {"state": "ok", "msg": ""}

OK = {"state": "ok"}


def _said(content: dict[str, str], *, status: int = 200) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        return json_response(content, status=status)

    return answer


# §2, §3: {"state": "error"}
DIALECT = Dialect(
    "masks",
    {
        DomainError: _said({"state": "error"}),
        CrossSite: _said({"state": "error"}, status=403),
        QuotaExhausted: _said({"state": "no resources"}),
    },
)

# §3.6, §3.7: error1 for who and how, error2 for what
UPLOAD = DIALECT.extended(
    {
        DomainError: _said({"state": "error1"}),
        CrossSite: _said({"state": "error1"}, status=403),
        NotSignedIn: _said({"state": "error1"}),
        MethodNotAllowed: _said({"state": "error1"}),
        BadInput: _said({"state": "error2"}),
    }
)


def _with_message(message: str, *, status: int = 200) -> Answer:
    return _said({"state": "error", "msg": message}, status=status)


# §1
REGISTER = DIALECT.extended(
    {
        DomainError: _with_message("msg_error"),
        MethodNotAllowed: _with_message("method_error"),
        CrossSite: _with_message("method_error", status=403),
    }
)

LOGIN = DIALECT.extended(
    {
        DomainError: _with_message("login_error"),
        WrongCredentials: _with_message("login_error"),
        MethodNotAllowed: _with_message("method_error_repeat_login_error"),
        AlreadySignedIn: _with_message("method_error_repeat_login_error"),
        CrossSite: _with_message("method_error_repeat_login_error", status=403),
    }
)

LOGOUT = DIALECT.extended(
    {
        DomainError: _with_message("method_error repeat_logout"),
        CrossSite: _with_message("method_error repeat_logout", status=403),
    }
)


def _fields_and_why(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    fields = refusal.fields if isinstance(refusal, BadInput) else {}
    said = " ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    return json_response({"state": "error", "msg": said})


# Ours: cameras that see
CAMERA = DIALECT.extended(
    {
        BadInput: _fields_and_why,
        TooManyViewers: _with_message("too many viewers"),
        NothingToSee: _with_message("no picture"),
    }
)
