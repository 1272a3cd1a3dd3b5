"""Saving what was marked. Each save counts its job's version up first, which holds the job's row until the end: two
people who save at once come one after the other, and neither's rows are lost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from quintet.core.clock import now
from quintet.core.errors import Conflict, NotFound
from quintet.services.annotation.actions import rows
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.models import Job, Task
from quintet.services.annotation.queries.annotations import parts_of_task, rules_of, segments_of
from quintet.services.annotation.queries.doors import OpenJob, OpenTask
from quintet.services.annotation.shapes.checks import fault_of_frames, fault_of_marks
from quintet.services.annotation.shapes.cutting import cut
from quintet.services.annotation.shapes.marks import Marks, Shape, Tag, Track
from quintet.services.annotation.shapes.merging import merge

KINDS = ("tags", "shapes", "tracks")
Save = Callable[[Sequence[int], Marks], bool]


def replace_job_marks(job: OpenJob, marks: Marks, *, seen: int | None = None) -> Marks:
    """These instead of all that a job holds; every one gets a new id.

    seen   the version that the client knows: raises Conflict when there is a newer one. None: the last one wins

    As all of these: returns the marks with ids and version; raises Misshapen, NotFound when the job is gone.
    """
    _refuse_misfits(job, marks)
    return _save_job(job, _without_ids(marks), _replace, seen)


def add_job_marks(job: OpenJob, marks: Marks, *, seen: int | None = None) -> Marks:
    """These beside what a job holds, under new ids."""
    _refuse_misfits(job, marks)
    return _save_job(job, _without_ids(marks), _add, seen)


def change_job_marks(job: OpenJob, marks: Marks, *, seen: int | None = None) -> Marks:
    """These instead of those with the same ids, which they keep; what the job does not have is new."""
    _refuse_misfits(job, marks)
    return _save_job(job, marks, _change, seen)


def remove_job_marks(job: OpenJob, marks: Marks, *, seen: int | None = None) -> Marks:
    """Those with these ids away; what is not there is gone already."""
    return _save_job(job, marks, _remove, seen)


def clear_job_marks(job: OpenJob, *, seen: int | None = None) -> None:
    """All away."""
    _save_job(job, Marks(version=0, tags=[], shapes=[], tracks=[]), _replace, seen)


def _refuse_misfits(job: OpenJob, marks: Marks) -> None:
    if marks.is_empty:
        return
    last = max(job.task.size - 1, job.stop_frame)
    fault = fault_of_marks(marks, rules_of(job.task.id), start=job.start_frame, stop=job.stop_frame, last=last)
    fault = fault or (fault_of_frames(marks, job.frames) if job.frames is not None else None)
    if fault is not None:
        raise Misshapen(fault)


def _save_job(job: OpenJob, marks: Marks, save: Save, seen: int | None) -> Marks:
    with transaction.atomic():
        marks.version = _next_version(job.id, seen)
        if save([job.id], marks):
            _touch(job.task.id)
    return marks


def _next_version(job_id: int, seen: int | None) -> int:
    found = Job.objects.filter(pk=job_id)
    if seen is not None:
        found = found.filter(version=seen)
    if not found.update(version=F("version") + 1):
        if seen is not None and Job.objects.filter(pk=job_id).exists():
            raise Conflict("somebody else has saved meanwhile")
        raise NotFound("the job is gone")
    return Job.objects.values_list("version", flat=True).get(pk=job_id)


def _touch(task_id: int) -> None:
    Task.objects.filter(pk=task_id).update(updated_at=now())


def _without_ids(marks: Marks) -> Marks:
    everything: list[Tag | Shape | Track] = [*marks.tags, *marks.shapes, *marks.tracks]
    for mark in everything:
        mark.id = None
    for track in marks.tracks:
        for shape in track.shapes:
            shape.id = None
    return marks


def _replace(job_ids: Sequence[int], marks: Marks) -> bool:
    there_was_something = rows.delete_all(job_ids)
    return _add(job_ids, marks) or there_was_something


def _add(job_ids: Sequence[int], marks: Marks) -> bool:
    rows.insert(job_ids[0], marks)
    return not marks.is_empty


def _remove(job_ids: Sequence[int], marks: Marks) -> bool:
    return rows.delete_some(job_ids, **_said_ids(marks))


def _said_ids(marks: Marks) -> dict[str, set[int]]:
    return {kind: {mark.id for mark in getattr(marks, kind) if mark.id is not None} for kind in KINDS}


def _change(job_ids: Sequence[int], marks: Marks) -> bool:
    (job_id,) = job_ids
    said = _said_ids(marks)
    there = dict(rows.ids_of(job_id)) if any(said.values()) else {}
    known = {kind: said[kind] & there.get(kind, set()) for kind in KINDS}
    shapes = rows.keyframe_ids(known["tracks"]) if known["tracks"] else {}
    rows.delete_some(job_ids, **known)
    _keep_ids(marks, known, shapes)
    return _add(job_ids, marks)


def _keep_ids(marks: Marks, known: Mapping[str, set[int]], track_of: Mapping[int, int]) -> None:
    """Only what is known keeps its id, and only once."""
    for kind in KINDS:
        free = set(known[kind])
        for mark in getattr(marks, kind):
            mark.id = _claimed(mark.id, free)
    shapes = set(track_of)
    for track in marks.tracks:
        for shape in track.shapes:
            is_its_own = shape.id is not None and track_of.get(shape.id) == track.id
            shape.id = _claimed(shape.id, shapes) if is_its_own else None


def _claimed(said: int | None, free: set[int]) -> int | None:
    if said not in free:
        return None
    free.discard(said)
    return said


# A task's marks are those of its jobs. Each job gets what lies on its frames: on frames that jobs share, both.


@dataclass
class _Piece:
    """What one job gets, and which of the task's marks each of its own came from."""

    job_id: int
    marks: Marks
    origins: Sequence[tuple[Any, Any]]


