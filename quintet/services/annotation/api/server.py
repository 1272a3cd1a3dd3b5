"""What the server says of itself, and what it asks newcomers to agree to."""

import logging
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.services.annotation import conf
from quintet.services.annotation.actions import share
from quintet.services.annotation.api.base import OpenView, View
from quintet.services.annotation.errors import SaidPlainly
from quintet.services.annotation.formats import described
from quintet.services.annotation.wire.events import ClientEvent, ClientFault

log = logging.getLogger("quintet.annotation")

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


class Share(View):
    """?directory: what lies in a folder of the share."""

    def get(self, request: Request) -> Response:
        directory = request.query_params.get("directory", "/")
        try:
            found = share.listing(directory)
        except share.NoDirectory as none:
            raise SaidPlainly(f"{directory[:1000]} is an invalid directory") from none
        return Response([{"name": name, "type": "DIR" if is_folder else "REG"} for name, is_folder in found])


class Logs(View):
    """What CVAT's page tells of its use: checked, echoed and kept nowhere."""

    def post(self, request: Request) -> Response:
        said = ClientEvent(data=request.data, many=True)
        said.is_valid(raise_exception=True)
        return Response(said.data, status=201)


class ClientException(View):
    """What broke in somebody's page: written to this server's log."""

    def post(self, request: Request) -> Response:
        said = ClientFault(data=request.data)
        said.is_valid(raise_exception=True)
        told = said.validated_data
        log.warning("a client broke: %s (%s:%s)", *(repr(told[name])[:300] for name in ("message", "filename", "line")))
        return Response(said.data, status=201)


class Formats(View):
    """Which files of annotations are read and written, by CVAT's names."""

    def get(self, request: Request) -> Response:
        return Response(described())


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
