"""Files of annotations come in, instead of what a job or all jobs of a task hold, or beside it. What is small is read
while the client waits. What became of each is kept for a while."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import IO, Any, Literal

from django.core.files import File
from django.db import transaction
from django.db.models import Q

from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.models import DONE, UNFINISHED
from quintet.core.deferred.queries import GENERAL_FAILURE, Snapshot, snapshot
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput, NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files
from quintet.services.annotation.actions.annotations import (
    add_job_marks,
    add_task_marks,
    replace_job_marks,
    replace_task_marks,
)
from quintet.services.annotation.actions.exports import wait_for
from quintet.services.annotation.actions.holding import hold_jobs, hold_task
from quintet.services.annotation.actions.webhooks import tell
from quintet.services.annotation.errors import BadFile, Misshapen, Undone
from quintet.services.annotation.formats import IMPORTERS, Parcel, Report, sifted
from quintet.services.annotation.models import Errand, Job
from quintet.services.annotation.queries.annotations import marks_of_job, marks_of_task
from quintet.services.annotation.queries.documents import target_of, task_as_is
from quintet.services.annotation.queries.doors import OpenJob, OpenTask, job
from quintet.services.annotation.queries.imports import ASKED, FAILED, FINISHED, KEPT, QUEUED, TRIAL
from quintet.services.annotation.rules.webhooks import IMPORT_FINISHED
from quintet.services.annotation.shapes.cutting import cut, on_frames
from quintet.services.annotation.shapes.doubles import without_doubles
from quintet.services.annotation.shapes.marks import Marks

_FOLDER = "annotation-imports"
_QUICK_BYTES = 8 * 1024 * 1024
Told = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """How a file is to come in.

    format     the name of one that can be read
    mode       replace: instead of what is there; merge: beside it, without what is there already
    is_strict  refuse the whole file for one thing that does not fit
    is_trial   save nothing, tell what would be
    """

    format: str
    mode: Literal["replace", "merge"] = "replace"
    is_strict: bool = False
    is_trial: bool = False

    def told(self, to: OpenTask | OpenJob, person_id: int) -> Told:
        """What is said of it before it begins."""
        return {
            "format": self.format, "mode": self.mode, "strict": self.is_strict, "dry_run": self.is_trial,
            "job": to.id if isinstance(to, OpenJob) else None, "person": person_id, "state": QUEUED, "error": "",
            "apart": isinstance(to, OpenJob) and to.kind != Job.ANNOTATION,
        }  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """An import that is done. number: under which its report is kept; None of a trial."""

    number: int | None
    told: Told


def import_into(to: OpenTask | OpenJob, order: Order, file: "IO[bytes] | None", *, person_id: int) -> Outcome | None:
    """Bring in what a file says; None while that is being done.

    file   may be missing only where an import of this person into the same is under way

    Raises BadInput, BadFile, Undone; then everything is as it was. What does not fit is left out and told, unless the
    order is strict; a file of which nothing at all fits is a BadFile.
    """
    where = f"job:{to.id}" if isinstance(to, OpenJob) else f"task:{to.id}"
    key = f"{TRIAL if order.is_trial else ASKED}{person_id}:{where}"
    errand = Errand.objects.filter(key=key).first()
    if errand is not None:
        return _outcome(errand)
    if file is None:
        raise BadInput.of("annotation_file", "No file was submitted.")
    parcel, told = Parcel(file), order.told(to, person_id)
    if parcel.size > _QUICK_BYTES:
        return _outcome(_sent_to_worker(to, order, file, key=key, told=told))
    outcome = _bring_in(to, order, parcel, told)
    if conf.WAIT_MS.value:
        return outcome
    # CVAT's answer to the first request is always 202; the second one hears that it is done.
    with transaction.atomic():
        hold_task(_task_of(to).id)
        if Errand.objects.filter(key=key).exists():
            return None
        if outcome.number is None:
            Errand.objects.create(key=key, task_id=_task_of(to).id, created_at=now(), report=outcome.told)
        else:
            Errand.objects.filter(pk=outcome.number).update(key=key)
    return None


def _task_of(to: OpenTask | OpenJob) -> OpenTask:
    return to.task if isinstance(to, OpenJob) else to


def _kept_key() -> str:
    return f"{KEPT}{secrets.token_hex(12)}"


def _bring_in(to: OpenTask | OpenJob, order: Order, parcel: Parcel, told: Told) -> Outcome:
    """Read and save, and keep what there is to tell; a file that is refused is told of as well."""
    row = Errand(key=_kept_key(), task_id=_task_of(to).id, created_at=now())
    report = Report()
    try:
        marks = _read(to, order, parcel, report)
        with transaction.atomic():
            row.report = _saved(to, order, marks, told, report)
            if order.is_trial:
                return Outcome(None, row.report)
            hold_task(_task_of(to).id)
            row.save()
    except BadFile as bad:
        if not order.is_trial:
            row.report = {**told, **report.as_json(), "state": FAILED, "error": str(bad)}
            with transaction.atomic():
                hold_task(_task_of(to).id)
                row.save()
        raise
    return Outcome(row.pk, row.report)


def _read(to: OpenTask | OpenJob, order: Order, parcel: Parcel, report: Report) -> Marks:
    """What a file has for the task. Raises BadFile when it is none of this format, has nothing that fits, or, where the
    order is strict, one thing that does not."""
    read = IMPORTERS[order.format].read
    assert read is not None
    target = replace(target_of(_task_of(to)), report=report)
    marks = sifted(read(parcel, target), target)
    if report.total and order.is_strict:
        raise BadFile(report.first)
    if report.total and marks.is_empty:
        raise BadFile(f"Nothing in the file fits the task. {report.first}")
    return marks


def _saved(to: OpenTask | OpenJob, order: Order, marks: Marks, told: Told, report: Report) -> Told:
    """Save the marks, unless it is a trial; what there is to tell."""
    here = _part_of(to, marks) if isinstance(to, OpenJob) else marks
    fresh = here
    if order.mode == "merge":
        # Who holds the jobs sees what others saved before, and nobody adds the same meanwhile.
        hold_jobs([_task_of(to).id])
        there = marks_of_job(to) if isinstance(to, OpenJob) else marks_of_task(to).marks
        fresh = without_doubles(here, there, last=_task_of(to).size - 1)
    said = {
        **told, **report.as_json(), "state": FINISHED, "added": _counts(fresh),
        "already_there": _count(here) - _count(fresh), "outside_job": _count(marks) - _count(here),
    }  # fmt: skip
    if not order.is_trial:
        _save(to, fresh, order.mode, person_id=told["person"])
        shown = {name: said[name] for name in ("format", "mode", "job", "person", "added", "already_there")}
        tell(_task_of(to).id, IMPORT_FINISHED, {"import": shown})
    return said


def _part_of(job: OpenJob, marks: Marks) -> Marks:
    part = cut(marks, job.start_frame, job.stop_frame)[0]
    return part if job.frames is None else on_frames(part, job.frames)


def _counts(marks: Marks) -> dict[str, int]:
    return {kind: len(getattr(marks, kind)) for kind in ("tags", "shapes", "tracks")}


def _count(marks: Marks) -> int:
    return sum(_counts(marks).values())


def _save(to: OpenTask | OpenJob, marks: Marks, mode: str, *, person_id: int) -> None:
    try:
        if isinstance(to, OpenJob):
            save = add_job_marks if mode == "merge" else replace_job_marks
            save(to, marks, person_id=person_id, kind="import")
        else:
            save_all = add_task_marks if mode == "merge" else replace_task_marks
            save_all(to, marks, person_id=person_id, kind="import")
    except Misshapen as unfit:
        raise BadFile(f"The file says what the task cannot hold: {str(unfit.said)[-200:]}") from unfit


def _sent_to_worker(
    to: OpenTask | OpenJob, order: Order, file: IO[bytes], *, key: str, told: Mapping[str, Any]
) -> Errand:
    file.seek(0)
    stored = files.store().save(f"{_FOLDER}/{secrets.token_hex(16)}", File(file))
    values = {"task_id": _task_of(to).id, "stored": stored, "created_at": now(), "report": told}
    is_new = False
    try:
        with transaction.atomic():
            hold_task(_task_of(to).id)
            errand, is_new = Errand.objects.get_or_create(key=key, defaults=values)
            if is_new:
                errand.job_id = jobs.enqueue("annotation.read_import", {"errand_id": errand.pk}).pk
                errand.save(update_fields=["job_id"])
    finally:
        if not is_new:
            files.store().delete(stored)
    return errand


def _outcome(errand: Errand) -> Outcome | None:
    """The end of it, told once: then it is forgotten, but for its report."""
    wait_for(errand.job_id)
    found = snapshot(errand.job_id) if errand.job_id is not None else None
    if found is not None and found.state in UNFINISHED:
        return None
    told = _close(Errand.objects.filter(pk=errand.pk).first() or errand, found)
    if told["state"] == FINISHED:
        return Outcome(None if told["dry_run"] else errand.pk, told)
    if found is not None and found.error not in ("", GENERAL_FAILURE):
        raise BadFile(found.error)
    raise Undone("The import could not be done.")


def _close(errand: Errand, found: Snapshot | None) -> Told:
    """Nobody need ask for it any more: its file goes, its report stays, unless it was a trial."""
    told: Told = errand.report or {"state": QUEUED if errand.job_id else FINISHED, "dry_run": True}
    if told["state"] == QUEUED:
        is_done = found is not None and found.state == DONE
        told = {**told, "state": FINISHED if is_done else FAILED, "error": found.error if found is not None else ""}
    if errand.stored:
        files.store().delete(errand.stored)
    if told["dry_run"]:
        errand.delete()
    else:
        Errand.objects.filter(pk=errand.pk).update(key=_kept_key(), stored="", job_id=None, report=told)
    return told


@deferred("annotation.read_import", max_attempts=2)
def read_import(work: Work, errand_id: int) -> None:
    """Read a file that takes longer than a client should wait."""
    errand = Errand.objects.filter(pk=errand_id).first()
    if errand is None or errand.task_id is None or not errand.stored:
        raise GiveUp("The task is gone.")
    told: Told = errand.report or {}
    order = Order(told["format"], told["mode"], told["strict"], told["dry_run"])
    to = task_as_is(errand.task_id) if told["job"] is None else _job_as_is(told["job"])
    report = Report()
    try:
        with files.store().open(errand.stored) as file:
            marks = _read(to, order, Parcel(file), report)
    except BadFile as bad:
        said = {**told, **report.as_json(), "state": FAILED, "error": str(bad)}
        Errand.objects.filter(pk=errand_id, report__state=QUEUED).update(report=said)
        raise GiveUp(str(bad)) from bad
    # In the transaction that says "done": a worker that dies and is followed by another replaces nothing twice.
    work.finally_(partial(_finish, errand_id, to, order, marks, told, report))


def _finish(errand_id: int, to: OpenTask | OpenJob, order: Order, marks: Marks, told: Told, report: Report) -> None:
    try:
        said = _saved(to, order, marks, told, report)
    except BadFile as bad:
        raise GiveUp(str(bad)) from bad
    Errand.objects.filter(pk=errand_id).update(report=said)


@deferred("annotation.drop_imports")
def drop_imports(work: Work) -> dict[str, int]:
    """Housekeeping: what nobody asked for to the end is closed, and old reports go."""
    waited = now() - timedelta(hours=conf.EXPORTS_HOURS.value)
    asked = Q(key__startswith=ASKED) | Q(key__startswith=TRIAL)
    for errand in Errand.objects.filter(asked, created_at__lt=waited):
        _close(errand, snapshot(errand.job_id) if errand.job_id is not None else None)
    limit = now() - timedelta(days=conf.IMPORTS_DAYS.value)
    old = Errand.objects.filter(key__startswith=KEPT, created_at__lt=limit)
    return {"imports": old.delete()[0]}


every("annotation.drop_imports", seconds=3600)


def _job_as_is(job_id: int) -> OpenJob:
    try:
        return job(job_id)
    except NotFound as gone:
        raise GiveUp("The job is gone.") from gone
