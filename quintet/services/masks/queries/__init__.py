"""What masks knows."""

from quintet.services.masks.queries.cameras import cameras_of, free_cameras
from quintet.services.masks.queries.feedback import feedback_shown_to
from quintet.services.masks.queries.people import is_administrator, refuse_unless_administrator
from quintet.services.masks.queries.quotas import has_any_left, topped_up_today

__all__ = [
    "cameras_of",
    "feedback_shown_to",
    "free_cameras",
    "has_any_left",
    "is_administrator",
    "refuse_unless_administrator",
    "topped_up_today",
]
