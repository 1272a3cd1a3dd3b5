"""Webhooks of tasks and projects: who sees them, who is told."""

from django.db.models import Q, QuerySet

from quintet.core.errors import NotAllowed, NotFound
from quintet.services.annotation.models import Delivery, Task, Webhook
from quintet.services.annotation.queries.doors import task_open_to
from quintet.services.annotation.queries.people import Person, person
from quintet.services.annotation.queries.projects import project_open_to
from quintet.services.annotation.rules import ADMIN, Deed


def refuse_who_may_not(them: Person, to: Deed, *, task_id: int | None, project_id: int | None) -> None:
    """Raises NotFound, NotAllowed for somebody who may not do that to the task, or else to the project."""
    if task_id is not None:
        task_open_to(them, task_id, to)
    elif project_id is not None:
        project_open_to(them, project_id, to)


def webhooks_of(them: Person, *, task_id: int | None = None, project_id: int | None = None) -> QuerySet[Webhook]:
    """Those of a task or of a project that this person may change; without either one's own, for administrators all.

    Newest first. Raises NotFound, NotAllowed.
    """
    rows = Webhook.objects.order_by("-id")
    if task_id is None and project_id is None and ADMIN not in them.groups:
        return rows.filter(owner_id=them.user.pk)
    refuse_who_may_not(them, "change", task_id=task_id, project_id=project_id)
    if task_id is not None:
        return rows.filter(task_id=task_id)
    return rows.filter(project_id=project_id) if project_id is not None else rows


def webhook_open_to(them: Person, webhook_id: int) -> Webhook:
    """The webhook, for those who may change its task or project. Raises NotFound, NotAllowed."""
    found = Webhook.objects.filter(pk=webhook_id).first()
    if found is None:
        raise NotFound("no such webhook")
    refuse_who_may_not(them, "change", task_id=found.task_id, project_id=found.project_id)
    return found


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """Attempts to tell it of something, newest first."""
    return Delivery.objects.filter(webhook=webhook).order_by("-at", "-id")


def delivery_of(webhook: Webhook, delivery_id: int) -> Delivery:
    """One of them. Raises NotFound."""
    found = Delivery.objects.filter(webhook=webhook, pk=delivery_id).first()
    if found is None:
        raise NotFound("no such delivery")
    return found


def listening(task_id: int) -> QuerySet[Webhook]:
    """Webhooks that are told of a task: its own, and its project's."""
    whose = Q(task_id=task_id) | Q(project_id__in=Task.objects.filter(pk=task_id).values("project_id"))
    return Webhook.objects.filter(whose, is_active=True).only("id", "owner_id", "events").order_by("id")


def may_still_hear(webhook: Webhook) -> bool:
    """Whether whoever set it is still here, and may see what it tells of."""
    them = person(webhook.owner) if webhook.owner.is_active else None
    if them is None:
        return False
    try:
        refuse_who_may_not(them, "see", task_id=webhook.task_id, project_id=webhook.project_id)
    except (NotFound, NotAllowed):
        return False
    return True
