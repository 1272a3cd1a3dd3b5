"""Saving what was marked. Each save counts its job's version up first, which holds the job's row until the end: two
people who save at once come one after the other, and neither's rows are lost. What it did is kept in the job's history.

person_id   who saves
kind        what the history calls it
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.annotation.actions import history, rows
from quintet.services.annotation.actions.history import Kind
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.models import Job, Task
from quintet.services.annotation.queries.annotations import (
    has_forms,
    labels_for_job,
    marks_of_job,
    marks_of_task,
    parts_of_task,
    rules_of,
    segments_of,
)
from quintet.services.annotation.queries.doors import OpenJob, OpenTask
from quintet.services.annotation.queries.history import saved_meanwhile
from quintet.services.annotation.shapes.checks import fault_of_frames, fault_of_marks
from quintet.services.annotation.shapes.cutting import cut
from quintet.services.annotation.shapes.marks import Marks, no_marks
from quintet.services.annotation.shapes.merging import merge
from quintet.services.annotation.shapes.numbers import ids_in, keep_ids, without_ids
from quintet.services.annotation.shapes.plainly import keep_forms, says_ids
from quintet.services.annotation.shapes.undo import KINDS, Ids, State

# What went and what came.
Change = tuple[State, Ids]
Save = Callable[[int, Marks], Change]


def replace_job_marks(
    job: OpenJob, marks: Marks, *, person_id: int | None = None, kind: Kind = "put", seen: int | None = None
) -> Marks:
    """These instead of all that a job holds; every one gets a new id.

    seen   the version that the client knows: raises SavedMeanwhile when there is a newer one. None: the last one wins

    As all of these: returns the marks with ids and version; raises Misshapen, NotFound when the job is gone.
    """
    _keep_forms(marks, job=job)
    _refuse_misfits(job, marks)
    return _save_job(job, without_ids(marks), _replace, person_id, kind, seen)


def add_job_marks(
    job: OpenJob, marks: Marks, *, person_id: int | None = None, kind: Kind = "create", seen: int | None = None
) -> Marks:
    """These beside what a job holds, under new ids."""
    _refuse_misfits(job, marks)
    return _save_job(job, without_ids(marks), _add, person_id, kind, seen)


def change_job_marks(
    job: OpenJob, marks: Marks, *, person_id: int | None = None, kind: Kind = "update", seen: int | None = None
) -> Marks:
    """These instead of those with the same ids, which they keep; what the job does not have is new."""
    _keep_forms(marks, job=job)
    _refuse_misfits(job, marks)
    return _save_job(job, marks, _change, person_id, kind, seen)


def remove_job_marks(
    job: OpenJob, marks: Marks, *, person_id: int | None = None, kind: Kind = "delete", seen: int | None = None
) -> Marks:
    """Those with these ids away; what is not there is gone already."""
    return _save_job(job, marks, _remove, person_id, kind, seen)


def clear_job_marks(job: OpenJob, *, person_id: int | None = None, seen: int | None = None) -> None:
    """All away."""
    _save_job(job, no_marks(), _replace, person_id, "clear", seen)


def _keep_forms(marks: Marks, *, job: OpenJob | None = None, task: OpenTask | None = None) -> None:
    """What a client of CVAT 1.x sends back as it was shown stays what it was. Before ids are told anew."""
    if not says_ids(marks):
        return
    if job is not None and has_forms(job_id=job.id):
        keep_forms(marks, marks_of_job(job))
    elif task is not None and has_forms(task_id=task.id):
        keep_forms(marks, marks_of_task(task).marks)


def _refuse_misfits(job: OpenJob, marks: Marks) -> None:
    if marks.is_empty:
        return
    last = max(job.task.size - 1, job.stop_frame)
    fault = fault_of_marks(marks, rules_of(job.task.id), start=job.start_frame, stop=job.stop_frame, last=last)
    fault = fault or (fault_of_frames(marks, job.frames) if job.frames is not None else None)
    if fault is not None:
        raise Misshapen(fault)


def _save_job(job: OpenJob, marks: Marks, save: Save, person_id: int | None, kind: Kind, seen: int | None) -> Marks:
    with transaction.atomic():
        marks.version = next_version(job.id, seen, by=_counted(save, kind))
        if history.keep(job.id, marks.version, *save(job.id, marks), person_id=person_id, kind=kind):
            touch(job.task.id)
    return marks


def _counted(save: Save, kind: Kind) -> int:
    # CVAT empties before it imports, which is one version more, and programs that read its numbers reckon with it.
    return 2 if kind == "import" and save is _replace else 1


def next_version(job_id: int, seen: int | None, *, by: int = 1) -> int:
    """Count a job's version up, which holds its row until the transaction ends. Raises SavedMeanwhile, NotFound."""
    found = Job.objects.filter(pk=job_id)
    if seen is not None:
        found = found.filter(version=seen)
    if not found.update(version=F("version") + by):
        raise (saved_meanwhile(job_id) if seen is not None else None) or NotFound("the job is gone")
    return Job.objects.values_list("version", flat=True).get(pk=job_id)


