"""Shapes on the wire, and how this service says no: HTTP statuses, and bodies as Django REST framework writes them."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import get_default_timezone

from quintet.accounts.errors import EmailTaken, UsernameTaken
from quintet.accounts.models import User
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
    PasswordMustChange,
    TooLarge,
    TooManyAttempts,
    WrongCredentials,
)
from quintet.core.paging import InvalidPage
from quintet.core.uploads import read_shown_picture
from quintet.core.wire import Fields, is_storable, json_response, read_digits, read_fields, read_text
from quintet.services.procurement import conf
from quintet.services.procurement.errors import (
    BadToken,
    NameDiffers,
    OwnAccount,
    PeriodInThePast,
    PeriodIsEmpty,
    PeriodsOverlap,
    SharedAccount,
    UnitInUse,
    UnitTaken,
    UnknownGoods,
    UnknownUnit,
)
from quintet.services.procurement.rules import is_admin, role_shown

USERNAME_MAX, PASSWORD_MAX, GOODS_NAME_MAX, UNIT_NAME_MAX, DESCRIPTION_MAX, SEARCH_MAX = 150, 1024, 100, 32, 5000, 200
ID_MAX = 2**63 - 1
_PRICE = re.compile(r"(\d{1,10})(\.\d+)?", re.ASCII)
_BLANK = "This field may not be blank."


# -- what clients send ---------------------------------------------------------------------------------------------


def read_login(request: HttpRequest) -> tuple[str, str]:
    """Username and password. Raises BadInput, naming both where both are missing."""
    fields = read_fields(request)
    _refuse_missing(fields, "username", "password")
    username = read_text(fields, "username", max_length=USERNAME_MAX, missing=_BLANK)
    return username, read_text(fields, "password", max_length=PASSWORD_MAX, blank=True)


def read_new_account(request: HttpRequest) -> tuple[str, int]:
    """Username and role: 0, 1 or 2, as a number or a digit; nothing else, so that nobody makes an administrator."""
    fields = read_fields(request)
    _refuse_missing(fields, "username", "role")
    role = read_digits(fields, "role", least=0, most=2)
    return read_text(fields, "username", max_length=USERNAME_MAX, missing=_BLANK), role


def read_username(request: HttpRequest) -> str:
    """The one field of a password reset."""
    return read_text(read_fields(request), "username", max_length=USERNAME_MAX)


def read_refresh_token(request: HttpRequest) -> str:
    """The one field of a renewal."""
    return read_text(read_fields(request), "refresh", max_length=4096)


def read_goods(request: HttpRequest, *, everything: bool) -> dict[str, Any]:
    """The fields of actions.GoodsDraft or GoodsChanges that were sent. `everything`: name, price and unit must be.

    multipart with the picture's file, or JSON without; a JSON null, or an empty text, takes the picture away.
    """
    fields = read_fields(request)
    if everything:
        _refuse_missing(fields, "name", "price", "unit")
    found: dict[str, Any] = {}
    if "name" in fields:
        found["name"] = read_text(fields, "name", max_length=GOODS_NAME_MAX, missing=_BLANK).strip()
    if "description" in fields:
        found["description"] = read_text(fields, "description", max_length=DESCRIPTION_MAX, blank=True)
    if "price" in fields:
        found["price"] = read_price(fields)
    if "unit" in fields:
        found["unit_id"] = read_digits(fields, "unit", least=0, most=ID_MAX)
    return found | _read_picture(request, fields)


def _read_picture(request: HttpRequest, fields: Fields) -> "dict[str, ContentFile[bytes] | None]":
    upload = request.FILES.get("image")
    if isinstance(upload, UploadedFile):
        picture = read_shown_picture(
            upload,
            field="image",
            max_bytes=conf.IMAGE_MB.value * 1024 * 1024,
            max_pixels=conf.IMAGE_MEGAPIXELS.value * 1_000_000,
            max_side=conf.IMAGE_SIDE.value,
        )
        return {"picture": picture}
    if fields.get("image", "") not in ("", None):
        raise BadInput.of("image", "The submitted data was not a file. Check the encoding type on the form.")
    return {"picture": None} if "image" in fields else {}


def read_price(fields: Fields) -> Decimal:
    """A price: a JSON number or ASCII digits, at most ten before the point and two after it, never negative."""
    said = fields.get("price")
    # The shortest decimal that means this double is what the client wrote.
    shown = repr(said) if isinstance(said, int | float) and not isinstance(said, bool) else said
    found = _PRICE.fullmatch(shown.strip()) if isinstance(shown, str) else None
    if found is None:
        raise BadInput.of("price", "A valid number is required." if "price" in fields else "This field is required.")
    if len((found[2] or "").rstrip("0")) > 3:
        raise BadInput.of("price", "Ensure that there are no more than 2 decimal places.")
    return Decimal(found[0]).quantize(Decimal("0.01"))


def read_price_period(request: HttpRequest) -> tuple[int, Decimal, datetime | None, datetime | None]:
    """goods, price, start_time, end_time; the times may be left out."""
    fields = read_fields(request)
    _refuse_missing(fields, "goods", "price")
    goods_id = read_digits(fields, "goods", least=0, most=ID_MAX)
    return goods_id, read_price(fields), _read_moment(fields, "start_time"), _read_moment(fields, "end_time")


def _read_moment(fields: Fields, name: str) -> datetime | None:
    said = fields.get(name)
    if said is None or said == "":
        return None
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) and len(said) <= 40 else None
    except ValueError:
        moment = None
    # Far outside, local time cannot be told in UTC any more.
    if moment is None or not 1970 < moment.year < 2200:
        raise BadInput.of(name, "Datetime has wrong format. Use one of these formats: YYYY-MM-DDThh:mm[:ss[.uuuuuu]].")
    return moment if moment.tzinfo else moment.replace(tzinfo=get_default_timezone())


def read_unit(request: HttpRequest) -> str:
    """A measure unit's name."""
    return read_text(read_fields(request), "name", max_length=UNIT_NAME_MAX).strip()


