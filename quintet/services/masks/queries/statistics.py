"""What was seen, by hour or day, and counters for machines."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from django.db.models import Sum
from django.db.models.functions import TruncDay, TruncHour

from quintet.accounts.models import User
from quintet.core.deferred.queries import counts_by_state
from quintet.services.masks.models import Camera, Picture, Tally
from quintet.services.masks.rules import CLASSES

_SUMMED = ("looked", *CLASSES)


def seen_by_moment(
    owner: User | None, *, since: datetime, until: datetime, by: str, zone: tzinfo
) -> list[tuple[datetime, str, dict[str, int]]]:
    """Hour or day (of the local time `zone`), source, and what was seen; oldest first. None: everybody's."""
    truncated = TruncDay("hour", tzinfo=zone) if by == "day" else TruncHour("hour", tzinfo=zone)
    rows = Tally.objects.filter(hour__gte=since, hour__lt=until)
    if owner is not None:
        rows = rows.filter(owner=owner)
    grouped = rows.annotate(moment=truncated).values("moment", "source").order_by("moment", "source")
    summed = grouped.values_list("moment", "source", *(Sum(name) for name in _SUMMED))
    return [(moment, source, dict(zip(_SUMMED, sums, strict=True))) for moment, source, *sums in summed]


def counters() -> Iterable[tuple[str, str, dict[str, str], int]]:
    """Name, help, labels, value: the service's own counters since it began."""
    grouped = Tally.objects.values("source").order_by("source")
    for source, looked, *faces in grouped.values_list("source", *(Sum(name) for name in _SUMMED)):
        about = {"source": source}
        yield "quintet_masks_looked_total", "Pictures, videos and camera minutes looked at.", about, looked
        for name, count in zip(CLASSES, faces, strict=True):
            yield "quintet_masks_faces_total", "Faces seen, by class.", {**about, "class": name}, count
    yield "quintet_masks_pictures_kept", "Pictures kept to be seen again.", {}, Picture.objects.count()
    yield "quintet_masks_cameras", "Cameras that are known.", {}, Camera.objects.count()
    for state, count in counts_by_state().items():
        yield "quintet_deferred_actions", "Deferred actions in the table, by state.", {"state": state}, count
