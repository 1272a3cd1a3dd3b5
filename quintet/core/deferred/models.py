"""Job: one deferred action. Schedule: what comes again. Worker: who is alive."""

from typing import ClassVar, Literal

from django.db import models
from django.db.models import F, Q

State = Literal["queued", "running", "done", "failed", "cancelled"]
QUEUED: State = "queued"
RUNNING: State = "running"
DONE: State = "done"
FAILED: State = "failed"
CANCELLED: State = "cancelled"
STATES: tuple[State, ...] = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
UNFINISHED: tuple[State, ...] = (QUEUED, RUNNING)

# The row that joins the parts of its parent.
JOIN = -1


class Job(models.Model):
    """One deferred action.

    run_after    not before; without one it waits until the other parts of its parent are done
    attempts     how often it was begun, deaths of workers included
    lease        grows each time somebody takes the row; what is written under an older number is refused
    lease_until  when the row may be taken from a worker that is silent
    rung_at      when a broker was last told of it
    error        the traceback, for operators
    said         what the person who asked may be told about a failure
    parent       the action this one is a part of; `part_no` says which, JOIN is the one that joins them
    owner_id     who asked; a number, because this package knows no accounts
    """

    id: int
    kind = models.CharField(max_length=100)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=32, default="default")
    state = models.CharField(max_length=9, default=QUEUED, choices=[(state, state) for state in STATES])
    priority = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True, default="")
    done_units = models.PositiveBigIntegerField(default=0)
    total_units = models.PositiveBigIntegerField(default=0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    said = models.TextField(blank=True, default="")
    # Its index would repeat that of job_part_once.
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="parts", db_index=False)
    part_no = models.IntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["parent", "part_no"], name="job_part_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1, attempts__lte=F("max_attempts")), name="job_attempts_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(state=RUNNING, lease_until__isnull=False) | Q(~Q(state=RUNNING), lease_until__isnull=True),
                name="job_leased_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, finished_at__isnull=True)
                | Q(~Q(state__in=UNFINISHED), finished_at__isnull=False),
                name="job_finished_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(part_no__isnull=True) | Q(parent__isnull=False), name="job_part_has_a_parent"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The claim walks the first in its order; not partial, since SQLite does not use a partial index for a
            # state that comes as a parameter.
            models.Index(F("state"), F("priority").desc(), F("id"), name="job_next"),
            models.Index(fields=["state", "lease_until"], name="job_expired"),
            models.Index(fields=["owner_id", "id"], name="job_of_owner"),
        ]


class Schedule(models.Model):
    """When something that comes again is next due. The rule itself stands in code; `rule` shows when it changed."""

    name = models.CharField(max_length=100, primary_key=True)
    rule = models.CharField(max_length=60)
    next_at = models.DateTimeField()
    last_job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")


class Worker(models.Model):
    """One process that takes actions from the table, and when it was last alive."""

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
