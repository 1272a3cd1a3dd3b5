"""What a job's annotations were after each of its saves."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Length

from quintet.core.errors import NotFound
from quintet.services.annotation.errors import Forgotten, SavedMeanwhile
from quintet.services.annotation.models import Job, Save
from quintet.services.annotation.queries import stored
from quintet.services.annotation.queries.annotations import marks_of_rows, rules_of
from quintet.services.annotation.queries.doors import OpenJob
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.marks import Marks
from quintet.services.annotation.shapes.undo import State

_LOOKS = 10
# These took away all that the job held, so that nothing later needs to be looked at.
_WHOLE = ("put", "clear")
_SHOWN = ("version", "kind", "person_id", "person__username", "at", "counts")


def saves_of(job_id: int) -> QuerySet[Save, Any]:
    """version, kind, person's number and name, moment and counts of each save that changed something, newest first."""
    return Save.objects.filter(job_id=job_id).order_by("-version").values_list(*_SHOWN)


def oldest_kept(job_id: int) -> int:
    """The first version that can be had again; all later ones can, too."""
    newest = Save.objects.filter(job_id=job_id, undo=b"").aggregate(newest=Max("version"))["newest"]
    return int(newest or 0)


def last_save(job_id: int) -> tuple[int | None, str | None, datetime] | None:
    """Who changed a job's annotations last, and when; None when nobody has."""
    found = saves_of(job_id).first()
    return None if found is None else (found[2], found[3], found[4])


def saved_meanwhile(job_id: int) -> SavedMeanwhile | None:
    """The refusal of a save upon an old version; None when the job is gone."""
    version = Job.objects.filter(pk=job_id).values_list("version", flat=True).first()
    return None if version is None else SavedMeanwhile(version, last_save(job_id))


def too_long_histories(*, oldest: datetime, saves: int, size: int) -> list[int]:
    """Numbers of the jobs with saves from before `oldest`, more than so many, or of more bytes; one statement."""
    is_old = Q(at__lt=oldest)
    found = Save.objects.values("job_id").annotate(
        rows=Count("pk"), bytes=Sum(Length("undo")), old=Count("pk", filter=is_old),
        old_and_whole=Count("pk", filter=is_old & ~Q(undo=b"")),
    )  # fmt: skip
    # One old row without its undo says from where on a history is whole.
    too_long = Q(rows__gt=saves + 1) | Q(bytes__gt=size) | Q(old__gt=1) | Q(old_and_whole__gt=0)
    return sorted(found.filter(too_long).values_list("job_id", flat=True))


def marks_at(job: OpenJob, version: int) -> Marks:
    """What was marked in a job at that version, with the labels as they are. Raises NotFound, Forgotten."""
    return as_marks(state_at(job.id, version), rules_of(job.task.id), version)


def state_at(job_id: int, version: int) -> State:
    """The rows at that version, reckoned back from what stands there now, or from a later save that replaced all.

    Raises NotFound for a version that is still to come, Forgotten for one that is not kept any more.
    """
    _refuse_forgotten(job_id, version)
    for _ in range(_LOOKS):
        newest = _version_of(job_id)
        if version > newest:
            raise NotFound("no such version")
        state, until = _begin(job_id, version)
        if until is not None or _version_of(job_id) == newest:
            break
    later = Save.objects.filter(job_id=job_id, version__gt=version, version__lte=newest if until is None else until)
    for undo in later.order_by("-version").values_list("undo", flat=True).iterator(chunk_size=20):
        if undo:
            state.undo(bytes(undo), stored.COLUMNS)
    # Housekeeping may have taken away what was about to be read.
    _refuse_forgotten(job_id, version)
    return state


def _refuse_forgotten(job_id: int, version: int) -> None:
    if version < oldest_kept(job_id):
        raise Forgotten(f"version {version} is not kept any more")


def _version_of(job_id: int) -> int:
    found = Job.objects.filter(pk=job_id).values_list("version", flat=True).first()
    if found is None:
        raise NotFound("the job is gone")
    return found


def _begin(job_id: int, version: int) -> tuple[State, int | None]:
    """Something to begin with, and the newest save that must be undone to get from it to the version; None: all."""
    whole = Save.objects.filter(job_id=job_id, version__gt=version, kind__in=_WHOLE).order_by("version")
    until = whole.values_list("version", flat=True).first()
    return (stored.state_of_job(job_id), None) if until is None else (State(), until)


def as_marks(state: State, rules: Rules, version: int) -> Marks:
    """The same as GET shows it."""
    return marks_of_rows(state.rows(), stored.COLUMNS, rules, version)
