"""Shapes on the wire, and how masks says no."""

from quintet.services.masks.wire.accounts import person, read_authority
from quintet.services.masks.wire.cameras import camera
from quintet.services.masks.wire.dialects import DIALECT, LOGIN, LOGOUT, OK, OK_WITH_MESSAGE, REGISTER, UPLOAD
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
from quintet.services.masks.wire.statistics import metrics, read_moment, read_span, statistics

__all__ = [
    "DIALECT",
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
    "face",
    "feedback",
    "metrics",
    "person",
    "picture",
    "read_authority",
    "read_batch",
    "read_kind",
    "read_moment",
    "read_picture",
    "read_span",
    "resources",
    "statistics",
]