def read_goods_filter(request: HttpRequest) -> int | None:
    """?goods=<id>; None without."""
    if not request.GET.get("goods"):
        return None
    return read_digits(request.GET.dict(), "goods", least=0, most=ID_MAX)


def read_search(request: HttpRequest) -> list[str]:
    """The words of ?search=, separated by spaces or commas. Raises BadInput for what no database can look for."""
    said = request.GET.get("search", "")
    if not is_storable(said) or len(said) > SEARCH_MAX:
        raise BadInput.of("search", f"Ensure this field has no more than {SEARCH_MAX} characters and no null.")
    return said.replace(",", " ").split()


def read_order(request: HttpRequest, columns: dict[str, str]) -> list[str]:
    """The columns of ?ordering=price,-name; a name that is not among `columns` is passed over, as DRF does."""
    asked = [part.strip() for part in request.GET.get("ordering", "").split(",")]
    found = [("-" if part.startswith("-") else "", columns.get(part.removeprefix("-"))) for part in asked]
    return [sign + column for sign, column in found if column]


def _refuse_missing(fields: Fields, *names: str) -> None:
    missing = [name for name in names if fields.get(name) is None]
    if missing:
        raise BadInput(fields={name: ["This field is required."] for name in missing})


# -- what clients read ---------------------------------------------------------------------------------------------


def login_answer(user: User, level: int, *, refresh: str, access: str) -> dict[str, object]:
    """`role` is a text here (003:174) and a number everywhere else (003:67)."""
    return {
        "refresh": refresh,
        "access": access,
        "id": user.pk,
        "username": user.username,
        "role": str(role_shown(level)),
        "is_simple": user.has_initial_password,
        "is_admin": is_admin(level),
    }


def account_answer(user: User, level: int) -> dict[str, object]:
    return {"id": user.pk, "username": user.username, "is_active": user.is_active, "role": role_shown(level)}


def listed_account(row: Sequence[Any]) -> dict[str, object]:
    """A row of queries.found_accounts; the list is ours and says more than the document's answers."""
    person_id, username, is_active, level, has_initial_password = row
    return {
        "id": person_id,
        "username": username,
        "is_active": is_active,
        "role": role_shown(level),
        "is_simple": has_initial_password,
        "is_admin": is_admin(level),
    }


def _local(moment: datetime, zone: tzinfo) -> str:
    # Six digits always and no zone: the document's times are local (003:233-234).
    return moment.astimezone(zone).isoformat(timespec="microseconds")[:26]


def _quoted(picture_name: str) -> str:
    # core.uploads leaves letters, digits, "-" and "_" of a name, so that only other scripts need quoting.
    return picture_name if picture_name.isascii() else quote(picture_name)


