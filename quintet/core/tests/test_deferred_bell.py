"""A broker is told of rows, and may be down."""

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from quintet.core.clock import now
from quintet.core.deferred import bell
from quintet.core.deferred.actions import deferred, enqueue
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job
from quintet.core.deferred.running import Work
from quintet.core.tests.deferred_kinds import only_ours, row

__all__ = ["only_ours"]
pytestmark = pytest.mark.usefixtures("db", "only_ours")
pytest.importorskip("celery", reason="the package celery is not installed (pip install 'quintet[scale]')")

Message = tuple[str, list[Any]]
Heard = Callable[[str], list[Message]]
Commit = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port at which somebody listens and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        yield int(server.getsockname()[1])


@pytest.fixture(autouse=True)
def a_bell_of_its_own(settings: Any, monkeypatch: pytest.MonkeyPatch, only_ours: None) -> Iterator[None]:
    """Neither the silence after a failure nor the connection goes from test to test."""
    settings.QUINTET_JOBS = "celery"
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    bell._teller.cache_clear()

    @deferred("tests.quick")
    def quick(work: Work) -> None: ...

    yield
    bell._teller.cache_clear()


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{}/0", "amqp://guest:guest@127.0.0.1:{}//"])
@pytest.mark.parametrize("broker", ["closed_port", "mute_port"])
def test_a_broker_that_is_down_neither_fails_nor_holds_up_the_request(
    settings: Any,
    request: pytest.FixtureRequest,
    django_capture_on_commit_callbacks: Commit,
    address: str,
    broker: str,
) -> None:
    settings.QUINTET_BROKER = address.format(request.getfixturevalue(broker))
    begun_at = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        jobs = [enqueue("tests.quick") for _ in range(20)]
    assert time.monotonic() - begun_at < 3
    assert {row(job).rung_at for job in jobs} == {None}
    assert len(run_due()) == 20


def test_nobody_is_told_of_what_is_rolled_back_or_due_later(
    settings: Any, closed_port: int, django_capture_on_commit_callbacks: Commit
) -> None:
    settings.QUINTET_BROKER = f"redis://127.0.0.1:{closed_port}/0"
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        enqueue("tests.quick", run_after=now() + timedelta(hours=1))
    assert callbacks == []


def test_the_embedded_worker_needs_no_bell(settings: Any, django_capture_on_commit_callbacks: Commit) -> None:
    settings.QUINTET_JOBS = "embedded"
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        enqueue("tests.quick")
    assert callbacks == []


@pytest.fixture
def heard(settings: Any) -> Heard:
    """What a broker in this process has been told, by queue; it forgets it by that."""
    settings.QUINTET_BROKER = "memory://"
    settings.QUINTET_BROKER_PREFIX = f"tests-{secrets.token_hex(4)}"

    def of(queue: str) -> list[Message]:
        with bell._teller().connection_for_read() as broker, broker.SimpleQueue(bell.queue_name(queue)) as messages:
            found: list[Message] = []
            while messages.qsize():
                message = messages.get_nowait()
                found.append((message.headers["task"], message.payload[:2]))
                message.ack()
            return found

    return of


@pytest.fixture
def sweep() -> Callable[[], int]:
    from quintet.core.deferred.celery import sweep

    return sweep


def test_a_message_is_the_rows_number_and_nothing_else(
    heard: Heard, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue("tests.quick", queue="gpu")
    assert heard("gpu") == [(bell.TASK, [[job.pk], {}])]
    assert heard("default") == []


def test_a_sweep_rings_for_what_is_due_and_was_not_heard(heard: Heard, sweep: Callable[[], int]) -> None:
    unheard, long_ago, _just_rung, silent, later = (enqueue("tests.quick") for _ in range(5))
    Job.objects.filter(pk=unheard.pk).update(rung_at=None)
    Job.objects.filter(pk=long_ago.pk).update(rung_at=now() - timedelta(minutes=1))
    Job.objects.filter(pk=later.pk).update(rung_at=None, run_after=now() + timedelta(hours=1))
    past = now() - timedelta(minutes=1)
    Job.objects.filter(pk=silent.pk).update(state="running", lease_until=past, rung_at=past, attempts=1)
    assert sweep() == 3
    told = heard("default")
    assert sorted(told) == sorted((bell.TASK, [[job.pk], {}]) for job in (unheard, long_ago, silent))
    assert sweep() == 0


def test_a_sweep_leaves_a_broker_alone_that_is_down(settings: Any, closed_port: int, sweep: Callable[[], int]) -> None:
    settings.QUINTET_BROKER = f"redis://127.0.0.1:{closed_port}/0"
    job = enqueue("tests.quick")
    Job.objects.update(rung_at=None)
    assert sweep() == 0
    assert bell.is_silent()
    assert row(job).rung_at is None


def test_a_bell_is_answered_with_what_is_most_urgent_in_that_queue() -> None:
    from quintet.core.deferred.celery import answer_bell

    usual, other, urgent = (
        enqueue("tests.quick"),
        enqueue("tests.quick", queue="gpu"),
        enqueue("tests.quick", priority=9),
    )
    answer_bell(usual.pk)
    assert [row(job).state for job in (usual, other, urgent)] == ["queued", "queued", "done"]
    answer_bell(urgent.pk)
    answer_bell(urgent.pk)
    answer_bell(urgent.pk + 1000)
    assert [row(job).state for job in (usual, other)] == ["done", "queued"]
