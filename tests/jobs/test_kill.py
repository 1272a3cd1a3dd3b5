"""Every worker is killed at once in the middle of two hundred actions: none is lost, none counts twice."""

import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from quintet.core.testing import engines
from tests.jobs.brokers import empty_rabbitmq, empty_redis
from tests.jobs.floor import Action, Floor, floor

ACTIONS, PARTS, MILLISECONDS = 200, 8, 20
# Each action, each part, and what adds the parts up.
TRACES = ACTIONS + PARTS + 1
EMBEDDED = [[sys.executable, "-m", "quintet.core.deferred"]] * 2
BY_CELERYS_COMMAND = [
    f"{sys.executable} -m celery -A quintet.core.deferred.celery worker --concurrency 2 --without-mingle".split()
]
BY_OUR_COMMAND = [[sys.executable, "-m", "quintet.core.deferred", "--processes", "2"]]


def test_nothing_is_lost_and_nothing_counts_twice_on_sqlite(tmp_path: Path) -> None:
    with floor(tmp_path) as here:
        kill_in_the_middle(here, EMBEDDED)
        assert here.stop() == [0, 0]


@engines.needs_postgres()
def test_nothing_is_lost_and_nothing_counts_twice_on_postgresql(tmp_path: Path) -> None:
    with engines.a_database() as database, floor(tmp_path, database=database) as here:
        kill_in_the_middle(here, EMBEDDED)


@engines.needs_redis()
def test_nothing_is_lost_although_redis_forgets_everything(tmp_path: Path) -> None:
    address, prefix = engines.redis_address() or "", f"quintet-test-{secrets.token_hex(4)}"
    try:
        with floor(tmp_path, **celery(address, prefix)) as here:
            kill_in_the_middle(here, BY_CELERYS_COMMAND, meanwhile=lambda: empty_redis(address, prefix))
    finally:
        empty_redis(address, prefix)


@engines.needs_rabbitmq()
def test_nothing_is_lost_although_rabbitmq_forgets_everything(tmp_path: Path) -> None:
    address, prefix = engines.rabbitmq_address() or "", f"quintet-test-{secrets.token_hex(4)}"
    try:
        with floor(tmp_path, **celery(address, prefix)) as here:
            kill_in_the_middle(here, BY_OUR_COMMAND, meanwhile=lambda: empty_rabbitmq(address, prefix))
    finally:
        empty_rabbitmq(address, prefix)


def test_what_a_killed_worker_had_in_hand_is_begun_again_long_before_its_lease_ends(tmp_path: Path) -> None:
    with floor(tmp_path, QUINTET_LEASE_SECONDS="3600") as here:
        here.prepare(("jobs.write_number", {"number": 1, "milliseconds": 1000}))
        here.start(EMBEDDED[0])
        stop_in_mid_action(here)
        # One that is only frozen is not gone: it keeps what it has.
        second = here.start(EMBEDDED[1])
        here.wait_until(lambda: here.number("SELECT count(*) FROM deferred_worker") == 2)
        assert here.number("SELECT attempts FROM deferred_job") == 1
        first = here.running.pop(0)
        assert first is not second
        first.kill()
        first.wait()
        here.wait_until(lambda: here.ask("SELECT state, attempts FROM deferred_job") == [("done", 2)])
        assert here.ask("SELECT number FROM ledger") == [(1,)]


def celery(address: str, prefix: str) -> dict[str, str]:
    return {"QUINTET_JOBS": "celery", "QUINTET_BROKER": address, "QUINTET_BROKER_PREFIX": prefix}


def kill_in_the_middle(
    here: Floor, commands: Sequence[Sequence[str]], meanwhile: Callable[[], None] = lambda: None
) -> None:
    numbers: list[Action] = [
        ("jobs.write_number", {"number": number, "milliseconds": MILLISECONDS}) for number in range(ACTIONS)
    ]
    here.prepare(("jobs.split", {"parts": PARTS, "milliseconds": MILLISECONDS}), *numbers)
    for command in commands:
        here.start(command)
    here.wait_until(lambda: here.number("SELECT count(*) FROM ledger") >= 40)
    stop_in_mid_action(here)
    in_hand = here.number("SELECT count(*) FROM deferred_job WHERE state = 'running'")
    done_before = here.number("SELECT count(*) FROM ledger")
    here.kill()
    meanwhile()

    for command in commands:
        here.start(command)
    here.wait_until(lambda: here.number("SELECT count(*) FROM deferred_job WHERE state IN ('queued', 'running')") == 0)

    assert 1 <= in_hand <= 2
    assert 40 <= done_before < TRACES
    expected = [-1, *range(ACTIONS), *range(1000, 1000 + PARTS)]
    assert [number for (number,) in here.ask("SELECT number FROM ledger ORDER BY number")] == expected
    assert here.ask("SELECT DISTINCT state FROM deferred_job") == [("done",)]
    assert here.number("SELECT count(*) FROM deferred_job WHERE attempts = 2") == in_hand
    assert here.number("SELECT max(attempts) FROM deferred_job") == 2
    added_up = here.number("SELECT result FROM deferred_job WHERE kind = 'jobs.split'")
    assert added_up == sum(range(1000, 1000 + PARTS))


def stop_in_mid_action(here: Floor) -> None:
    """Freeze all workers at a moment when at least one has an action in hand."""

    def frozen_in_mid_action() -> bool:
        here.tell(signal.SIGSTOP)
        if here.number("SELECT count(*) FROM deferred_job WHERE state = 'running'"):
            return True
        here.tell(signal.SIGCONT)
        return False

    here.wait_until(frozen_in_mid_action)
