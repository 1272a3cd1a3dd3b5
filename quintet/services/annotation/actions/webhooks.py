"""Webhooks of tasks and projects: set, changed, removed, and told of what happens there.

What happens is enqueued in the transaction that makes it true, so nobody hears of what then was not.
"""

import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from django.db import transaction

from quintet.accounts.conf import PUBLIC_ADDRESS
from quintet.accounts.seals import BrokenSeal, seal, unseal
from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, enqueue, every
from quintet.core.deferred.errors import GiveUp, Retry
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput, NotFound
from quintet.core.webhooks import ATTEMPTS, again_after, checked_address, new_secret, post
from quintet.services.annotation import conf
from quintet.services.annotation.actions.holding import hold_project, hold_task
from quintet.services.annotation.models import Delivery, Job, Task, Webhook
from quintet.services.annotation.queries import Person
from quintet.services.annotation.queries.webhooks import (
    delivery_of,
    listening,
    may_still_hear,
    webhook_open_to,
    webhooks_of,
)
from quintet.services.annotation.rules.webhooks import PING, wants

_SEAL = "annotation.webhook"
_KIND = "annotation.deliver_webhook"
# Each event is told to all of them.
_MOST_OF_ONE_THING = 20


def create_webhook(person: Person, told: Mapping[str, Any]) -> tuple[Webhook, str]:
    """Tell an address from now on; the webhook, and its secret, which is never shown again.

    told   task or project (numbers), url, and perhaps events, is_active

    Raises NotFound, NotAllowed, BadInput.
    """
    task_id, project_id = told.get("task"), told.get("project")
    there = webhooks_of(person, task_id=task_id, project_id=project_id)
    address, secret = told["url"], new_secret()
    shown = checked_address(address, field="url", private=conf.WEBHOOK_PRIVATE.value)
    with transaction.atomic():
        if task_id is not None:
            hold_task(task_id)
        else:
            hold_project(told["project"])
        if there.count() >= _MOST_OF_ONE_THING:
            raise BadInput(f"There are {_MOST_OF_ONE_THING} webhooks already.")
        webhook = Webhook.objects.create(
            owner=person.user, task_id=task_id, project_id=project_id, shown=shown, sealed=_sealed(address, secret),
            events=told.get("events", []), is_active=told.get("is_active", True), created_at=now(),
        )  # fmt: skip
    return webhook, secret


def _sealed(address: str, secret: str) -> str:
    return seal(orjson.dumps([address, secret]).decode(), purpose=_SEAL)


def _unsealed(webhook: Webhook) -> tuple[str, str]:
    address, secret = orjson.loads(unseal(webhook.sealed, purpose=_SEAL))
    return address, secret


def change_webhook(person: Person, webhook_id: int, told: Mapping[str, Any]) -> tuple[Webhook, str]:
    """Change url, events or is_active, or ask for another secret; whoever changes the address is told from now on.

    told   any of url, events, is_active, new_secret

    Returns the new secret, which a new address always has, or nothing. Raises NotFound, NotAllowed, BadInput.
    """
    webhook_open_to(person, webhook_id)
    # Before anything is held: whoever answers for names may take their time.
    shown = checked_address(told["url"], field="url", private=conf.WEBHOOK_PRIVATE.value) if "url" in told else ""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
        if webhook is None:
            raise NotFound("the webhook is gone")
        secret = _renewed(webhook, person, told, shown)
        for name in ("events", "is_active"):
            setattr(webhook, name, told.get(name, getattr(webhook, name)))
        webhook.save(update_fields=["shown", "owner", "sealed", "events", "is_active"])
    return webhook, secret


def _renewed(webhook: Webhook, person: Person, told: Mapping[str, Any], shown: str) -> str:
    """Give it the address or the secret that is asked for; the new secret, or nothing."""
    if "url" not in told and not told.get("new_secret"):
        return ""
    secret = new_secret()
    if "url" in told:
        webhook.shown, webhook.owner = shown, person.user
        webhook.sealed = _sealed(told["url"], secret)
        return secret
    try:
        address, _ = _unsealed(webhook)
    except BrokenSeal as broken:
        raise BadInput.of("url", "It was sealed with another key; say it again.") from broken
    webhook.sealed = _sealed(address, secret)
    return secret


def delete_webhook(person: Person, webhook_id: int) -> None:
    """Tell it nothing any more. Raises NotFound, NotAllowed."""
    webhook_open_to(person, webhook_id).delete()


