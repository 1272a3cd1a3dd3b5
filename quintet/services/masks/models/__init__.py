"""The tables of masks."""

from quintet.services.masks.models.cameras import Camera
from quintet.services.masks.models.feedback import Feedback
from quintet.services.masks.models.pictures import Batch, Picture, Tally
from quintet.services.masks.models.quotas import Kind, LedgerEntry, Quota

__all__ = ["Batch", "Camera", "Feedback", "Kind", "LedgerEntry", "Picture", "Quota", "Tally"]
