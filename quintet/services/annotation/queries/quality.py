"""Ground truth, replicas, and how far jobs agree with the truth or with one another.

The truth and one job at a time are in memory; each job costs a handful of statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from quintet.core.errors import BadInput, NotAllowed, NotFound
from quintet.services.annotation.models import Job
from quintet.services.annotation.queries.annotations import marks_of_job, rules_of
from quintet.services.annotation.queries.data import deleted_frames_of
from quintet.services.annotation.queries.doors import OpenJob, OpenTask, frames_covered, task_open_to
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.rules import sees_all
from quintet.services.annotation.shapes.agreement import Tally, compare
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.marks import Marks


@dataclass(frozen=True)
class Measure:
    """How close figures must be to belong together.

    least    0 … 1, see shapes.closeness
    pixels   how far apart points and lines are when they are not close at all
    """

    least: float = 0.5
    pixels: float = 10.0


@dataclass(frozen=True)
class JudgedJob:
    """A job, held against the truth on the frames that both have."""

    id: int
    kind: str
    assignee_id: int | None
    tally: Tally


@dataclass(frozen=True)
class Agreement:
    """What the jobs of a task are worth.

    frames   with ground truth, but for deleted ones
    whole    the jobs together, without replicas; where two jobs share a frame, both count
    """

    measure: Measure
    labels: Rules
    frames: int
    jobs: Sequence[JudgedJob]
    whole: Tally = field(default_factory=Tally)


def task_to_judge(person: Person, task_id: int) -> OpenTask:
    """The task, for those who may know how good its annotators are: who may change it, and who sees everything.

    Raises NotFound, NotAllowed.
    """
    return task_open_to(person, task_id, "see" if sees_all(person.groups) else "change")


def may_judge(person: Person, task_id: int) -> bool:
    """Whether that is somebody who may know what ground truth and replicas hold. Raises NotFound."""
    try:
        task_to_judge(person, task_id)
    except NotAllowed:
        return False
    return True


def set_apart(task_id: int, kind: str) -> QuerySet[Job]:
    """Jobs of a task that are ground truth or replicas, by number."""
    return Job.objects.filter(task_id=task_id, kind=kind).select_related("segment").order_by("id")


def one_set_apart(task_id: int, job_id: int, kind: str) -> Job:
    """That job. Raises NotFound."""
    found = set_apart(task_id, kind).filter(pk=job_id).first()
    if found is None:
        raise NotFound("no such job")
    return found


def replicas_of(job_id: int) -> QuerySet[Job]:
    """The replicas of a job, by number."""
    segment = Job.objects.filter(pk=job_id).values("segment_id")
    return Job.objects.filter(segment_id__in=segment, kind=Job.REPLICA).select_related("segment").order_by("id")


def frames_with_truth(task_id: int) -> set[int]:
    """Frames that some ground truth covers."""
    rows = Job.objects.filter(task_id=task_id, kind=Job.GROUND_TRUTH).values_list("frames", flat=True)
    return {frame for frames in rows for frame in frames or ()}


def agreement_with_truth(task: OpenTask, measure: Measure) -> Agreement:
    """Each job of a task held against its ground truth. Raises NotFound where there is none."""
    jobs, deleted, rules = _jobs_of(task), deleted_frames_of(task.id), rules_of(task.id)
    truths = [
        (sorted((job.frames or frozenset()) - deleted), marks_of_job(job, rules))
        for job in jobs
        if job.kind == Job.GROUND_TRUTH
    ]
    if not truths:
        raise NotFound("the task has no ground truth")
    judged = [_judged(job, truths, measure, rules) for job in jobs if job.kind != Job.GROUND_TRUTH]
    found = Agreement(measure, rules, sum(len(covered) for covered, _ in truths), judged)
    for each in found.jobs:
        if each.kind == Job.ANNOTATION:
            found.whole.add(each.tally)
    return found


def _jobs_of(task: OpenTask) -> list[OpenJob]:
    """All of them, whatever their kind; one statement."""
    rows = Job.objects.filter(task_id=task.id).order_by("id")
    frames = ("segment__start_frame", "segment__stop_frame")
    return [
        OpenJob(number, task, start, stop, version, status, assignee, kind, None if some is None else frozenset(some))
        for number, start, stop, version, status, assignee, kind, some in rows.values_list(
            "id", *frames, "version", "status", "assignee_id", "kind", "frames"
        )
    ]


def _judged(other: OpenJob, truths: Sequence[tuple[Sequence[int], Marks]], measure: Measure, rules: Rules) -> JudgedJob:
    tally, marks = Tally(), None
    for covered, truth in truths:
        frames = [frame for frame in covered if other.start_frame <= frame <= other.stop_frame]
        if frames:
            marks = marks or marks_of_job(other, rules)
            tally.add(compare(truth, marks, frames, least=measure.least, pixels=measure.pixels))
    return JudgedJob(other.id, other.kind, other.assignee_id, tally)


def agreement_of_jobs(one: OpenJob, other: OpenJob, measure: Measure) -> tuple[Rules, Tally]:
    """Two jobs of one task on the frames that both have. Raises BadInput where there are none."""
    if one.task.id != other.task.id:
        raise BadInput("The jobs belong to two tasks.")
    frames = set(frames_covered(one)) & set(frames_covered(other))
    if not frames:
        raise BadInput("The jobs share no frames.")
    frames -= deleted_frames_of(one.task.id)
    tally = compare(marks_of_job(one), marks_of_job(other), frames, least=measure.least, pixels=measure.pixels)
    return rules_of(one.task.id), tally
