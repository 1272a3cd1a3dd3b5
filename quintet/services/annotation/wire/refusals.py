"""How annotation says no: in the shapes of Django REST framework, which CVAT's clients expect."""

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from rest_framework.views import exception_handler

from quintet.accounts.errors import EmailTaken, UsernameTaken
from quintet.core.dialect import Answer, Dialect
from quintet.core.errors import (
    AlreadySignedIn,
    BadInput,
    Conflict,
    CrossSite,
    DomainError,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooManyAttempts,
    WrongCredentials,
)
from quintet.core.http import TOO_LARGE
from quintet.core.paging import InvalidPage
from quintet.core.wire import json_response
from quintet.services.annotation.errors import (
    AlreadyRunning,
    BadFile,
    ChecksumDiffers,
    Forgotten,
    LastSuperuser,
    Misshapen,
    NoPiece,
    NotAgreed,
    OffsetDiffers,
    OverLimit,
    SaidPlainly,
    SavedMeanwhile,
    SharedAccount,
    StillReading,
    Undone,
    UnknownFunction,
    UnreadableFrame,
    WrongTusVersion,
)
from quintet.services.annotation.rules.tus import VERSION
from quintet.services.annotation.wire.people import moment

UNABLE = "Unable to log in with provided credentials."
USERNAME_TAKEN = "A user with that username already exists."
EMAIL_TAKEN = "A user is already registered with this e-mail address."


def _said(content: object, *, status: int) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        return json_response(content, status=status)

    return answer


def _detail(words: str, *, status: int) -> Answer:
    return _said({"detail": words}, status=status)


def _not_signed_in(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    response = json_response({"detail": "Authentication credentials were not provided."}, status=401)
    response["WWW-Authenticate"] = "Token"
    return response


def _bad_input(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    fields = refusal.fields if isinstance(refusal, BadInput) else {}
    return json_response(fields or {"detail": str(refusal)}, status=400)


def _misshapen(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return json_response(refusal.said if isinstance(refusal, Misshapen) else str(refusal), status=400)


def _plainly(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return json_response(str(refusal), status=400)


def _already_running(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return json_response(str(refusal), status=409)


def _in_its_words(status: int) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        return json_response({"detail": str(refusal)}, status=status)

    return answer


def _offset(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    response = json_response({"detail": str(refusal)}, status=409)
    if isinstance(refusal, OffsetDiffers):
        response["Upload-Offset"] = str(refusal.offset)
    return response


def _version(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    response = json_response({"detail": str(refusal)}, status=412)
    response["Tus-Version"] = VERSION
    return response


def _checksum(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    response = json_response({"detail": str(refusal)}, status=460)
    response.reason_phrase = "Checksum Mismatch"
    return response


def _undone(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return json_response(str(refusal), status=500)


def _not_agreed(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    assert isinstance(refusal, NotAgreed)
    words = f"{refusal.count} would be lost; say confirm={refusal.count} if they may go."
    lost = {"confirm": refusal.count, "marks": refusal.marks, "values": refusal.values}
    return json_response({"detail": words, **lost}, status=409)


def _method(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    return json_response({"detail": f'Method "{request.method}" not allowed.'}, status=405)


def _saved_meanwhile(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    assert isinstance(refusal, SavedMeanwhile)
    by, username, at = refusal.last or (None, None, None)
    said = {
        "detail": "Conflict with what is there already.",
        "version": refusal.version,
        "saved_by": None if by is None else {"id": by, "username": username},
        "saved_at": moment(at),
    }
    return json_response(said, status=409)


def _throttled(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    seconds = refusal.retry_after_seconds if isinstance(refusal, TooManyAttempts) else 1
    words = f"Request was throttled. Expected available in {seconds} second{'' if seconds == 1 else 's'}."
    return json_response({"detail": words}, status=429)


DIALECT = Dialect(
    "annotation",
    {
        NotSignedIn: _not_signed_in,
        AlreadySignedIn: _detail("Already logged in.", status=400),
        WrongCredentials: _said({"non_field_errors": [UNABLE]}, status=400),
        NotAllowed: _detail("You do not have permission to perform this action.", status=403),
        CrossSite: _detail("CSRF Failed: another site's page sent this.", status=403),
        LastSuperuser: _detail("Somebody must remain who administers the server.", status=403),
        SharedAccount: _detail("This account serves elsewhere as well; only its groups can be changed.", status=403),
        NotFound: _detail("Not found.", status=404),
        Forgotten: _detail("What stood there at that version is not kept any more.", status=410),
        InvalidPage: _detail("Invalid page.", status=404),
        UnreadableFrame: _undone,
        UnknownFunction: _detail("There is no such function.", status=404),
        AlreadyRunning: _already_running,
        NotAgreed: _not_agreed,
        Conflict: _detail("Conflict with what is there already.", status=409),
        SavedMeanwhile: _saved_meanwhile,
        UsernameTaken: _said({"username": [USERNAME_TAKEN]}, status=400),
        EmailTaken: _said({"email": [EMAIL_TAKEN]}, status=400),
        StillReading: _detail("The data that was sent before is still being read.", status=409),
        BadInput: _bad_input,
        SaidPlainly: _plainly,
        BadFile: _plainly,
        Undone: _undone,
        Misshapen: _misshapen,
        OverLimit: _in_its_words(413),
        OffsetDiffers: _offset,
        WrongTusVersion: _version,
        NoPiece: _in_its_words(415),
        ChecksumDiffers: _checksum,
        TooLarge: _detail("The request is too large.", status=413),
        MethodNotAllowed: _method,
        TooManyAttempts: _throttled,
    },
)


def answer_refusal(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """REST framework's exception handler: our refusals in our dialect, its own in its own."""
    request = context["request"]._request
    if isinstance(error, DomainError):
        return DIALECT.answer(error, request)
    if isinstance(error, TOO_LARGE):
        return DIALECT.answer(TooLarge(str(error)), request)
    if isinstance(error, BadRequest | SuspiciousOperation | UnreadablePostError):
        return DIALECT.answer(BadInput("The request cannot be read."), request)
    return exception_handler(error, context)
