"""How an action ends: done, tried again, failed, cancelled, given back, or too late."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction

from quintet.core.clock import now
from quintet.core.deferred import queries
from quintet.core.deferred.actions import cancel, deferred, enqueue
from quintet.core.deferred.errors import Cancelled, GiveUp, LeaseLost, Retry
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job, Worker
from quintet.core.deferred.queries import Snapshot
from quintet.core.deferred.running import Pulse, Work, claim, run
from quintet.core.errors import BadInput, Conflict
from quintet.core.tests.deferred_kinds import let_the_lease_run_out, only_ours, row, shared, take_over

__all__ = ["only_ours", "shared"]
pytestmark = pytest.mark.usefixtures("db", "only_ours")
HALF_A_SECOND = 0.51


def declared(body: Callable[[Work], object], **more: Any) -> Job:
    """An action whose handler is `body`, enqueued."""
    deferred("tests.action", **more)(body)
    return enqueue("tests.action", {})


def begun(job: Job) -> Work:
    """A first attempt, for tests that are the handler themselves."""
    claimed = claim("one", job_id=job.pk)
    assert claimed is not None
    return Work(claimed, Pulse())


def effect(name: str) -> None:
    """Something in the database that a test can look for."""
    Worker.objects.create(name=name, started_at=now(), seen_at=now())


def effects() -> list[str]:
    return sorted(Worker.objects.values_list("name", flat=True))


def raising(failure: BaseException) -> Callable[[Work], object]:
    def body(work: Work) -> None:
        raise failure

    return body


def test_what_the_handler_returns_is_the_result() -> None:
    @deferred("tests.add")
    def add(work: Work, left: int, right: int) -> dict[str, int]:
        return {"sum": left + right}

    enqueue("tests.add", {"left": 2, "right": 3}, owner_id=7)
    [shown] = run_due()
    assert (shown.state, shown.result, shown.owner_id, shown.attempts) == ("done", {"sum": 5}, 7, 1)
    assert shown.finished_at is not None


def test_what_finally_writes_becomes_true_with_done() -> None:
    declared(lambda work: work.finally_(lambda: effect("written")))
    run_due()
    assert effects() == ["written"]


def test_who_comes_too_late_writes_nothing() -> None:
    def overtaken(work: Work) -> None:
        work.finally_(lambda: effect(work.mark))
        work.otherwise(lambda: cleaned_up.append(work.mark))
        if work.attempt == 1:
            run(take_over(job))

    cleaned_up: list[str] = []
    job = declared(overtaken)
    run_due()
    assert effects() == [f"{job.pk}-2"]
    assert cleaned_up == [f"{job.pk}-1"]
    assert (row(job).state, row(job).lease) == ("done", 2)


def test_a_connection_that_breaks_after_the_commit_changes_nothing(shared: None) -> None:
    def answer_gets_lost(work: Work) -> None:
        work.finally_(lambda: effect("written"))
        work.finally_(lambda: transaction.on_commit(lose_the_answer))
        work.otherwise(lambda: effect("cleaned up"))

    def lose_the_answer() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    declared(answer_gets_lost)
    [shown] = run_due()
    assert (shown.state, shown.attempts, effects()) == ("done", 1, ["written"])


def test_a_finally_that_raises_undoes_the_others_and_the_attempt() -> None:
    def half(work: Work) -> None:
        work.finally_(lambda: effect("half"))
        work.finally_(lambda: 1 // 0)

    job = declared(half)
    [shown] = run_due()
    assert (shown.state, effects()) == ("queued", [])
    assert "ZeroDivisionError" in row(job).error


def test_an_exception_is_tried_again_later_and_later() -> None:
    job = declared(raising(RuntimeError("boom")), max_attempts=3)
    for seconds in (2, 4):
        [shown] = run_due()
        assert shown.state == "queued"
        assert timedelta(seconds=seconds - 1) < row(job).run_after - now() <= timedelta(seconds=seconds)
        Job.objects.filter(pk=job.pk).update(run_after=now())
    [shown] = run_due()
    assert (shown.state, shown.attempts, shown.error) == ("failed", 3, queries.GENERAL_FAILURE)
    assert "boom" in row(job).error


def test_a_second_attempt_that_works_leaves_no_error() -> None:
    def flaky(work: Work) -> int:
        if work.attempt == 1:
            raise Retry("not yet", after_seconds=0)
        return work.attempt

    job = declared(flaky)
    shown = run_due()[-1]
    assert (shown.state, shown.result, row(job).error) == ("done", 2, "")


def test_a_handler_may_say_when_it_is_tried_again() -> None:
    job = declared(raising(Retry("the camera sleeps", after_seconds=600)))
    run_due()
    assert timedelta(minutes=9) < row(job).run_after - now() < timedelta(minutes=11)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (GiveUp("This video has no frames."), "This video has no frames."),
        (BadInput.of("file", "No video."), "No video."),
        (Conflict("secret detail"), queries.GENERAL_FAILURE),
    ],
)
def test_what_would_fail_again_fails_at_once_with_words_for_the_person(failure: Exception, said: str) -> None:
    declared(raising(failure))
    [shown] = run_due()
    assert (shown.state, shown.attempts, shown.error) == ("failed", 1, said)


def test_a_panic_of_an_extension_ends_the_attempt_and_not_the_worker() -> None:
    class Panic(BaseException): ...

    job = declared(raising(Panic("index out of bounds")))
    run_due()
    assert row(job).state == "queued"
    assert "index out of bounds" in row(job).error


def test_an_error_with_characters_that_no_database_stores_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    # Neither can half a character be sent from one test process to another, as what was logged is.
    caplog.set_level(logging.CRITICAL, logger="quintet.deferred")
    job = declared(raising(RuntimeError("a\x00b\ud800c")), max_attempts=1)
    run_due()
    assert row(job).state == "failed"


def test_a_result_that_is_no_json_fails() -> None:
    job = declared(lambda work: object(), max_attempts=1)
    run_due()
    assert row(job).state == "failed"


def test_clean_up_is_left_out_when_the_outcome_counts() -> None:
    cleaned_up: list[int] = []
    declared(lambda work: work.otherwise(lambda: cleaned_up.append(1)))
    run_due()
    assert cleaned_up == []


def test_progress_is_written_at_most_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("quintet.core.deferred.running.time.monotonic", lambda: next(moments) / 10)
    job = declared(lambda work: None)
    work, seen = begun(job), set()
    for done in range(1, 31):
        work.progress(done, 30)
        seen.add((row(job).done_units, row(job).total_units))
    # Three seconds.
    assert seen == {(0, 0), *((done, 30) for done in range(5, 31, 5))}


def test_progress_holds_the_lease() -> None:
    job = declared(lambda work: None)
    work = begun(job)
    let_the_lease_run_out(job)
    written(work, 1, 2)
    assert row(job).lease_until > now()


def written(work: Work, done: int, total: int) -> None:
    """A progress that is due to be written."""
    work._written_at -= HALF_A_SECOND
    work.progress(done, total)


def test_what_is_done_shows_as_wholly_done() -> None:
    def frames(work: Work) -> None:
        work.progress(1, 30)

    declared(frames)
    [shown] = run_due()
    assert (shown.done, shown.total) == (30, 30)


def test_the_time_left_is_reckoned_from_the_time_taken() -> None:
    job = declared(lambda work: None)
    written(begun(job), 25, 100)
    Job.objects.filter(pk=job.pk).update(started_at=now() - timedelta(seconds=10))
    shown = queries.snapshot(job.pk)
    assert shown is not None
    assert shown.eta_seconds == 30


def test_progress_tells_who_lost_the_row() -> None:
    job = declared(lambda work: None)
    work = begun(job)
    take_over(job)
    with pytest.raises(LeaseLost):
        written(work, 1, 2)


def test_a_lost_lease_is_told_at_the_very_next_progress() -> None:
    job = declared(lambda work: None)
    claimed = claim("one")
    assert claimed is not None
    pulse = Pulse()
    work = Work(claimed, pulse)
    take_over(job)
    work.progress(1, 2)
    pulse.lost.set()
    with pytest.raises(LeaseLost):
        work.progress(1, 2)


def test_a_worker_that_shuts_down_gets_the_row_back_uncounted() -> None:
    stop = threading.Event()
    stop.set()
    job = declared(lambda work: work.progress(1, 2))
    claimed = claim("one")
    assert claimed is not None
    run(claimed, Pulse(stop))
    assert (row(job).state, row(job).attempts, row(job).worker) == ("queued", 0, "")
    assert [shown.state for shown in run_due()] == ["done"]


def test_a_cancelled_row_never_starts() -> None:
    job = declared(lambda work: effect("begun"))
    assert cancel(job.pk)
    assert run_due() == []
    assert (row(job).state, effects()) == ("cancelled", [])


def test_cancelling_a_running_action_is_told_at_its_next_progress() -> None:
    job = declared(lambda work: None)
    work = begun(job)
    assert cancel(job.pk)
    with pytest.raises(Cancelled):
        written(work, 1, 2)


def test_the_result_of_a_cancelled_action_counts_for_nothing() -> None:
    def cancelled_in_the_middle(work: Work) -> int:
        work.finally_(lambda: effect("written"))
        cancel(work.job_id)
        return 1

    job = declared(cancelled_in_the_middle)
    [shown] = run_due()
    assert (shown.state, shown.result, effects()) == ("cancelled", None, [])
    assert row(job).finished_at is not None


def test_what_is_finished_cannot_be_cancelled() -> None:
    job = declared(lambda work: None)
    run_due()
    assert not cancel(job.pk)
    assert not cancel(job.pk + 1)
    assert row(job).state == "done"


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
def test_a_kind_is_told_once_when_it_fails_or_is_cancelled(ending: str) -> None:
    told: list[tuple[str, str, int]] = []

    def tell(job: Snapshot, video: int) -> None:
        told.append((job.state, job.error, video))

    @deferred("tests.video", max_attempts=1, on_failure=tell)
    def video(work: Work, video: int) -> None:
        raise GiveUp("No frames.")

    job = enqueue("tests.video", {"video": 5})
    assert run_due() if ending == "failed" else cancel(job.pk)
    cancel(job.pk)
    assert told == [(ending, "No frames." if ending == "failed" else "", 5)]


def test_a_kind_that_fails_to_hear_of_its_failure_has_failed_all_the_same() -> None:
    def tell(job: Snapshot) -> None:
        effect("undone")
        raise RuntimeError("deaf")

    job = declared(raising(GiveUp("No.")), on_failure=tell)
    run_due()
    assert (row(job).state, effects()) == ("failed", [])


def test_an_output_has_a_name_that_no_other_attempt_writes_to() -> None:
    job = declared(lambda work: None)
    first = begun(job)
    second = Work(take_over(job), Pulse())
    assert first.name_for("videos/clip.mp4") == f"videos/clip.{job.pk}-1.mp4"
    assert second.name_for("videos/clip.mp4") == f"videos/clip.{job.pk}-2.mp4"


def test_run_due_stops_at_its_limit() -> None:
    for _ in range(3):
        declared(lambda work: None)
    assert len(run_due(limit=2)) == 2
    assert queries.counts_by_state() == {"queued": 1, "running": 0, "done": 2, "failed": 0, "cancelled": 0}
