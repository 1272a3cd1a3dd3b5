"""What the table of deferred actions says."""

from datetime import datetime


def worker_was_seen_since(moment: datetime) -> bool:
    return True
