"""Pictures that were looked at, and batches of them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, QuerySet

from quintet.accounts.models import User
from quintet.core.errors import NotFound
from quintet.services.masks.models import Batch, Picture
from quintet.services.masks.rules import CLASSES

Pictures = QuerySet[Picture]


def pictures_of(
    owner: User,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    batch_id: int | None = None,
    wearing: str | None = None,
    state: str | None = None,
) -> Pictures:
    """The person's pictures, newest first; `wearing` keeps those on which a face of that class was seen."""
    found = Picture.objects.filter(owner=owner).order_by("-id")
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    if batch_id is not None:
        found = found.filter(batch_id=batch_id)
    if wearing in CLASSES:
        found = found.filter(**{f"{wearing}__gt": 0})
    if state is not None:
        found = found.filter(state=state)
    return found


def picture_of(owner: User, picture_id: int) -> Picture:
    """Raises NotFound, also for somebody else's."""
    found = Picture.objects.filter(owner=owner, pk=picture_id).first()
    if found is None:
        raise NotFound("no such picture of this person")
    return found


def batches_of(owner: User) -> QuerySet[Batch]:
    """The person's batches, newest first."""
    return Batch.objects.filter(owner=owner).order_by("-id")


def batch_of(owner: User, batch_id: int) -> Batch:
    """Raises NotFound, also for somebody else's."""
    found = Batch.objects.filter(owner=owner, pk=batch_id).first()
    if found is None:
        raise NotFound("no such batch of this person")
    return found


def states_in(batches: Iterable[Batch]) -> dict[int, dict[str, int]]:
    """How many pictures of each batch wait, are done, were refused. One statement."""
    states = {batch.pk: dict.fromkeys((Picture.WAITING, Picture.DONE, Picture.REFUSED), 0) for batch in batches}
    counted = Picture.objects.filter(batch_id__in=states).values_list("batch_id", "state").annotate(Count("id"))
    for batch_id, state, count in counted.order_by():
        states[batch_id][state] = count
    return states
