"""Views: read the wire, call one action or query, write the wire."""

from quintet.services.masks.api.accounts import login, logout, register
from quintet.services.masks.api.cameras import add_camera, create_camera
from quintet.services.masks.api.feedback import list_feedback, reply_to_feedback, submit_feedback
from quintet.services.masks.api.pictures import calculate_picture
from quintet.services.masks.api.quotas import add_resources, resources

__all__ = [
    "add_camera",
    "add_resources",
    "calculate_picture",
    "create_camera",
    "list_feedback",
    "login",
    "logout",
    "register",
    "reply_to_feedback",
    "resources",
    "submit_feedback",
]
