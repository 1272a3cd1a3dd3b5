"""Functions look at frames: at one while the client waits, or at all of a task in parts that any worker may take.

What was found is saved once, when all parts are done: a worker that dies costs its part, one that is told to stop
leaves nothing behind.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.queries import snapshots
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput, NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.actions import chunks
from quintet.services.annotation.actions.annotations import add_task_marks, replace_task_marks
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.errors import AlreadyRunning, Misshapen, Undone, UnknownFunction
from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.media.turns import Upright
from quintet.services.annotation.models import FunctionRequest
from quintet.services.annotation.queries import Person
from quintet.services.annotation.queries.annotations import rules_of
from quintet.services.annotation.queries.data import Frames, frames_of
from quintet.services.annotation.queries.documents import task_as_is
from quintet.services.annotation.queries.doors import OpenTask
from quintet.services.annotation.queries.functions import ShownRequest, frames_to_look_at, running_request
from quintet.services.annotation.rules.functions import (
    Box,
    Finding,
    Function,
    FunctionFailed,
    Provider,
    fault_of_mapping,
    function_called,
    matched,
)
from quintet.services.annotation.shapes.marks import Marks, Shape

# Some seconds of work: short enough to be done again, long enough to be worth a row.
_FRAMES_OF_A_PART = 200
# Who waits for an import or an upload waits in front of the screen.
_PRIORITY = -1


@dataclass(frozen=True)
class Wish:
    """How somebody wants a function to look.

    threshold   least confidence; None: the function's own
    mapping     label of the function -> label of the task; without it those of one name
    cleanup     whether what was marked before goes
    """

    threshold: float | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    cleanup: bool = False


def function_open(function_id: str) -> tuple[Function, Provider]:
    """A function and who has it. Raises UnknownFunction."""
    found = function_called(function_id)
    if found is None:
        raise UnknownFunction("no such function")
    return found


def call_function(task: OpenTask, function_id: str, frame: int, wish: Wish) -> list[Finding]:
    """What a function finds on one frame, under the task's labels; nothing is saved.

    Raises UnknownFunction, BadInput, NotFound, and Undone when the function cannot look at anything.
    """
    function, provider = function_open(function_id)
    labels = _labels(task.id, function, wish.mapping)
    data = _frames(task.id)
    if frame >= data.size:
        raise BadInput.of("frame", f"Ensure this value is less than or equal to {data.size - 1}.")
    try:
        _, picture = next(chunks.pictures(data, [frame]))
        found = provider.detect(function, picture.pixels, _threshold(function, wish))
    except (NoFrame, BadMedia, OSError) as gone:
        raise NotFound("the frame is damaged") from gone
    except FunctionFailed as failed:
        raise Undone(str(failed)) from failed
    return [
        Finding(labels[each.label], each.confidence, picture.as_stored(each.box))
        for each in found
        if each.label in labels
    ]


def request_function(person: Person, task: OpenTask, function_id: str, wish: Wish) -> FunctionRequest:
    """Let a function look at all frames of a task. Raises UnknownFunction, BadInput, AlreadyRunning, NotFound."""
    function, _ = function_open(function_id)
    if not _labels(task.id, function, wish.mapping):
        said = f"None of {', '.join(function.labels)} is a label of the task; say which is which."
        raise BadInput.of("mapping", said)
    _frames(task.id)
    with transaction.atomic():
        # Held, so that of two who ask at once one is refused.
        hold_task(task.id)
        if running_request(task.id) is not None:
            raise AlreadyRunning(f"Only one running request is allowed for the same task #{task.id}")
        row = FunctionRequest.objects.create(
            key=str(uuid.uuid4()), task_id=task.id, person=person.user, function=function_id,
            told={**asdict(wish), "mapping": dict(wish.mapping)}, created_at=now(),
        )  # fmt: skip
        said_to = {"request_id": row.pk}
        job = jobs.enqueue("annotation.run_function", said_to, owner_id=person.user.pk, priority=_PRIORITY)
        FunctionRequest.objects.filter(pk=row.pk).update(job_id=job.pk)
    row.job_id = job.pk
    return row


def forget_request(shown: ShownRequest) -> None:
    """Stop it, if it is not done, and forget it; what it has saved stays."""
    with transaction.atomic():
        jobs.cancel(shown.how.id)
        FunctionRequest.objects.filter(pk=shown.row.pk).delete()


def _labels(task_id: int, function: Function, said: Mapping[str, str]) -> dict[str, str]:
    marked = [rule.name for rule in rules_of(task_id).values()]
    if fault := fault_of_mapping(function.labels, marked, said):
        raise BadInput.of("mapping", fault)
    return matched(function.labels, marked, said)


def _frames(task_id: int) -> Frames:
    data = frames_of(task_id)
    if data is None:
        raise BadInput.of("task", "The task has no frames yet.")
    return data


def _threshold(function: Function, wish: Wish) -> float:
    return function.threshold if wish.threshold is None else wish.threshold


@dataclass(frozen=True)
class _Errand:
    """A run in the hands of a worker. labels: of the function -> of the task"""

    row: FunctionRequest
    task: OpenTask
    data: Frames
    function: Function
    provider: Provider
    wish: Wish
    labels: Mapping[str, str]


def _errand(request_id: int) -> _Errand:
    row = FunctionRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise GiveUp("The request was taken back, or the task is gone.")
    found, wish, data = function_called(row.function), Wish(**row.told), frames_of(row.task_id)
    if found is None:
        raise GiveUp(f"The function {row.function} is not there any more.")
    if data is None:
        raise GiveUp("The task has no frames any more.")
    function, provider = found
    try:
        labels = _labels(row.task_id, function, wish.mapping)
    except BadInput as unfit:
        raise GiveUp(" ".join(unfit.fields["mapping"])) from unfit
    return _Errand(row, task_as_is(row.task_id), data, function, provider, wish, labels)


@deferred("annotation.run_function", queue="data", max_attempts=5)
def run_function(work: Work, request_id: int) -> None:
    """Cut a task's frames into parts."""
    size = _errand(request_id).data.size
    parts = [(first, min(_FRAMES_OF_A_PART, size - first)) for first in range(0, size, _FRAMES_OF_A_PART)]
    work.split(
        "annotation.look_at_frames",
        [{"request_id": request_id, "first": first, "count": count} for first, count in parts],
        join="annotation.save_findings",
        units=[count for _, count in parts],
    )


