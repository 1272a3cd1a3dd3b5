"""Views: read the wire, call one action or query, write the wire."""

from quintet.services.masks.api.accounts import login, logout, register
from quintet.services.masks.api.cameras import add_camera, create_camera
from quintet.services.masks.api.feedback import list_feedback, reply_to_feedback, submit_feedback
from quintet.services.masks.api.pictures import (
    batch,
    calculate_picture,
    calculate_pictures,
    cancel_batch,
    delete_picture,
    export_pictures,
    list_batches,
    list_pictures,
    original,
    picture,
    result,
    thumbnail,
)
from quintet.services.masks.api.quotas import add_resources, resources
from quintet.services.masks.api.statistics import metrics, statistics

__all__ = [
    "add_camera",
    "add_resources",
    "batch",
    "calculate_picture",
    "calculate_pictures",
    "cancel_batch",
    "create_camera",
    "delete_picture",
    "export_pictures",
    "list_batches",
    "list_feedback",
    "list_pictures",
    "login",
    "logout",
    "metrics",
    "original",
    "picture",
    "register",
    "reply_to_feedback",
    "resources",
    "result",
    "statistics",
    "submit_feedback",
    "thumbnail",
]
