"""An action that is split: its parts, what joins them, and how the whole looks from outside."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from quintet.core.deferred import queries
from quintet.core.deferred.actions import cancel, deferred, enqueue
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import JOIN, Job
from quintet.core.deferred.queries import Snapshot
from quintet.core.deferred.running import Work
from quintet.core.tests.deferred_kinds import at_once, only_ours, row, shared

__all__ = ["only_ours", "shared"]
pytestmark = pytest.mark.usefixtures("db", "only_ours")
TOLD: list[tuple[str, str]] = []


def tell(job: Snapshot, **args: object) -> None:
    TOLD.append((job.kind, job.state))


@pytest.fixture(autouse=True)
def kinds(only_ours: None) -> None:
    TOLD.clear()

    @deferred("tests.plan", on_failure=tell)
    def plan(work: Work, parts: int, broken: int | None = None) -> None:
        frames = [{"first": 10 * part, "broken": part == broken} for part in range(parts)]
        work.split("tests.part", frames, join="tests.join", units=[10] * parts)

    @deferred("tests.part", max_attempts=1)
    def part(work: Work, first: int, broken: bool) -> list[int]:
        work.progress(5, 10)
        if broken:
            raise GiveUp("A damaged frame.")
        return list(range(first, first + 10))

    @deferred("tests.join")
    def join(work: Work, parts: int, broken: int | None = None) -> int:
        return sum(sum(frames) for frames in work.results_of_parts())


def planned(parts: int, broken: int | None = None) -> Job:
    job = enqueue("tests.plan", {"parts": parts, "broken": broken}, owner_id=7, priority=3)
    run_due(limit=1)
    return job


def seen(job: Job) -> Snapshot:
    return queries.job_of(7, job.pk)


def test_the_parts_are_joined_once_when_all_are_done() -> None:
    job = planned(4)
    run_due(limit=3)
    assert row(Job.objects.get(parent=job, part_no=JOIN)).run_after is None
    run_due()
    assert (seen(job).state, seen(job).result) == ("done", sum(range(40)))
    assert list(Job.objects.filter(kind="tests.join").values_list("state", "attempts")) == [("done", 1)]


def test_the_whole_is_running_until_it_is_joined_and_counts_its_parts() -> None:
    job = planned(4)
    assert (seen(job).state, seen(job).done, seen(job).total, seen(job).result) == ("running", 0, 40, None)
    run_due(limit=2)
    assert (seen(job).done, seen(job).total, seen(job).finished_at) == (20, 40, None)
    run_due(limit=2)
    assert (seen(job).state, seen(job).done) == ("running", 40)
    run_due()
    assert (seen(job).state, seen(job).is_finished) == ("done", True)


def test_parts_are_as_urgent_as_their_whole_and_not_listed_with_a_persons_actions() -> None:
    job = planned(2)
    assert set(Job.objects.values_list("priority", flat=True)) == {3}
    assert [shown.id for shown in queries.jobs_of(7)] == [job.pk]


def test_what_has_no_parts_is_joined_at_once() -> None:
    job = planned(0)
    run_due()
    assert (seen(job).state, seen(job).result) == ("done", 0)


def test_a_part_that_fails_fails_the_whole_and_spares_the_others() -> None:
    job = planned(4, broken=1)
    run_due()
    assert (seen(job).state, seen(job).error) == ("failed", "A damaged frame.")
    states = dict(Job.objects.filter(parent=job).values_list("part_no", "state"))
    assert states == {0: "done", 1: "failed", 2: "cancelled", 3: "cancelled", JOIN: "cancelled"}
    assert TOLD == [("tests.plan", "failed")]


@pytest.mark.parametrize("part_no", [None, 1])
def test_a_whole_is_cancelled_with_its_parts_and_a_part_with_its_whole(part_no: int | None) -> None:
    job = planned(3)
    chosen = job.pk if part_no is None else Job.objects.get(parent=job, part_no=part_no).pk
    run_due(limit=1)
    assert cancel(chosen)
    assert not cancel(chosen)
    assert run_due() == []
    assert seen(job).state == "cancelled"
    assert TOLD == [("tests.plan", "cancelled")]


def test_a_whole_that_is_done_cannot_be_cancelled() -> None:
    job = planned(2)
    run_due()
    assert not cancel(job.pk)
    assert seen(job).state == "done"


def test_a_part_has_no_parts() -> None:
    @deferred("tests.splitting", max_attempts=1)
    def splitting(work: Work) -> None:
        work.split("tests.part", [], join="tests.join")

    part = enqueue("tests.splitting", parent=planned(1).pk, part_no=7)
    run_due()
    assert "a part cannot have parts" in row(part).error


def both_at_once(end: Callable[[Work], object]) -> Job:
    """Two parts that both come to their end before either is written down."""
    job, both_are_there = planned(0), threading.Barrier(2)
    join = Job.objects.filter(parent=job, part_no=JOIN)
    join.update(run_after=None)

    @deferred("tests.twin", max_attempts=1, on_failure=lambda job: time.sleep(0.05))
    def twin(work: Work) -> list[int]:
        both_are_there.wait(30)
        end(work)
        return []

    for number in (0, 1):
        enqueue("tests.twin", parent=job.pk, part_no=number)
    at_once(*[partial(run_due, limit=1)] * 2)
    return job


def test_the_last_two_parts_see_one_another_though_they_end_together(shared: None) -> None:
    job = both_at_once(lambda work: work.finally_(lambda: time.sleep(0.05)))
    assert run_due()[-1].kind == "tests.join"
    assert seen(job).state == "done"


def test_two_parts_that_fail_together_do_not_wait_for_one_another(
    shared: None, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(work: Work) -> None:
        raise GiveUp("A damaged frame.")

    job = both_at_once(fail)
    assert seen(job).state == "failed"
    states = sorted(Job.objects.filter(parent=job).values_list("state", flat=True))
    assert states in (["cancelled", "cancelled", "failed"], ["cancelled", "failed", "failed"])
    assert TOLD == [("tests.plan", "failed")]
    assert "cannot be written" not in caplog.text
