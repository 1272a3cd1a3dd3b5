"""What comes again and again, what is thrown away, and who is alive."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from quintet.core.clock import now
from quintet.core.deferred import queries, schedule
from quintet.core.deferred.actions import REPETITIONS, deferred, drop_finished, enqueue, every
from quintet.core.deferred.heart import Heart
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job, Schedule, Worker
from quintet.core.deferred.running import Work
from quintet.core.errors import NotFound
from quintet.core.tests.deferred_kinds import only_ours, row

__all__ = ["only_ours"]
pytestmark = pytest.mark.usefixtures("db", "only_ours")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def kinds(only_ours: None) -> None:
    @deferred("tests.sweep")
    def sweep(work: Work) -> None: ...


def hourly_and_due(*, since: timedelta = timedelta(seconds=1)) -> Schedule:
    every("tests.sweep", seconds=3600)
    schedule.enqueue_what_is_due()
    Schedule.objects.update(next_at=now() - since)
    return Schedule.objects.get()


def test_the_first_occurrence_is_one_interval_away() -> None:
    every("tests.sweep", seconds=3600)
    assert schedule.enqueue_what_is_due() == 0
    assert timedelta(minutes=59) < Schedule.objects.get().next_at - now() <= HOUR


def test_each_occurrence_is_enqueued_once_however_many_look() -> None:
    seen_by_both = hourly_and_due()
    assert schedule.enqueue_what_is_due() == 1
    [repetition] = REPETITIONS.values()
    assert not schedule._look_at(repetition, seen_by_both)
    assert schedule.enqueue_what_is_due() == 0
    assert [shown.kind for shown in run_due()] == ["tests.sweep"]


def test_occurrences_that_were_missed_come_once_and_keep_the_beat() -> None:
    before = hourly_and_due(since=5.5 * HOUR).next_at
    assert schedule.enqueue_what_is_due() == 1
    assert Schedule.objects.get().next_at == before + 6 * HOUR


def test_none_comes_while_the_one_before_is_unfinished() -> None:
    hourly_and_due()
    assert schedule.enqueue_what_is_due() == 1
    Schedule.objects.update(next_at=now())
    assert schedule.enqueue_what_is_due() == 0
    run_due()
    Schedule.objects.update(next_at=now())
    assert schedule.enqueue_what_is_due() == 1


def test_another_interval_holds_at_once() -> None:
    hourly_and_due(since=-HOUR)
    every("tests.sweep", seconds=60)
    schedule.enqueue_what_is_due()
    assert Schedule.objects.get().next_at - now() <= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-01T03:29", "2026-03-01T03:30"),
        ("2026-03-01T03:30", "2026-03-02T03:30"),
        ("2026-02-28T23:59", "2026-03-01T03:30"),
    ],
)
def test_daily_is_daily_in_the_servers_own_time_zone(settings: Any, moment: str, expected: str) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    every("tests.sweep", daily_at="03:30")
    zone = ZoneInfo("Asia/Shanghai")
    asked, answer = (datetime.fromisoformat(said).replace(tzinfo=zone) for said in (moment, expected))
    [repetition] = REPETITIONS.values()
    assert schedule.moment_after(repetition, asked, since=asked) == answer


def test_a_repetition_has_one_rule() -> None:
    with pytest.raises(ValueError, match="either"):
        every("tests.sweep", seconds=5, daily_at="03:30")


def finished(days_ago: int, **more: Any) -> Job:
    job = enqueue("tests.sweep", **more)
    Job.objects.filter(pk=job.pk).update(state="done", finished_at=now() - timedelta(days=days_ago))
    return job


def test_finished_rows_go_after_some_days_and_others_stay(settings: Any) -> None:
    settings.QUINTET_JOBS_KEEP_DAYS = 3
    old, recent, waiting = finished(4), finished(2), enqueue("tests.sweep")
    Job.objects.filter(pk=waiting.pk).update(created_at=now() - timedelta(days=40))
    drop_finished(None)
    assert set(Job.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
    assert old.pk not in queries.snapshots([old.pk])


def test_parts_go_with_their_whole_and_not_before() -> None:
    whole, running = finished(40), finished(40)
    finished(40, parent=whole.pk, part_no=0)
    kept = [finished(40, parent=running.pk, part_no=0), enqueue("tests.sweep", parent=running.pk, part_no=1)]
    Job.objects.filter(pk=running.pk).update(state="queued", finished_at=None)
    drop_finished(None)
    assert set(Job.objects.values_list("pk", flat=True)) == {running.pk, *(job.pk for job in kept)}


def test_a_person_sees_only_their_own() -> None:
    mine, other = enqueue("tests.sweep", owner_id=1), enqueue("tests.sweep", owner_id=2)
    assert queries.job_of(1, mine.pk).state == "queued"
    assert [shown.id for shown in queries.jobs_of(1)] == [mine.pk]
    assert queries.jobs_of(1, kind="tests.other") == []
    with pytest.raises(NotFound):
        queries.job_of(1, other.pk)


def test_the_oldest_that_could_have_run_is_told() -> None:
    assert queries.oldest_due_at() is None
    first = enqueue("tests.sweep")
    enqueue("tests.sweep")
    enqueue("tests.sweep", run_after=now() + HOUR)
    assert queries.oldest_due_at() == row(first).run_after


def test_a_worker_is_seen_while_it_lives() -> None:
    assert not queries.worker_was_seen()
    heart = Heart("one", queues=("default",))
    heart._beat()
    heart._beat()
    assert queries.worker_was_seen()
    Worker.objects.update(seen_at=now() - timedelta(minutes=5))
    assert not queries.worker_was_seen()
    assert queries.worker_was_seen(within_seconds=600)
    heart._leave()
    assert not Worker.objects.exists()


def test_workers_that_are_long_gone_are_forgotten() -> None:
    for name, days in (("gone", 2), ("silent", 0.5)):
        Worker.objects.create(name=name, started_at=now(), seen_at=now() - timedelta(days=days))
    drop_finished(None)
    assert [worker.name for worker in Worker.objects.all()] == ["silent"]