def replace_task_marks(task: OpenTask, marks: Marks) -> Marks:
    """These instead of all that a task's jobs hold. As for a job; what is cut answers with the id of its first part."""
    _refuse_task_misfits(task, marks)
    return _save_task(task, _without_ids(marks), _replace)


def add_task_marks(task: OpenTask, marks: Marks) -> Marks:
    """These beside what a task's jobs hold."""
    _refuse_task_misfits(task, marks)
    return _save_task(task, _without_ids(marks), _add)


def clear_task_marks(task: OpenTask) -> None:
    """All away."""
    _save_task(task, Marks(version=0, tags=[], shapes=[], tracks=[]), _replace)


def _refuse_task_misfits(task: OpenTask, marks: Marks) -> None:
    if marks.is_empty:
        return
    last = task.size - 1
    if fault := fault_of_marks(marks, rules_of(task.id), start=0, stop=last, last=last):
        raise Misshapen(fault)


def _save_task(task: OpenTask, marks: Marks, save: Save) -> Marks:
    with transaction.atomic():
        jobs = _hold_jobs(task.id)
        is_changed = False
        # All cut before any id is told: a mark that has one would take it into the next job.
        for piece in list(_pieces(jobs, marks)):
            is_changed = save([piece.job_id], piece.marks) or is_changed
            _tell_ids(piece)
        if is_changed:
            _touch(task.id)
    marks.version = max((version for *_, version in jobs), default=0)
    return marks


def _hold_jobs(task_id: int) -> list[tuple[int, int, int, int]]:
    # In the order of their numbers, so that two saves never wait for one another.
    jobs = Job.objects.filter(task_id=task_id, kind=Job.ANNOTATION)
    list(jobs.select_for_update().order_by("id").values_list("id"))
    jobs.update(version=F("version") + 1)
    return segments_of(task_id)


def _pieces(jobs: Sequence[tuple[int, int, int, int]], marks: Marks) -> Iterable[_Piece]:
    if len(jobs) == 1:
        yield _Piece(jobs[0][0], marks, [])
        return
    for job_id, start, stop, _ in jobs:
        yield _Piece(job_id, *cut(marks, start, stop))


def _tell_ids(piece: _Piece) -> None:
    for whole, copy in piece.origins:
        if whole.id is None:
            whole.id = copy.id


def remove_task_marks(task: OpenTask, marks: Marks) -> Marks:
    """Those with these ids away, together with the copies of them that other jobs hold."""
    with transaction.atomic():
        jobs = _hold_jobs(task.id)
        ids = {kind: behind for kind, (behind, _) in _rows_behind(task, marks).items()}
        if rows.delete_some([job_id for job_id, *_ in jobs], **ids):
            _touch(task.id)
    marks.version = max((version for *_, version in jobs), default=0)
    return marks


def change_task_marks(task: OpenTask, marks: Marks) -> Marks:
    """These instead of those with the same ids, in every job that has a copy; what no job has is new."""
    _refuse_task_misfits(task, marks)
    with transaction.atomic():
        jobs = _hold_jobs(task.id)
        if len(jobs) == 1:
            _change([jobs[0][0]], marks)
        else:
            _change_in_jobs(task, jobs, marks)
        if not marks.is_empty:
            _touch(task.id)
    marks.version = max((version for *_, version in jobs), default=0)
    return marks


def _change_in_jobs(task: OpenTask, jobs: Sequence[tuple[int, int, int, int]], marks: Marks) -> None:
    behind = _rows_behind(task, marks)
    rows.delete_some([job_id for job_id, *_ in jobs], **{kind: ids for kind, (ids, _) in behind.items()})
    said = {kind: [mark.id for mark in getattr(marks, kind)] for kind in KINDS}
    _without_ids(marks)
    pieces = list(_pieces(jobs, marks))
    for piece in pieces:
        copy_of = {id(whole): copy for whole, copy in piece.origins}
        for kind in KINDS:
            free = behind[kind][1]
            for mark, number in zip(getattr(marks, kind), said[kind], strict=True):
                if number is not None and (copy := copy_of.get(id(mark))) is not None:
                    # Each row goes back under its own number, once.
                    copy.id = free.pop((number, piece.job_id), None)
        rows.insert(piece.job_id, piece.marks)
        _tell_ids(piece)


def _rows_behind(task: OpenTask, marks: Marks) -> dict[str, tuple[set[int], dict[tuple[int, int], int]]]:
    """By kind: the rows that stand behind these marks, and which one of them each job has: (id said, job) -> row."""
    parts = parts_of_task(task.id, rules_of(task.id))
    jobs = [job_id for job_id, *_ in segments_of(task.id)]
    merged = merge(parts, overlap=task.overlap or 0, size=task.size)
    found: dict[str, tuple[set[int], dict[tuple[int, int], int]]] = {}
    for kind, said in _said_ids(marks).items():
        job_of = {
            mark.id: job for job, part in zip(jobs, parts, strict=True) for mark in getattr(part.marks, kind)
        }  # fmt: skip
        known = said & job_of.keys()
        places = {(shown, job_of[row]): row for shown in known for row in merged.rows_behind(kind, [shown])}
        found[kind] = set(places.values()), places
    return found
