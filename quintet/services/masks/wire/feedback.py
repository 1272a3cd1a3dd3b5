"""Feedback on the wire."""

from quintet.services.masks.models import Feedback


def feedback(row: Feedback) -> dict[str, object]:
    """One entry of the feedback list."""
    return {
        "feedback_id": row.pk,
        "user_id": row.owner_id,
        "username": row.owner.username,
        "title": row.title,
        "content": row.content,
        "contact": row.contact,
        "created_at": row.created_at.isoformat(),
        "reply": row.reply,
        "replied_at": row.replied_at.isoformat() if row.replied_at else None,
    }
