"""What the server says of itself, and what it asks newcomers to agree to."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.services.annotation import conf
from quintet.services.annotation.api.base import OpenView, View

_NO_TERMS = "<!doctype html><title>Terms of use</title><p>This server's operator has published no terms of use.</p>"


class About(View):
    """Which server this is; the version is the one of the API that CVAT's clients look for."""

    def get(self, request: Request) -> Response:
        return Response(
            {
                "name": "Quintet annotation",
                "description": "Labelled pictures and videos, for clients of CVAT 1.x.",
                "version": "1.1.0",
            }
        )


class UserAgreements(OpenView):
    """What newcomers are asked to agree to."""

    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "name": agreement.name,
                    "displayText": agreement.text,
                    "url": agreement.url,
                    "required": agreement.is_required,
                    "value": False,
                }
                for agreement in conf.AGREEMENTS.value
            ]
        )


def terms_of_use(request: HttpRequest) -> HttpResponse:
    """The operator's terms, as a page."""
    said = Path(conf.TERMS.value).read_text(encoding="utf-8") if conf.TERMS.value else _NO_TERMS
    response = HttpResponse(said)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return response
