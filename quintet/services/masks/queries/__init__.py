"""What masks knows."""

from quintet.services.masks.queries.cameras import (
    SOURCE_SEAL,
    Condition,
    any_camera_has_a_source,
    camera_open_to,
    cameras_of,
    cameras_shown_to,
    condition_of,
    deliveries_of,
    event_open_to,
    events_of,
    free_cameras,
    is_open_to,
    is_read,
    last_hour_of,
    minutes_of,
    snapshot_of,
)
from quintet.services.masks.queries.detectors import (
    camera_detector,
    detector_called,
    known_models,
    model_for,
    models_folder,
    picture_detector,
    video_detector,
    why_models_run_elsewhere,
)
from quintet.services.masks.queries.feedback import feedback_shown_to
from quintet.services.masks.queries.people import is_administrator, refuse_unless_administrator
from quintet.services.masks.queries.pictures import Pictures, batch_of, batches_of, picture_of, pictures_of, states_in
from quintet.services.masks.queries.quotas import has_any_left, topped_up_today
from quintet.services.masks.queries.statistics import counters, seen_by_moment
from quintet.services.masks.queries.videos import video_of, video_when_finished, videos_of

__all__ = [
    "SOURCE_SEAL",
    "Condition",
    "Pictures",
    "any_camera_has_a_source",
    "batch_of",
    "batches_of",
    "camera_detector",
    "camera_open_to",
    "cameras_of",
    "cameras_shown_to",
    "condition_of",
    "counters",
    "deliveries_of",
    "detector_called",
    "event_open_to",
    "events_of",
    "feedback_shown_to",
    "free_cameras",
    "has_any_left",
    "is_administrator",
    "is_open_to",
    "is_read",
    "known_models",
    "last_hour_of",
    "minutes_of",
    "model_for",
    "models_folder",
    "picture_detector",
    "picture_of",
    "pictures_of",
    "refuse_unless_administrator",
    "seen_by_moment",
    "snapshot_of",
    "states_in",
    "topped_up_today",
    "video_detector",
    "video_of",
    "video_when_finished",
    "videos_of",
    "why_models_run_elsewhere",
]