@deferred("annotation.look_at_frames", queue="data", max_attempts=5)
def look_at_frames(work: Work, request_id: int, first: int, count: int) -> list[list[Any]]:
    """What is on some frames: frame, label of the function, left, top, right, bottom of each thing."""
    errand = _errand(request_id)
    least, found = _threshold(errand.function, errand.wish), []
    with _said_plainly(errand.function):
        for number, picture in _pictures(errand.data, frames_to_look_at(errand.row.task_id, first, count)):
            seen = errand.provider.detect(errand.function, picture.pixels, least)
            found += [
                [number, each.label, *_rounded(picture.as_stored(each.box))]
                for each in seen
                if each.label in errand.labels
            ]
            work.progress(number - first + 1, count)
    return found


def _rounded(box: Box) -> list[float]:
    return [round(side, 2) for side in box]


def _pictures(data: Frames, numbers: Sequence[int]) -> Iterator[tuple[int, Upright]]:
    place = 0
    try:
        for number, picture in chunks.pictures(data, numbers):
            yield number, picture
            place += 1
    except (NoFrame, BadMedia, OSError) as gone:
        raise GiveUp(f"Frame {numbers[place]} cannot be read.") from gone


@contextmanager
def _said_plainly(function: Function) -> Iterator[None]:
    try:
        yield
    except FunctionFailed as failed:
        raise GiveUp(f"The function {function.id} cannot be used: {failed}") from failed


@deferred("annotation.save_findings", queue="data", max_attempts=5)
def save_findings(work: Work, request_id: int) -> dict[str, int]:
    """Save what all parts have found, in the transaction in which the run becomes done."""
    errand = _errand(request_id)
    number_of = {rule.name: number for number, rule in rules_of(errand.row.task_id).items()}
    shapes = [
        Shape(
            type="rectangle", occluded=False, points=[float(side) for side in box], frame=frame,
            label_id=number_of[errand.labels[label]], group=0, source="auto", attributes=[],
        )
        for part in work.results_of_parts()
        for frame, label, *box in part
        if label in errand.labels
    ]  # fmt: skip
    work.finally_(partial(_save, errand, Marks(version=0, tags=[], shapes=shapes, tracks=[])))
    return {"shapes": len(shapes)}


def _save(errand: _Errand, marks: Marks) -> None:
    save = replace_task_marks if errand.wish.cleanup else add_task_marks
    try:
        save(errand.task, marks, person_id=errand.row.person_id, kind="function")
    except Misshapen as unfit:
        raise GiveUp(f"The task does not take what was found: {unfit}") from unfit


@deferred("annotation.forget_requests")
def forget_requests(work: Work) -> dict[str, int]:
    """Housekeeping: runs that ended some time ago."""
    limit = now() - timedelta(hours=conf.FUNCTIONS_HOURS.value)
    old = dict(FunctionRequest.objects.filter(created_at__lt=limit).values_list("pk", "job_id"))
    how = snapshots([number for number in old.values() if number is not None])
    ended = [
        row for row, number in old.items()
        if number not in how or ((end := how[number].finished_at) is not None and end < limit)
    ]  # fmt: skip
    FunctionRequest.objects.filter(pk__in=ended).delete()
    return {"requests": len(ended)}


every("annotation.forget_requests", seconds=3600)
