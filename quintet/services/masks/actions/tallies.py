"""What was seen is counted by the hour."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from quintet.services.masks.models import Tally
from quintet.services.masks.rules import CLASSES


def count_seen(*, owner_id: int, source: str, at: datetime, looked: int, counts: Mapping[str, int]) -> None:
    """Add to the hour of `at`; call it in the transaction in which the seeing itself becomes true.

    source  "picture", "video" or "camera"
    counts  class -> how many; classes that are not there count 0
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    row = Tally.objects.filter(owner_id=owner_id, source=source, hour=hour)
    added = {"looked": F("looked") + looked, **{name: F(name) + counts.get(name, 0) for name in CLASSES}}
    if not row.update(**added):
        # Somebody else may make the hour's row at the same moment; then this adds to theirs.
        with transaction.atomic():
            Tally.objects.get_or_create(owner_id=owner_id, source=source, hour=hour)
        row.update(**added)
