"""Shapes on the wire, and how masks says no."""

from quintet.services.masks.wire.accounts import person, read_authority
from quintet.services.masks.wire.cameras import (
    BOUNDARY,
    camera,
    camera_delivery,
    camera_event,
    camera_minute,
    mjpeg,
    read_address,
    server_sent_event,
    watched_camera,
)
from quintet.services.masks.wire.dialects import CAMERA, DIALECT, LOGIN, LOGOUT, OK, OK_WITH_MESSAGE, REGISTER, UPLOAD
from quintet.services.masks.wire.feedback import feedback
from quintet.services.masks.wire.pictures import (
    as_coco,
    as_csv,
    as_json,
    batch,
    boxes,
    calculated_picture,
    face,
    picture,
    read_batch,
    read_picture,
)
from quintet.services.masks.wire.quotas import read_kind, resources
from quintet.services.masks.wire.ranges import file_answer
from quintet.services.masks.wire.statistics import metrics, read_moment, read_span, statistics
from quintet.services.masks.wire.videos import (
    FILES,
    kept_file,
    read_video,
    seconds_to_wait,
    still_in_work,
    video,
    video_url,
)

__all__ = [
    "BOUNDARY",
    "CAMERA",
    "DIALECT",
    "FILES",
    "LOGIN",
    "LOGOUT",
    "OK",
    "OK_WITH_MESSAGE",
    "REGISTER",
    "UPLOAD",
    "as_coco",
    "as_csv",
    "as_json",
    "batch",
    "boxes",
    "calculated_picture",
    "camera",
    "camera_delivery",
    "camera_event",
    "camera_minute",
    "face",
    "feedback",
    "file_answer",
    "kept_file",
    "metrics",
    "mjpeg",
    "person",
    "picture",
    "read_address",
    "read_authority",
    "read_batch",
    "read_kind",
    "read_moment",
    "read_picture",
    "read_span",
    "read_video",
    "resources",
    "seconds_to_wait",
    "server_sent_event",
    "statistics",
    "still_in_work",
    "video",
    "video_url",
    "watched_camera",
]
