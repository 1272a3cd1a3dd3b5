"""Webhooks and their deliveries on the wire."""

from typing import Any

from django.http import HttpRequest, QueryDict
from rest_framework import serializers

from quintet.core.errors import BadInput
from quintet.services.annotation.models import Delivery, Webhook
from quintet.services.annotation.rules.webhooks import EVENTS
from quintet.services.annotation.wire.people import moment

_BIGINT = 2**63 - 1


class WebhookChanges(serializers.Serializer[Any]):
    """What of a webhook can be changed. events: empty for all; new_secret: ask for one"""

    url = serializers.CharField(max_length=2000, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), required=False, max_length=len(EVENTS)
    )
    is_active = serializers.BooleanField(required=False)
    new_secret = serializers.BooleanField(required=False)


class WebhookBody(WebhookChanges):
    """A new webhook, of a task or of a project."""

    url = serializers.CharField(max_length=2000)
    task = serializers.IntegerField(min_value=1, max_value=_BIGINT, required=False)
    project = serializers.IntegerField(min_value=1, max_value=_BIGINT, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("task" in attrs) == ("project" in attrs):
            raise serializers.ValidationError("Say either which task or which project.")
        return attrs


def webhook(row: Webhook, request: HttpRequest, *, secret: str = "") -> dict[str, object]:
    """One webhook; its secret is shown only when it is new."""
    shown: dict[str, object] = {
        "url": request.build_absolute_uri(f"/api/v1/webhooks/{row.pk}"),
        "id": row.pk,
        "task": row.task_id,
        "project": row.project_id,
        "owner": row.owner_id,
        "address": row.shown,
        "events": row.events,
        "is_active": row.is_active,
        "created_date": moment(row.created_at),
    }
    return {**shown, "secret": secret} if secret else shown


def delivery(row: Delivery) -> dict[str, object]:
    """One attempt."""
    return {
        "id": row.pk,
        "event": row.event,
        "type": row.kind,
        "at": moment(row.at),
        "status": row.status,
        "accepted": not row.outcome,
        "outcome": row.outcome,
        "milliseconds": row.milliseconds,
        "body": row.body,
    }


def read_whose(query: QueryDict) -> dict[str, int | None]:
    """?task_id or ?project_id. Raises BadInput."""
    said = {name: query.get(name, "").strip() for name in ("task_id", "project_id")}
    for name, value in said.items():
        if value and not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise BadInput.of(name, "Enter a number.")
    return {name: int(value) if value else None for name, value in said.items()}
