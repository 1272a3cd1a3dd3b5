"""The tables of masks."""

from quintet.services.masks.models.cameras import Camera, CameraDelivery, CameraEvent, CameraMinute
from quintet.services.masks.models.feedback import Feedback
from quintet.services.masks.models.pictures import Batch, Picture, Tally
from quintet.services.masks.models.quotas import Kind, LedgerEntry, Quota
from quintet.services.masks.models.videos import Video

__all__ = [
    "Batch",
    "Camera",
    "CameraDelivery",
    "CameraEvent",
    "CameraMinute",
    "Feedback",
    "Kind",
    "LedgerEntry",
    "Picture",
    "Quota",
    "Tally",
    "Video",
]
