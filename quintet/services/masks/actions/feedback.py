"""Feedback is given and answered."""

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.masks.models import Feedback
from quintet.services.masks.queries import (
    refuse_unless_administrator,
)


def submit_feedback(owner: User, *, title: str, content: str, contact: str) -> Feedback:
    """Tell the administrators something."""
    return Feedback.objects.create(owner=owner, title=title, content=content, contact=contact)


def reply_to_feedback(by: User, feedback_id: int, *, reply: str) -> None:
    """Answer it; a second reply replaces the first. Raises NotAllowed unless an administrator asks, NotFound."""
    refuse_unless_administrator(by)
    answered = Feedback.objects.filter(pk=feedback_id).update(reply=reply, replied_at=now(), replied_by=by)
    if not answered:
        raise NotFound("no such feedback")