def ping(person: Person, webhook_id: int) -> str:
    """Tell it that it is there, once; the event's name. Raises NotFound, NotAllowed."""
    webhook = webhook_open_to(person, webhook_id)
    body, event = _body(PING, {"webhook_id": webhook.pk}), _new_event()
    with transaction.atomic():
        _enqueue(webhook, event, PING, body, attempts=1)
    return event


def redeliver(person: Person, webhook_id: int, delivery_id: int) -> str:
    """Tell it once more, once, of what it was told before; the event keeps its name.

    Raises NotFound, NotAllowed, BadInput.
    """
    webhook = webhook_open_to(person, webhook_id)
    delivery = delivery_of(webhook, delivery_id)
    if not webhook.is_active:
        raise BadInput.of("is_active", "The webhook is told nothing at present.")
    with transaction.atomic():
        _enqueue(webhook, delivery.event, delivery.kind, delivery.body, attempts=1)
    return delivery.event


def tell(task_id: int, kind: str, data: Mapping[str, Any], *, by: Person | None = None) -> None:
    """Tell all webhooks of a task and of its project that want to hear of it. Needs the transaction in which it becomes
    true; one statement where nobody listens."""
    hooks = [webhook for webhook in listening(task_id) if wants(webhook.events, kind)]
    if not hooks:
        return
    row = Task.objects.values("name", "project_id", "status").get(pk=task_id)
    task = {"id": task_id, "name": row["name"], "project_id": row["project_id"], "status": row["status"]}
    who = {"id": by.user.pk, "username": by.user.username} if by is not None else None
    body, event = _body(kind, {"task": task, **data, "by": who}), _new_event()
    for webhook in hooks:
        _enqueue(webhook, event, kind, body, attempts=ATTEMPTS)


def about_job(job: Job) -> dict[str, Any]:
    """What is told of a job."""
    address = f"{PUBLIC_ADDRESS.value.rstrip('/')}/api/v1/jobs/{job.pk}"
    return {"id": job.pk, "url": address, "kind": job.kind, "status": job.status, "assignee": job.assignee_id}


def _body(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "timestamp": now().isoformat(), "data": dict(data)}


def _new_event() -> str:
    return f"evt-{secrets.token_hex(16)}"


def _enqueue(webhook: Webhook, event: str, kind: str, body: Mapping[str, Any], *, attempts: int) -> None:
    # The body as it is now: what it tells of may have changed again when it is told.
    said = {"webhook_id": webhook.pk, "event": event, "kind": kind, "body": body}
    enqueue(_KIND, said, owner_id=webhook.owner_id, max_attempts=attempts)


@deferred(_KIND, max_attempts=ATTEMPTS)
def deliver_webhook(work: Work, webhook_id: int, event: str, kind: str, body: Mapping[str, Any]) -> dict[str, object]:
    """Tell one webhook of one event; every attempt stands in the deliveries."""
    webhook = Webhook.objects.select_related("owner").filter(pk=webhook_id).first()
    if webhook is None or not (webhook.is_active or kind == PING) or not may_still_hear(webhook):
        return {"told": False}
    try:
        address, secret = _unsealed(webhook)
    except BrokenSeal:
        raise GiveUp("The webhook was sealed with another key; set it again.") from None
    began, private = time.monotonic(), conf.WEBHOOK_PRIVATE.value
    status, outcome = post(address, secret, identifier=event, body=orjson.dumps(body), private=private)
    milliseconds = round((time.monotonic() - began) * 1000)
    if not Webhook.objects.filter(pk=webhook_id).exists():
        return {"told": not outcome}
    Delivery.objects.create(
        webhook=webhook, event=event, kind=kind, body=body, status=status, outcome=outcome, milliseconds=milliseconds,
        at=now(),
    )  # fmt: skip
    if outcome:
        raise Retry(outcome, after_seconds=again_after(work.attempt))
    return {"told": True}


@deferred("annotation.drop_deliveries")
def drop_deliveries(work: Work) -> dict[str, int]:
    """Housekeeping: old attempts are forgotten."""
    limit = now() - timedelta(days=conf.DELIVERIES_DAYS.value)
    return {"deliveries": Delivery.objects.filter(at__lt=limit)._raw_delete("default") or 0}


every("annotation.drop_deliveries", daily_at="04:10")
