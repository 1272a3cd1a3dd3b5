"""What can be done in masks."""

from quintet.services.masks.actions.accounts import register
from quintet.services.masks.actions.batches import begin_batch, cancel_batch
from quintet.services.masks.actions.cameras import bind_camera, create_camera
from quintet.services.masks.actions.feedback import reply_to_feedback, submit_feedback
from quintet.services.masks.actions.pictures import Seen, calculate_picture, delete_picture, draw_kept_picture
from quintet.services.masks.actions.quotas import spend, top_up

__all__ = [
    "Seen",
    "begin_batch",
    "bind_camera",
    "calculate_picture",
    "cancel_batch",
    "create_camera",
    "delete_picture",
    "draw_kept_picture",
    "register",
    "reply_to_feedback",
    "spend",
    "submit_feedback",
    "top_up",
]