def touch(task_id: int) -> None:
    """The task has changed."""
    Task.objects.filter(pk=task_id).update(updated_at=now())


def _replace(job_id: int, marks: Marks) -> Change:
    taken = rows.take_all(job_id)
    return taken, _inserted(job_id, marks)


def _add(job_id: int, marks: Marks) -> Change:
    return State(), _inserted(job_id, marks)


def _inserted(job_id: int, marks: Marks) -> Ids:
    _refuse_labels_that_went(job_id, marks)
    rows.insert(job_id, marks)
    return ids_in(marks)


def _refuse_labels_that_went(job_id: int, marks: Marks) -> None:
    # Since the marks were looked at somebody may have merged or removed a label; who does that holds the jobs, too.
    used = {mark.label_id for kind in KINDS for mark in getattr(marks, kind)}
    if used and (gone := used - labels_for_job(job_id)):
        raise Misshapen(f"label_id `{min(gone)}` is invalid")


def _remove(job_id: int, marks: Marks) -> Change:
    return rows.take_some(job_id, ids_in(marks)), {}


def _change(job_id: int, marks: Marks) -> Change:
    taken = rows.take_some(job_id, ids_in(marks))
    shapes = {row[0]: track for track, keyframes in taken.keyframes.items() for row in keyframes}
    keep_ids(marks, taken.ids(), shapes)
    return taken, _inserted(job_id, marks)


# A task's marks are those of its jobs. Each job gets what lies on its frames: on frames that jobs share, both.


# Number, first frame, last frame and version.
_JobRow = tuple[int, int, int, int]
# (id that was said, job) -> the row of that job.
_Behind = dict[tuple[int, int], int]


@dataclass
class _Piece:
    """What one job gets, and which of the task's marks each of its own came from."""

    job_id: int
    marks: Marks
    origins: Sequence[tuple[Any, Any]]


def replace_task_marks(task: OpenTask, marks: Marks, *, person_id: int | None = None, kind: Kind = "put") -> Marks:
    """These instead of all that a task's jobs hold. As for a job; what is cut answers with the id of its first part."""
    _keep_forms(marks, task=task)
    _refuse_task_misfits(task, marks)
    return _save_task(task, without_ids(marks), _replace, person_id, kind)


def add_task_marks(task: OpenTask, marks: Marks, *, person_id: int | None = None, kind: Kind = "create") -> Marks:
    """These beside what a task's jobs hold."""
    _refuse_task_misfits(task, marks)
    return _save_task(task, without_ids(marks), _add, person_id, kind)


def clear_task_marks(task: OpenTask, *, person_id: int | None = None) -> None:
    """All away."""
    _save_task(task, no_marks(), _replace, person_id, "clear")


def _refuse_task_misfits(task: OpenTask, marks: Marks) -> None:
    if marks.is_empty:
        return
    last = task.size - 1
    if fault := fault_of_marks(marks, rules_of(task.id), start=0, stop=last, last=last):
        raise Misshapen(fault)


def _save_task(task: OpenTask, marks: Marks, save: Save, person_id: int | None, kind: Kind) -> Marks:
    with transaction.atomic():
        jobs = _hold_jobs(task.id, by=_counted(save, kind))
        changes = {}
        # All cut before any id is told: a mark that has one would take it into the next job.
        for piece in list(_pieces(jobs, marks)):
            changes[piece.job_id] = save(piece.job_id, piece.marks)
            _tell_ids(piece)
        _keep(task, jobs, changes, person_id, kind)
    marks.version = _newest(jobs)
    return marks


def _keep(
    task: OpenTask, jobs: Sequence[_JobRow], changes: Mapping[int, Change], person_id: int | None, kind: Kind
) -> None:
    kept = [
        history.keep(job_id, version, *changes[job_id], person_id=person_id, kind=kind)
        for job_id, _, _, version in jobs
        if job_id in changes
    ]
    if any(kept):
        touch(task.id)


