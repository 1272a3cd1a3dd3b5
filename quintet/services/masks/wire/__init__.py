"""Shapes on the wire, and how masks says no."""

from quintet.services.masks.wire.accounts import person, read_authority
from quintet.services.masks.wire.cameras import camera
from quintet.services.masks.wire.dialects import DIALECT, LOGIN, LOGOUT, OK, OK_WITH_MESSAGE, REGISTER, UPLOAD
from quintet.services.masks.wire.feedback import feedback
from quintet.services.masks.wire.pictures import boxes, calculated_picture, face, read_picture
from quintet.services.masks.wire.quotas import read_kind, resources

__all__ = [
    "DIALECT",
    "LOGIN",
    "LOGOUT",
    "OK",
    "OK_WITH_MESSAGE",
    "REGISTER",
    "UPLOAD",
    "boxes",
    "calculated_picture",
    "camera",
    "face",
    "feedback",
    "person",
    "read_authority",
    "read_kind",
    "read_picture",
    "resources",
]
