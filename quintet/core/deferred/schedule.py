"""What comes again and again: however many workers look, each occurrence is enqueued once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from quintet.core.clock import now
from quintet.core.deferred.actions import REPETITIONS, Repetition, enqueue
from quintet.core.deferred.models import UNFINISHED, Job, Schedule


def enqueue_what_is_due() -> int:
    """Enqueue each repeating kind whose moment has come; returns how many."""
    written = {row.name: row for row in Schedule.objects.filter(name__in=sorted(REPETITIONS))}
    return sum(_look_at(repetition, written.get(repetition.kind)) for repetition in REPETITIONS.values())


def _look_at(repetition: Repetition, row: Schedule | None) -> bool:
    moment = now()
    if row is None:
        first = {"rule": repetition.rule, "next_at": moment_after(repetition, moment, since=moment)}
        Schedule.objects.get_or_create(name=repetition.kind, defaults=first)
        return False
    if row.rule != repetition.rule:
        next_at = moment_after(repetition, moment, since=moment)
        Schedule.objects.filter(name=row.name, rule=row.rule).update(rule=repetition.rule, next_at=next_at)
        return False
    return row.next_at <= moment and _occur(repetition, row, moment)


def _occur(repetition: Repetition, row: Schedule, moment: datetime) -> bool:
    next_at = moment_after(repetition, moment, since=row.next_at)
    with transaction.atomic():
        # Whoever moves the row on enqueues; all others find it moved.
        if not Schedule.objects.filter(name=row.name, next_at=row.next_at).update(next_at=next_at):
            return False
        if row.last_job_id is not None and Job.objects.filter(pk=row.last_job_id, state__in=UNFINISHED).exists():
            return False
        Schedule.objects.filter(name=row.name).update(last_job=enqueue(repetition.kind))
        return True


def moment_after(repetition: Repetition, moment: datetime, *, since: datetime) -> datetime:
    """The first occurrence after a moment.

    since   an earlier occurrence, so that an interval keeps its beat
    """
    if repetition.daily_at is None:
        step = timedelta(seconds=repetition.seconds or 1)
        return since + ((moment - since) // step + 1) * step
    zone = timezone.get_default_timezone()
    day = timezone.localdate(moment, zone)
    today = datetime.combine(day, repetition.daily_at, tzinfo=zone)
    return today if today > moment else datetime.combine(day + timedelta(days=1), repetition.daily_at, tzinfo=zone)