def _newest(jobs: Sequence[_JobRow]) -> int:
    return max((version for *_, version in jobs), default=0)


def _hold_jobs(task_id: int, *, by: int = 1) -> list[_JobRow]:
    # In the order of their numbers, so that two saves never wait for one another.
    jobs = Job.objects.filter(task_id=task_id, kind=Job.ANNOTATION)
    list(jobs.select_for_update().order_by("id").values_list("id"))
    jobs.update(version=F("version") + by)
    return segments_of(task_id)


def _pieces(jobs: Sequence[_JobRow], marks: Marks) -> Iterable[_Piece]:
    if len(jobs) == 1:
        yield _Piece(jobs[0][0], marks, [])
        return
    for job_id, start, stop, _ in jobs:
        yield _Piece(job_id, *cut(marks, start, stop))


def _tell_ids(piece: _Piece) -> None:
    for whole, copy in piece.origins:
        if whole.id is None:
            whole.id = copy.id


def remove_task_marks(task: OpenTask, marks: Marks, *, person_id: int | None = None, kind: Kind = "delete") -> Marks:
    """Those with these ids away, together with the copies of them that other jobs hold."""
    with transaction.atomic():
        jobs = _hold_jobs(task.id)
        taken = _take_behind(jobs, _rows_behind(task, marks))
        _keep(task, jobs, {job_id: (state, {}) for job_id, state in taken.items()}, person_id, kind)
    marks.version = _newest(jobs)
    return marks


def change_task_marks(task: OpenTask, marks: Marks, *, person_id: int | None = None, kind: Kind = "update") -> Marks:
    """These instead of those with the same ids, in every job that has a copy; what no job has is new."""
    _keep_forms(marks, task=task)
    _refuse_task_misfits(task, marks)
    with transaction.atomic():
        jobs = _hold_jobs(task.id)
        changes = {jobs[0][0]: _change(jobs[0][0], marks)} if len(jobs) == 1 else _change_in_jobs(task, jobs, marks)
        _keep(task, jobs, changes, person_id, kind)
    marks.version = _newest(jobs)
    return marks


def _change_in_jobs(task: OpenTask, jobs: Sequence[_JobRow], marks: Marks) -> dict[int, Change]:
    behind = _rows_behind(task, marks)
    taken = _take_behind(jobs, behind)
    said = {kind: [mark.id for mark in getattr(marks, kind)] for kind in KINDS}
    without_ids(marks)
    changes = {}
    for piece in list(_pieces(jobs, marks)):
        copy_of = {id(whole): copy for whole, copy in piece.origins}
        for kind in KINDS:
            for mark, number in zip(getattr(marks, kind), said[kind], strict=True):
                if number is not None and (copy := copy_of.get(id(mark))) is not None:
                    # Each row goes back under its own number, once.
                    copy.id = behind[kind].pop((number, piece.job_id), None)
        changes[piece.job_id] = taken[piece.job_id], _inserted(piece.job_id, piece.marks)
        _tell_ids(piece)
    return changes


def _take_behind(jobs: Sequence[_JobRow], behind: Mapping[str, _Behind]) -> dict[int, State]:
    ids: dict[int, dict[str, list[int]]] = {job_id: {kind: [] for kind in KINDS} for job_id, *_ in jobs}
    for kind, places in behind.items():
        for (_, job_id), row in places.items():
            ids[job_id][kind].append(row)
    return {job_id: rows.take_some(job_id, said) for job_id, said in ids.items()}


def _rows_behind(task: OpenTask, marks: Marks) -> dict[str, _Behind]:
    """By kind: the rows that stand behind these marks."""
    parts = parts_of_task(task.id, rules_of(task.id))
    jobs = [job_id for job_id, *_ in segments_of(task.id)]
    merged = merge(parts, overlap=task.overlap or 0, size=task.size)
    found: dict[str, _Behind] = {}
    for kind, said in ids_in(marks).items():
        job_of = {
            mark.id: job for job, part in zip(jobs, parts, strict=True) for mark in getattr(part.marks, kind)
        }  # fmt: skip
        known = set(said) & job_of.keys()
        found[kind] = {(shown, job_of[row]): row for shown in known for row in merged.rows_behind(kind, [shown])}
    return found
