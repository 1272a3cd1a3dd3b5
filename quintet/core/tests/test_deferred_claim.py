"""Who gets which row, and when."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, enqueue
from quintet.core.deferred.models import Job
from quintet.core.deferred.running import Work, claim, renew
from quintet.core.deferred.worker import say_what_is_unknown
from quintet.core.tests.deferred_kinds import at_once, let_the_lease_run_out, only_ours, row, shared

__all__ = ["only_ours", "shared"]
pytestmark = pytest.mark.usefixtures("db", "only_ours")


@pytest.fixture(autouse=True)
def kinds(only_ours: None) -> None:
    @deferred("tests.quick")
    def quick(work: Work) -> None: ...

    @deferred("tests.slow", queue="video", max_attempts=2)
    def slow(work: Work) -> None: ...


def test_a_due_row_is_claimed_once() -> None:
    job = enqueue("tests.quick")
    claimed = claim("one")
    assert claimed is not None
    assert claimed.pk == job.pk
    assert claim("another") is None


def test_the_claim_is_written_down() -> None:
    job = enqueue("tests.quick")
    claim("one")
    claimed = row(job)
    assert (claimed.state, claimed.worker, claimed.attempts, claimed.lease) == ("running", "one", 1, 1)
    assert timedelta(seconds=20) < claimed.lease_until - now() < timedelta(seconds=31)


def test_a_row_waits_for_its_moment() -> None:
    job = enqueue("tests.quick", run_after=now() + timedelta(hours=1))
    assert claim("one") is None
    Job.objects.filter(pk=job.pk).update(run_after=now())
    assert claim("one") is not None


def test_the_most_urgent_goes_first_and_then_the_oldest() -> None:
    usual, later, urgent = enqueue("tests.quick"), enqueue("tests.quick"), enqueue("tests.quick", priority=5)
    enqueue("tests.quick", priority=-5)
    order = [claimed.pk for claimed in iter(lambda: claim("one"), None)][:3]
    assert order == [urgent.pk, usual.pk, later.pk]


def test_only_the_queues_asked_for_are_served() -> None:
    enqueue("tests.slow")
    assert claim("one", queues=["default"]) is None
    assert claim("one", queues=["default", "video"]) is not None


def test_a_silent_workers_row_is_taken_over_under_a_new_lease() -> None:
    job = enqueue("tests.quick")
    claim("one")
    let_the_lease_run_out(job)
    taken = claim("another")
    assert taken is not None
    assert (taken.pk, taken.lease, taken.attempts, row(job).worker) == (job.pk, 2, 2, "another")


def test_a_row_whose_lease_is_renewed_is_left_alone() -> None:
    job = enqueue("tests.quick")
    claimed = claim("one")
    assert claimed is not None
    let_the_lease_run_out(job)
    assert renew(claimed)
    assert claim("another") is None


def test_a_renewal_in_the_moment_of_the_takeover_wins() -> None:
    job = enqueue("tests.quick")
    claimed = claim("one")
    assert claimed is not None
    let_the_lease_run_out(job)
    renew_before_the_next_update(claimed)
    assert claim("another") is None
    assert row(job).worker == "one"


def renew_before_the_next_update(claimed: Job) -> None:
    def first_renew(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE"):
            connection.execute_wrappers.remove(first_renew)
            renew(claimed)
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(first_renew)


def test_who_lost_the_row_cannot_renew_it() -> None:
    job = enqueue("tests.quick")
    claimed = claim("one")
    assert claimed is not None
    let_the_lease_run_out(job)
    claim("another")
    assert not renew(claimed)


def test_a_row_that_kills_its_workers_fails_in_the_end() -> None:
    job = enqueue("tests.slow")
    for worker in ("one", "two"):
        assert claim(worker) is not None
        let_the_lease_run_out(job)
    assert claim("three") is None
    assert (row(job).state, row(job).attempts) == ("failed", 2)
    assert "fell silent" in row(job).error


def test_a_row_of_an_unknown_kind_is_kept_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    job = enqueue("tests.of_tomorrow")
    known = enqueue("tests.quick")
    claimed = claim("one")
    assert claimed is not None
    assert claimed.pk == known.pk
    assert claim("one") is None
    assert row(job).state == "queued"
    with caplog.at_level(logging.WARNING):
        say_what_is_unknown()
    assert "tests.of_tomorrow" in caplog.text


def test_what_is_rolled_back_was_never_enqueued() -> None:
    with transaction.atomic():
        enqueue("tests.quick")
        transaction.set_rollback(True)
    assert claim("one") is None


def test_an_action_has_the_queue_and_the_attempts_of_its_kind_unless_told_otherwise() -> None:
    usual, other = enqueue("tests.slow"), enqueue("tests.slow", queue="gpu", max_attempts=7)
    assert (usual.queue, usual.max_attempts) == ("video", 2)
    assert (other.queue, other.max_attempts) == ("gpu", 7)


def test_a_part_is_enqueued_once() -> None:
    whole = enqueue("tests.quick")
    first = enqueue("tests.slow", parent=whole.pk, part_no=3)
    assert enqueue("tests.slow", parent=whole.pk, part_no=3).pk == first.pk
    assert enqueue("tests.slow", parent=whole.pk, part_no=4).pk != first.pk


def test_a_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):

        @deferred("tests.quick")
        def another(work: Work) -> None: ...


def test_of_many_workers_each_row_goes_to_one(shared: None) -> None:
    jobs = {enqueue("tests.quick").pk for _ in range(40)}
    claimed: list[int] = []

    def work() -> None:
        while job := claim("one"):
            claimed.append(job.pk)

    at_once(*[work] * 4)
    assert sorted(claimed) == sorted(jobs)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
