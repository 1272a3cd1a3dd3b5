"""Celery as the bell: `celery -A quintet.core.deferred.celery worker`, or `quintet worker` with QUINTET_JOBS=celery.

A message is acknowledged at once and names a row. The worker then takes the most urgent due row of that row's queue,
which may be another one whose own message follows. Rows whose messages got lost are rung for again.
"""

import mmap
import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import billiard.pool
import django
from celery import Celery
from celery.signals import celeryd_init, task_prerun, worker_ready, worker_shutdown, worker_shutting_down
from django.apps import apps
from django.db import close_old_connections, connections
from django.db.models import F, Q
from kombu import Exchange, Queue

if not apps.ready:
    # Only `celery -A` comes here without Django; the server names its settings itself.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.server.settings")
    django.setup()

from quintet.core.clock import now
from quintet.core.deferred import bell
from quintet.core.deferred.actions import KINDS, load_handlers
from quintet.core.deferred.heart import Heart
from quintet.core.deferred.models import QUEUED, RUNNING, Job
from quintet.core.deferred.processes import worker_name
from quintet.core.deferred.running import Pulse, claim, lease_seconds, run
from quintet.core.deferred.worker import chores

_SWEEP_EVERY_SECONDS = 1.0
_RUNG_AT_ONCE = 500


class _SharedFlag:
    """Set in Celery's first process, seen in those it forks. A byte, not a lock: who holds a lock may be killed."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def is_set(self) -> bool:
        return self._byte[0] == 1

    def set(self) -> None:
        self._byte[0] = 1


# Celery's own care for Django is left out: it would reconnect to the database for each message.
app = Celery("quintet", set_as_current=False, fixups=[])
app.conf.update(
    bell.configuration(
        broker_transport_options=bell.transport_options(),
        # The broker may come later than the worker, and come back.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
)
# At its end a forked process waits for the first one to count its results, in tenths of a second: half a minute,
# unless told that there are none worth it.
billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10
_stopping = _SharedFlag()
_hearts: list[Heart] = []
_parent_pid = 0


def run_celery_worker(concurrency: int = 1, *, queues: Sequence[str] | None = None, parent_pid: int = 0) -> int:
    """Answer bells until SIGTERM; returns the exit status. What is in hand ends, or is given back at its next
    progress.

    queues      only these, by our names for them; None: all
    parent_pid  stop when this process is no longer its child
    """
    global _parent_pid
    _parent_pid = parent_pid
    named = [bell.queue_name(queue) for queue in queues] if queues else None
    worker = app.Worker(
        concurrency=concurrency,
        queues=named,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


@app.task(name=bell.TASK, acks_late=False)
def answer_bell(job_id: int) -> None:
    """Somebody rang for a row: do what is most urgent where it stands."""
    queue = Job.objects.filter(pk=job_id).values_list("queue", flat=True).first()
    name = worker_name()
    job = claim(name, queues=[queue]) if queue is not None else None
    if job is None:
        return
    pulse, heart = Pulse(_stopping), Heart(name, queues=None)
    heart.start()
    try:
        with heart.keeping(job, pulse):
            run(job, pulse)
    finally:
        heart.end()


def sweep() -> int:
    """Ring for rows that are due or whose worker is silent, unless that was done within the last lease; how many."""
    moment = now()
    is_due = Q(state=QUEUED, run_after__lte=moment) | Q(state=RUNNING, lease_until__lt=moment)
    unheard = Q(rung_at__isnull=True) | Q(rung_at__lt=moment - timedelta(seconds=lease_seconds()))
    rows = Job.objects.filter(is_due, unheard, kind__in=sorted(KINDS)).order_by(F("rung_at").asc(nulls_first=True))
    return sum(_ring_again(*row) for row in rows.values_list("pk", "queue", "rung_at")[:_RUNG_AT_ONCE])


def _ring_again(job_id: int, queue: str, rung_at: datetime | None) -> bool:
    # Of several workers that sweep, one rings for the row. A broker that is down is rung when it is back.
    if bell.is_silent() or not Job.objects.filter(pk=job_id, rung_at=rung_at).update(rung_at=now()):
        return False
    is_heard = bell.ring(job_id, queue)
    if not is_heard:
        Job.objects.filter(pk=job_id).update(rung_at=None)
    return is_heard


@celeryd_init.connect
def _prepare(conf: object = None, **_: object) -> None:
    load_handlers()
    names = sorted({kind.queue for kind in KINDS.values()} | {"default"})
    app.conf.task_queues = [
        Queue(name, Exchange(name), routing_key=name) for name in (bell.queue_name(each) for each in names)
    ]
    # What is forked must not share a connection.
    connections.close_all()


@task_prerun.connect
def _refresh(**_: object) -> None:
    close_old_connections()


@worker_ready.connect
def _begin(**_: object) -> None:
    queues = sorted({kind.queue for kind in KINDS.values()} | {"default"})
    heart = Heart(
        worker_name(), queues=queues, parent_pid=_parent_pid, chores=[*chores(), (_SWEEP_EVERY_SECONDS, sweep)]
    )
    _hearts.append(heart)
    heart.start()


@worker_shutting_down.connect
def _give_back(**_: object) -> None:
    _stopping.set()


@worker_shutdown.connect
def _end(**_: object) -> None:
    for heart in _hearts:
        heart.end()
