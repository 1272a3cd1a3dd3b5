"""Declaring kinds of deferred actions for the time of one test, and standing in for other workers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from quintet.core.clock import now
from quintet.core.deferred.actions import KINDS, REPETITIONS, load_handlers
from quintet.core.deferred.models import Job
from quintet.core.deferred.running import claim


@pytest.fixture
def only_ours() -> Iterator[None]:
    """No kind is known but those that the test declares."""
    load_handlers()
    kinds, repetitions = dict(KINDS), dict(REPETITIONS)
    KINDS.clear()
    REPETITIONS.clear()
    yield
    KINDS.clear()
    KINDS.update(kinds)
    REPETITIONS.clear()
    REPETITIONS.update(repetitions)


def let_the_lease_run_out(job: Job) -> None:
    """As if its worker had been silent for as long."""
    Job.objects.filter(pk=job.pk, state="running").update(lease_until=now() - timedelta(seconds=1))


def take_over(job: Job) -> Job:
    """Another worker takes the row from a silent one."""
    let_the_lease_run_out(job)
    taken = claim("another", job_id=job.pk)
    assert taken is not None
    return taken


def row(job: Job) -> Any:
    """As it stands in the table now."""
    return Job.objects.get(pk=job.pk)
