"""Jobs beside those that cut a task into pieces: ground truth to hold them against, and replicas."""

from collections.abc import Iterable

from django.db import transaction

from quintet.core.errors import BadInput, NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.actions.holding import hold_job, hold_task
from quintet.services.annotation.models import Data, Job, Segment, Shape, Tag, Track, TrackedShape
from quintet.services.annotation.queries import Person, job_open_to, task_open_to
from quintet.services.annotation.queries.data import deleted_frames_of
from quintet.services.annotation.queries.quality import frames_with_truth, one_set_apart
from quintet.services.annotation.rules.quality import drawn


def create_ground_truth(
    person: Person,
    task_id: int,
    *,
    frames: Iterable[int] | None = None,
    count: int = 0,
    seed: int = 0,
    assignee_id: int | None = None,
) -> Job:
    """A job that covers some frames of a task, to be annotated as well as can be. No frame has two truths.

    frames        which ones; None: `count` of them, drawn by `seed` among those that are not deleted and have no truth

    Raises NotFound, NotAllowed, and BadInput for frames that cannot be had.
    """
    task_open_to(person, task_id, "change")
    with transaction.atomic():
        # One after another: two who draw frames at once would draw the same.
        hold_task(task_id)
        _refuse_too_many(task_id)
        size = Data.objects.filter(task_id=task_id).values_list("size", flat=True).first() or 0
        taken, deleted = frames_with_truth(task_id), deleted_frames_of(task_id)
        free = set(range(size)) - taken - deleted
        chosen = drawn(free, count, seed=seed) if frames is None else sorted(set(frames))
        if not chosen:
            raise BadInput.of("frames", "There are no frames left to annotate.")
        if strange := [frame for frame in chosen if frame not in free]:
            raise BadInput.of("frames", _why_not(strange[0], size, taken))
        # A segment of its own: nothing but its jobs ever names one.
        segment = Segment.objects.create(task_id=task_id, start_frame=chosen[0], stop_frame=chosen[-1])
        return Job.objects.create(
            task_id=task_id, segment=segment, kind=Job.GROUND_TRUTH, frames=chosen, assignee_id=assignee_id
        )


def _why_not(frame: int, size: int, taken: set[int]) -> str:
    if frame >= size:
        return f"The task has frames 0 to {size - 1}." if size else "The task has no frames yet."
    return f"Frame {frame} has ground truth already." if frame in taken else f"Frame {frame} is deleted."


def delete_ground_truth(person: Person, task_id: int, job_id: int) -> None:
    """Away with the job and what was marked in it. Raises NotFound, NotAllowed."""
    task_open_to(person, task_id, "change")
    with transaction.atomic():
        hold_job(job_id)
        hold_task(task_id)
        found = one_set_apart(task_id, job_id, Job.GROUND_TRUTH)
        _empty(found.pk)
        found.segment.delete()


def create_replica(person: Person, job_id: int, *, assignee_id: int | None = None) -> Job:
    """The same segment in somebody else's hands, to be annotated apart from the job's own annotations.

    Raises NotFound, NotAllowed, BadInput for what is no job of the task's own.
    """
    opened = job_open_to(person, job_id)
    task_open_to(person, opened.task.id, "change")
    if opened.kind != Job.ANNOTATION:
        raise BadInput("Only a job of the task's own has replicas.")
    with transaction.atomic():
        hold_task(opened.task.id)
        _refuse_too_many(opened.task.id)
        found = Job.objects.filter(pk=job_id).first()
        if found is None:
            raise NotFound("the job is gone")
        return Job.objects.create(
            task_id=found.task_id, segment_id=found.segment_id, kind=Job.REPLICA, assignee_id=assignee_id
        )


def delete_replica(person: Person, job_id: int, replica_id: int) -> None:
    """Away with it and with what was marked in it. Raises NotFound, NotAllowed."""
    opened = job_open_to(person, job_id)
    task_open_to(person, opened.task.id, "change")
    with transaction.atomic():
        hold_job(replica_id)
        hold_task(opened.task.id)
        replica = one_set_apart(opened.task.id, replica_id, Job.REPLICA)
        if not Job.objects.filter(pk=job_id, segment_id=replica.segment_id, kind=Job.ANNOTATION).exists():
            raise NotFound("no replica of this job")
        _empty(replica.pk)
        replica.delete()


def _refuse_too_many(task_id: int) -> None:
    most = conf.TASK_JOBS.value
    if Job.objects.filter(task_id=task_id).count() >= most:
        said = f"The task has {most} jobs already, the most that it may have (QUINTET_ANNOTATION_TASK_JOBS)."
        raise BadInput(said)


def _empty(job_id: int) -> None:
    # One statement per table, rather than the ORM's walk from row to row.
    for table in (TrackedShape, Track, Shape, Tag):
        table.objects.filter(job_id=job_id)._raw_delete("default")
