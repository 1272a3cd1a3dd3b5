"""What masks knows."""

from quintet.services.masks.queries.cameras import cameras_of, free_cameras
from quintet.services.masks.queries.feedback import feedback_shown_to
from quintet.services.masks.queries.people import is_administrator, refuse_unless_administrator
from quintet.services.masks.queries.pictures import Pictures, batch_of, batches_of, picture_of, pictures_of, states_in
from quintet.services.masks.queries.quotas import has_any_left, topped_up_today
from quintet.services.masks.queries.statistics import counters, seen_by_moment

__all__ = [
    "Pictures",
    "batch_of",
    "batches_of",
    "cameras_of",
    "counters",
    "feedback_shown_to",
    "free_cameras",
    "has_any_left",
    "is_administrator",
    "picture_of",
    "pictures_of",
    "refuse_unless_administrator",
    "seen_by_moment",
    "states_in",
    "topped_up_today",
]
