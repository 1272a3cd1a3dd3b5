"""People on the wire."""

from django.http import HttpRequest

from quintet.accounts.models import User
from quintet.core.errors import (
    BadInput,
)
from quintet.core.wire import Fields


def read_authority(request: HttpRequest, fields: Fields) -> bool:
    """`authority`: a JSON boolean, absent for false; in a form, which has no booleans, the words true and false.
    Raises BadInput."""
    said = fields.get("authority", False)
    if request.content_type != "application/json" and said in ("true", "false"):
        return said == "true"
    if not isinstance(said, bool):
        raise BadInput.of("authority", "Must be true or false.")
    return said


def person(user: User, *, is_administrator: bool) -> dict[str, object]:
    """The user object that the document leaves undecided (000:38)."""
    return {"id": user.pk, "username": user.username, "email": user.email, "authority": is_administrator}
