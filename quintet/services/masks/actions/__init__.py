"""What can be done in masks."""

from quintet.services.masks.actions.accounts import register
from quintet.services.masks.actions.batches import begin_batch, cancel_batch
from quintet.services.masks.actions.camera_leases import (
    claim_camera,
    give_cameras_back,
    keep_cameras,
    lease_seconds,
    write_state,
)
from quintet.services.masks.actions.camera_sights import forget_camera_past, report_unmasked, write_minute
from quintet.services.masks.actions.cameras import (
    bind_camera,
    change_camera,
    create_camera,
    delete_camera,
    unbind_camera,
)
from quintet.services.masks.actions.feedback import reply_to_feedback, submit_feedback
from quintet.services.masks.actions.pictures import Seen, calculate_picture, delete_picture, draw_kept_picture
from quintet.services.masks.actions.quotas import give_back, spend, top_up
from quintet.services.masks.actions.video_files import video_workplace
from quintet.services.masks.actions.video_work import calculate_video, calculate_video_part, join_video
from quintet.services.masks.actions.videos import (
    cancel_video,
    delete_video,
    drop_old_videos,
    refuse_without_quota,
    submit_video,
)
from quintet.services.masks.actions.webhooks import deliver_webhook

__all__ = [
    "Seen",
    "begin_batch",
    "bind_camera",
    "calculate_picture",
    "calculate_video",
    "calculate_video_part",
    "cancel_batch",
    "cancel_video",
    "change_camera",
    "claim_camera",
    "create_camera",
    "delete_camera",
    "delete_picture",
    "delete_video",
    "deliver_webhook",
    "draw_kept_picture",
    "drop_old_videos",
    "forget_camera_past",
    "give_back",
    "give_cameras_back",
    "join_video",
    "keep_cameras",
    "lease_seconds",
    "refuse_without_quota",
    "register",
    "reply_to_feedback",
    "report_unmasked",
    "spend",
    "submit_feedback",
    "submit_video",
    "top_up",
    "unbind_camera",
    "video_workplace",
    "write_minute",
    "write_state",
]
