"""What every view of annotation does before and after its own work."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from quintet.accounts.key_sessions import send_session, session_of_key
from quintet.core.errors import NotSignedIn, TooLarge
from quintet.core.http import refuse_unreadable_charset
from quintet.core.origin import refuse_other_sites
from quintet.services.annotation.api.schema import Schema
from quintet.services.annotation.authentication import ByKey, ByPassword, BySession, BySignedAddress
from quintet.services.annotation.queries import Person
from quintet.services.annotation.wire.formats import QuickParser, QuickRenderer
from quintet.services.annotation.wire.refusals import answer_refusal


class View(APIView):
    """Knows people in four ways and refuses in annotation's dialect; for signed-in people unless a view says else."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (ByKey, BySignedAddress, BySession, ByPassword)
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated,)
    parser_classes = (QuickParser, FormParser, MultiPartParser)
    renderer_classes = (QuickRenderer,)
    schema = Schema()
    # Whether a view reads the body bit by bit; all others hold it in memory.
    body_is_streamed = False

    # The session of somebody who came with a key and no cookie.
    session_to_send: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_other_sites(request._request)
        refuse_unreadable_charset(request._request)
        if not self.body_is_streamed:
            _refuse_too_large(request)
        super().initial(request, *args, **kwargs)
        if isinstance(request.successful_authenticator, ByKey) and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            key = get_authorization_header(request).split()[1].decode()
            self.session_to_send = session_of_key(person_asking(request).user, key)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.session_to_send is not None:
            send_session(response, self.session_to_send)
        return response

    def get_exception_handler(self) -> Any:
        return answer_refusal


def _refuse_too_large(request: Request) -> None:
    # REST framework reads a body whole, past Django's limit; files of a multipart body go to disk as they come.
    length, most = request.META.get("CONTENT_LENGTH") or "0", settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    is_multipart = (request.content_type or "").startswith("multipart/")
    if most is not None and not is_multipart and length.isdecimal() and int(length[:18]) > most:
        raise TooLarge(f"the body is larger than {most} bytes")


class OpenView(View):
    """For strangers: who asks is not looked at, so that a key that is worth nothing any more keeps nobody out."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


def person_asking(request: Request) -> Person:
    """Who asks. Raises NotSignedIn."""
    if not isinstance(request.auth, Person):
        raise NotSignedIn("nobody")
    return request.auth
