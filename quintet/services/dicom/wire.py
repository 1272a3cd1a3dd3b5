"""Shapes on the wire, and how dicom says no: HTTP 200, an errno and a msg, as the document has it."""

from collections.abc import Mapping

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from quintet.accounts.errors import EmailTaken, UsernameTaken
from quintet.accounts.models import User
from quintet.accounts.rules import EMAIL_MAX_LENGTH
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
from quintet.core.uploads import NotAPicture
from quintet.core.wire import Fields, json_response, read_digits, read_text
from quintet.services.dicom import conf
from quintet.services.dicom.actions import ToldInfo
from quintet.services.dicom.errors import PasswordsDiffer
from quintet.services.dicom.models import Profile, Sex

PASSWORD_MAX_LENGTH = 1024
BIO_MAX_LENGTH = 10_000
NAME_MAX_LENGTH = 150


def said(errno: int, msg: str, *, status: int = 200, **more: object) -> HttpResponse:
    """The document's one shape."""
    return json_response({"errno": errno, "msg": msg, **more}, status=status)


def _always(errno: int, msg: str, *, status: int = 200) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        return said(errno, msg, status=status)

    return answer


def _naming_fields(errno: int, *, names: Mapping[str, str] | None = None) -> Answer:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        fields = refusal.fields if isinstance(refusal, BadInput) else {}
        words = [f"{(names or {}).get(name, name)}: {' '.join(words)}" for name, words in fields.items()]
        return said(errno, "; ".join(words) or "the request cannot be read")

    return answer


# 1000 to 1003 are the document's; 1004 to 1007 are ours (DECISIONS D2).
DIALECT = Dialect(
    "dicom",
    {
        UsernameTaken: _always(1000, "username has been used"),
        PasswordsDiffer: _always(1001, "password unmatch"),
        WrongCredentials: _always(1002, "wrong password"),
        NotSignedIn: _always(1003, "please login first"),
        MethodNotAllowed: _always(1004, "method not allowed", status=405),
        CrossSite: _always(1004, "cross-site request refused", status=403),
        NotAllowed: _always(1004, "not allowed", status=403),
        NotFound: _always(1004, "not found", status=404),
        AlreadySignedIn: _always(1004, "already logged in"),
        BadInput: _naming_fields(1005),
        EmailTaken: _always(1005, "email: somebody else has this e-mail address"),
        Conflict: _always(1005, "conflict with what is there already"),
        TooManyAttempts: _always(1007, "too busy, try again later"),
    },
)
# A throttled password is a wrong one to whoever guesses: there is no other code for it.
LOGIN = DIALECT.extended({TooManyAttempts: _always(1002, "wrong password")})
REGISTER = DIALECT.extended({BadInput: _naming_fields(1005, names={"password": "pwd1"})})
CHANGE_PASSWORD = LOGIN.extended({BadInput: _naming_fields(1005, names={"password": "new_pwd"})})
AVATAR = DIALECT.extended({NotAPicture: _naming_fields(1006), TooLarge: _naming_fields(1006)})


def read_password(fields: Fields, name: str) -> str:
    """A password, spaces and all. Raises BadInput when the field is absent."""
    return read_text(fields, name, max_length=PASSWORD_MAX_LENGTH, blank=True)


def read_told_info(fields: Fields) -> ToldInfo:
    """002:137-141. An absent field is None; an empty `sex` is to be forgotten. Raises BadInput."""
    sex_said = fields.get("sex")
    return ToldInfo(
        email=_read_optional(fields, "email", max_length=EMAIL_MAX_LENGTH),
        first_name=_read_optional(fields, "first_name", max_length=NAME_MAX_LENGTH),
        last_name=_read_optional(fields, "last_name", max_length=NAME_MAX_LENGTH),
        bio=_read_optional(fields, "bio", max_length=BIO_MAX_LENGTH),
        sex=None if sex_said in (None, "") else Sex(read_digits(fields, "sex", least=min(Sex), most=max(Sex))),
        forgets_sex=sex_said == "",
    )


def _read_optional(fields: Fields, name: str, *, max_length: int) -> str | None:
    return read_text(fields, name, max_length=max_length, blank=True) if fields.get(name) is not None else None


def read_avatar(request: HttpRequest) -> "UploadedFile[bytes]":
    """The uploaded file. Raises BadInput when there is none, TooLarge before it is taken in."""
    most, length = conf.AVATAR_MB.value * 1024 * 1024, request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length[:18]) > most + 64 * 1024:
        raise TooLarge(fields={"avatar": [f"The file is larger than {most} bytes."]})
    upload = request.FILES.get("avatar")
    if upload is None:
        raise BadInput.of("avatar", "An image file is required.")
    return upload


def user_info(user: User, profile: Profile, request: HttpRequest) -> dict[str, object]:
    """Everything that update/info and update/avatar change, to be shown again."""
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "bio": profile.bio,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "sex": profile.sex,
        "avatar": request.build_absolute_uri(default_storage.url(profile.avatar)) if profile.avatar else None,
    }
