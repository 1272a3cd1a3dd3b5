"""Real workers that are stopped, orphaned, frozen, or without a database."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from quintet.core.deferred.worker import GRACE_SECONDS
from quintet.core.testing import engines
from tests.jobs.floor import Floor, floor

WORKER = [sys.executable, "-m", "quintet.core.deferred"]
LIVING = "SELECT count(*) FROM deferred_worker"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Floor]:
    with floor(tmp_path) as made:
        yield made


def begin(here: Floor, *, seconds: float, reports: bool) -> None:
    """A worker with an action in hand."""
    here.prepare(("jobs.stay", {"seconds": seconds, "reports": reports}))
    here.start(WORKER)
    here.wait_until(lambda: here.notes() != [])


def test_a_worker_that_is_told_to_stop_gives_back_what_takes_long(here: Floor) -> None:
    begin(here, seconds=60, reports=True)
    assert here.stop() == [0]
    assert here.ask("SELECT state, attempts FROM deferred_job") == [("queued", 0)]
    assert here.number(LIVING) == 0


def test_a_worker_keeps_its_lease_and_ends_what_is_short_when_it_is_told_to_stop(here: Floor) -> None:
    begin(here, seconds=2.2, reports=False)
    # Another would take the action over as soon as the lease of one second ran out.
    here.start(WORKER)
    here.wait_until(lambda: here.number(LIVING) == 2)
    here.running[0].terminate()
    here.running[0].wait(30)
    assert here.stop() == [0, 0]
    assert here.ask("SELECT state, attempts FROM deferred_job") == [("done", 1)]
    assert [event for event, *_ in here.notes()] == ["begun", "ended"]


def test_a_worker_that_is_told_twice_gives_back_at_once_what_does_not_listen(here: Floor) -> None:
    begin(here, seconds=60, reports=False)
    told_at = time.monotonic()
    here.running[0].send_signal(signal.SIGINT)
    assert here.stop() == [0]
    assert time.monotonic() - told_at < GRACE_SECONDS
    assert here.ask("SELECT state, attempts FROM deferred_job") == [("queued", 0)]


def test_workers_end_with_the_process_that_started_them(here: Floor) -> None:
    here.prepare()
    head = here.start([*WORKER, "--processes", "2"])
    here.wait_until(lambda: here.number(LIVING) == 2)
    os.kill(head.pid, signal.SIGKILL)
    head.wait()
    here.running.clear()
    here.wait_until(lambda: here.number(LIVING) == 0)


def test_a_frozen_worker_that_wakes_up_writes_nothing(here: Floor) -> None:
    begin(here, seconds=1.5, reports=False)
    frozen = here.running[0]
    frozen.send_signal(signal.SIGSTOP)
    here.start(WORKER)
    here.wait_until(lambda: here.number("SELECT lease FROM deferred_job") == 2)
    frozen.send_signal(signal.SIGCONT)
    here.wait_until(lambda: [event for event, *_ in here.notes()].count("ended") == 2)
    assert here.stop() == [0, 0]
    [(written_by, state)] = here.ask("SELECT written_by, state FROM ledger, deferred_job")
    assert (written_by.split("-")[1], state) == ("2", "done")


def test_a_worker_waits_for_a_database_that_is_not_there_yet(here: Floor) -> None:
    here.start(WORKER)
    here.wait_until(lambda: b"cannot be used" in (here.folder / "printed").read_bytes())
    here.prepare(("jobs.write_number", {"number": 1, "milliseconds": 0}))
    here.wait_until(lambda: here.ask("SELECT state FROM deferred_job") == [("done",)])


@engines.needs_postgres()
def test_a_worker_outlives_the_loss_of_its_connections(tmp_path: Path) -> None:
    with engines.a_database() as database, floor(tmp_path, database=database) as here:
        begin(here, seconds=0.6, reports=True)
        here.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        here.wait_until(lambda: here.ask("SELECT state, attempts FROM deferred_job") == [("done", 1)])
        here.enqueue(("jobs.write_number", {"number": 5, "milliseconds": 0}))
        here.wait_until(lambda: here.number("SELECT count(*) FROM ledger") == 2)
