"""/webhooks: who is told of what happens in a task or in a project's tasks."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.core.paging import page_answer
from quintet.core.wire import json_response
from quintet.services.annotation.actions import webhooks as actions
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.queries import webhooks as found
from quintet.services.annotation.wire import webhooks as wire


class Webhooks(View):
    """One's own, or with ?task_id or ?project_id those of either, newest first; a new one."""

    def get(self, request: Request) -> HttpResponse:
        rows = found.webhooks_of(person_asking(request), **wire.read_whose(request.query_params))
        count = rows.count()
        asked = page_asked(request, count)
        shown = [wire.webhook(row, request._request) for row in rows[asked.offset : asked.offset + asked.size]]
        return json_response(page_answer(request._request, asked, count=count, results=shown))

    def post(self, request: Request) -> HttpResponse:
        """Tell `url` of `events` in `task` or `project` from now on; the answer holds the secret, once."""
        said = wire.WebhookBody(data=request.data)
        said.is_valid(raise_exception=True)
        webhook, secret = actions.create_webhook(person_asking(request), said.validated_data)
        return json_response(wire.webhook(webhook, request._request, secret=secret), status=201)


class OneWebhook(View):
    """One of them, for those who may change its task or project."""

    http_method_names = ("get", "patch", "delete", "head", "options")

    def get(self, request: Request, webhook_id: int) -> HttpResponse:
        webhook = found.webhook_open_to(person_asking(request), webhook_id)
        return json_response(wire.webhook(webhook, request._request))

    def patch(self, request: Request, webhook_id: int) -> HttpResponse:
        """Change url, events, is_active; a new url has a new secret, `new_secret` asks for one."""
        person = person_asking(request)
        found.webhook_open_to(person, webhook_id)
        said = wire.WebhookChanges(data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        webhook, secret = actions.change_webhook(person, webhook_id, said.validated_data)
        return json_response(wire.webhook(webhook, request._request, secret=secret))

    def delete(self, request: Request, webhook_id: int) -> Response:
        """Tell it nothing any more."""
        actions.delete_webhook(person_asking(request), webhook_id)
        return Response(status=204)


class Ping(View):
    """A trial."""

    def post(self, request: Request, webhook_id: int) -> HttpResponse:
        """Tell it, once, that it is there; see its deliveries for what it answered."""
        return json_response({"event": actions.ping(person_asking(request), webhook_id)}, status=202)


class Deliveries(View):
    """Attempts to tell a webhook of something, newest first."""

    def get(self, request: Request, webhook_id: int) -> HttpResponse:
        rows = found.deliveries_of(found.webhook_open_to(person_asking(request), webhook_id))
        count = rows.count()
        asked = page_asked(request, count)
        shown = [wire.delivery(row) for row in rows[asked.offset : asked.offset + asked.size]]
        return json_response(page_answer(request._request, asked, count=count, results=shown))


class Redelivery(View):
    """One of them again."""

    def post(self, request: Request, webhook_id: int, delivery_id: int) -> HttpResponse:
        """Tell it once more of the same event, under the same name."""
        event = actions.redeliver(person_asking(request), webhook_id, delivery_id)
        return json_response({"event": event}, status=202)
