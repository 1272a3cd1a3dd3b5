"""Declaring kinds of deferred actions for the time of one test, and standing in for other workers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from quintet.core.clock import now
from quintet.core.deferred.actions import KINDS, REPETITIONS, load_handlers
from quintet.core.deferred.models import Job
from quintet.core.deferred.running import claim
from quintet.core.testing import engines
from quintet.core.testing.databases import default_database


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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=engines.needs_postgres())])
def shared(request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """A database that commits, and that threads see."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        address = tmp_path / "shared.sqlite3" if request.param == "sqlite" else None
        stack.enter_context(default_database(address or stack.enter_context(engines.a_database()), "deferred"))
        yield


def at_once(*steps: Callable[[], object]) -> None:
    """Each in a thread of its own; what one raises comes out here."""
    raised: list[BaseException] = []

    def caught(step: Callable[[], object]) -> None:
        try:
            step()
        except BaseException as failure:  # noqa: BLE001
            raised.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=caught, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


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
