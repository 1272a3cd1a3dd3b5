"""The tables of masks."""

from quintet.services.masks.models.cameras import Camera
from quintet.services.masks.models.feedback import Feedback
from quintet.services.masks.models.quotas import Kind, LedgerEntry, Quota

__all__ = ["Camera", "Feedback", "Kind", "LedgerEntry", "Quota"]
