"""What a save did is kept beside what it saved, in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models.functions import Length

from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, every
from quintet.services.annotation import conf
from quintet.services.annotation.models import Job, Save
from quintet.services.annotation.queries import stored
from quintet.services.annotation.queries.history import too_long_histories
from quintet.services.annotation.shapes.undo import KINDS, Ids, State, pack

Kind = Literal["put", "create", "update", "delete", "clear", "import", "restore", "function", "labels"]
_A_CENTURY = 36_500


def keep(job_id: int, version: int, taken: State, added: Ids, *, person_id: int | None, kind: Kind) -> bool:
    """Remember a save; False, and no row, when it changed nothing. Needs the transaction that holds the job.

    version   of the job after it
    taken     what stood there before: all that is gone or stands there in other words
    added     what stands there since
    """
    counts = _counts(taken, added)
    if not any(number for by_kind in counts.values() for number in by_kind.values()):
        return False
    Save.objects.create(
        job_id=job_id, version=version, person_id=person_id, kind=kind, counts=counts, at=now(),
        undo=pack(taken, added, stored.COLUMNS),
    )  # fmt: skip
    return True


def _counts(taken: State, added: Ids) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {"added": {}, "removed": {}, "changed": {}}
    for kind in KINDS:
        before, after = taken.of(kind).keys(), set(added.get(kind, ()))
        changed = len(before & after) if before and after else 0
        counts["added"][kind] = len(after) - changed
        counts["removed"][kind] = len(before) - changed
        counts["changed"][kind] = changed
    return counts


# For what changes rows where they stand: look before, keep afterwards.


def rows_of_label(label_id: int, jobs: Iterable[int]) -> dict[int, State]:
    """What these jobs hold of a label, to be given to `keep_changes` once it has been changed."""
    return {job_id: stored.state_of_label(job_id, label_id) for job_id in jobs}


def keep_changes(before: Mapping[int, State], *, person_id: int | None, kind: Kind) -> None:
    """Remember what has become of these rows in their jobs, which have their new versions already."""
    versions = dict(Job.objects.filter(pk__in=before).values_list("pk", "version"))
    for job_id, was in before.items():
        taken, added = was.difference(stored.state_of_some(job_id, was.ids()))
        keep(job_id, versions[job_id], taken, added.ids(), person_id=person_id, kind=kind)


@deferred("annotation.drop_history")
def drop_history(work: object) -> dict[str, int]:
    """Housekeeping: what is older, or more, than is kept."""
    jobs = too_long_histories(oldest=_oldest(), saves=conf.HISTORY_SAVES.value, size=_most_bytes())
    for job_id in jobs:
        _shorten(job_id)
    return {"jobs": len(jobs)}


def _oldest() -> datetime:
    return now() - timedelta(days=min(conf.HISTORY_DAYS.value, _A_CENTURY))


def _most_bytes() -> int:
    return conf.HISTORY_MB.value * 1024 * 1024


def _shorten(job_id: int) -> None:
    with transaction.atomic():
        # Whoever saves or restores at the same time comes before or after.
        Job.objects.select_for_update().filter(pk=job_id).first()
        saves = Save.objects.filter(job_id=job_id)
        rows = saves.order_by("-version").values_list("version", "at", Length("undo"))
        last, first_without_undo = _ends(list(rows), _oldest())
        saves.filter(version__lte=first_without_undo).exclude(undo=b"").update(undo=b"")
        # The newest of those that go stays without its undo: from it on the history is whole.
        saves.filter(version__lt=last).delete()


def _ends(rows: Sequence[tuple[int, datetime, int]], oldest: datetime) -> tuple[int, int]:
    """The newest version before which nothing is listed, and the newest before which nothing can be had again."""
    most, emptied = _most_bytes(), 0
    for place, (version, at, size) in enumerate(rows):
        if at < oldest or place >= conf.HISTORY_SAVES.value:
            return version, max(version, emptied)
        most -= size
        if most < 0 and not emptied:
            emptied = version
    return 0, emptied


every("annotation.drop_history", seconds=3600)