def goods_writer(request: HttpRequest) -> Callable[[Sequence[Any]], dict[str, object]]:
    """A function that writes rows in the columns of queries.ShownGoods; what all rows share is looked up once."""
    media = f"{request.scheme}://{request.get_host()}{settings.MEDIA_URL}"
    zone = get_default_timezone()

    def write(row: Sequence[Any]) -> dict[str, object]:
        goods_id, name, picture_name, description, price, starts_at, ends_at, unit = row
        return {
            "id": goods_id,
            "name": name,
            "image": media + _quoted(picture_name) if picture_name else None,
            "description": description,
            "price": float(price),
            "start_time": _local(starts_at, zone),
            "end_time": _local(ends_at, zone),
            "unit": unit,
        }

    return write


def price_answer(row: Sequence[Any]) -> dict[str, object]:
    """A row of queries.found_prices."""
    period_id, goods_id, price, starts_at, ends_at = row
    zone = get_default_timezone()
    return {
        "id": period_id,
        "goods": goods_id,
        "price": float(price),
        "start_time": _local(starts_at, zone),
        "end_time": _local(ends_at, zone),
    }


def unit_answer(row: Sequence[Any]) -> dict[str, object]:
    unit_id, name = row
    return {"id": unit_id, "name": name}


# -- how we say no -------------------------------------------------------------------------------------------------


def _detail(status: int, said: str) -> Answer:
    return lambda _refusal, _request: json_response({"detail": said}, status=status)


def _field(name: str, said: str) -> Answer:
    return lambda _refusal, _request: json_response({name: [said]}, status=400)


def _unauthorized(said: dict[str, object]) -> HttpResponse:
    response = json_response(said, status=401)
    response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def _bad_token(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    if isinstance(refusal, BadToken) and refusal.kind == "access":
        message = {"token_class": "AccessToken", "token_type": "access", "message": "Token is invalid or expired"}
        said = "Given token not valid for any token type"
        return _unauthorized({"detail": said, "code": "token_not_valid", "messages": [message]})
    return _unauthorized({"detail": "Token is invalid or expired", "code": "token_not_valid"})


def _bad_input(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    fields = getattr(refusal, "fields", None)
    return json_response(dict(fields) if fields else {"detail": str(refusal) or "Bad request."}, status=400)


def _too_large(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    if getattr(refusal, "fields", None):
        return _bad_input(refusal, request)
    return json_response({"detail": "The request is too large."}, status=413)


def _throttled(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    seconds = getattr(refusal, "retry_after_seconds", 1)
    return json_response({"detail": f"Request was throttled. Expected available in {seconds} seconds."}, status=429)


_FORBIDDEN = "You do not have permission to perform this action."
DIALECT = Dialect(
    "procurement",
    {
        DomainError: _detail(400, "Bad request."),
        NotSignedIn: lambda _refusal, _request: _unauthorized(
            {"detail": "Authentication credentials were not provided."}
        ),
        BadToken: _bad_token,
        WrongCredentials: lambda _refusal, _request: _unauthorized(
            {"detail": "No active account found with the given credentials"}
        ),
        AlreadySignedIn: _detail(400, "Already signed in."),
        NotAllowed: _detail(403, _FORBIDDEN),
        CrossSite: _detail(403, "Another site's page sent this."),
        PasswordMustChange: _detail(403, "The initial password must be changed first."),
        OwnAccount: _detail(403, "You cannot delete your own account."),
        SharedAccount: _detail(403, "This account also serves another service."),
        NotFound: _detail(404, "Not found."),
        InvalidPage: _detail(404, "Invalid page."),
        MethodNotAllowed: lambda _refusal, request: json_response(
            {"detail": f'Method "{request.method}" not allowed.'}, status=405
        ),
        Conflict: _detail(409, "It exists already, or somebody was faster."),
        UsernameTaken: _field("username", "A user with that username already exists."),
        EmailTaken: _field("email", "A user with that email already exists."),
        UnitTaken: _field("name", "A measure unit with this name already exists."),
        UnitInUse: _detail(400, "Goods are counted in this unit; it cannot be deleted."),
        PeriodsOverlap: _detail(400, "Another price begins in that time; let this one end before it."),
        BadInput: _bad_input,
        TooLarge: _too_large,
        NameDiffers: _field("username", "This is not the username of the account."),
        UnknownGoods: _field("goods", "Invalid pk - object does not exist."),
        UnknownUnit: _field("unit", "Invalid pk - object does not exist."),
        PeriodInThePast: _field("start_time", "A price cannot begin in the past; leave it out to begin now."),
        PeriodIsEmpty: _field("end_time", "A price must end after it begins."),
        TooManyAttempts: _throttled,
    },
)
