"""What can be done in masks."""

from quintet.services.masks.actions.accounts import register
from quintet.services.masks.actions.cameras import bind_camera, create_camera
from quintet.services.masks.actions.feedback import reply_to_feedback, submit_feedback
from quintet.services.masks.actions.pictures import CalculatedPicture, calculate_picture
from quintet.services.masks.actions.quotas import spend, top_up

__all__ = [
    "CalculatedPicture",
    "bind_camera",
    "calculate_picture",
    "create_camera",
    "register",
    "reply_to_feedback",
    "spend",
    "submit_feedback",
    "top_up",
]
