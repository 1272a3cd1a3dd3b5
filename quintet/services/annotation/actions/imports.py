"""Files of annotations come in, and replace what a job or all jobs of a task hold. What is small is read while the
client waits."""

import secrets
from functools import partial
from typing import IO

from django.core.files import File
from django.db import transaction

from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.models import DONE, UNFINISHED
from quintet.core.deferred.queries import GENERAL_FAILURE, snapshot
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files
from quintet.services.annotation.actions.annotations import replace_job_marks, replace_task_marks
from quintet.services.annotation.actions.exports import wait_for
from quintet.services.annotation.errors import BadFile, Misshapen, Undone
from quintet.services.annotation.formats import IMPORTERS, Parcel
from quintet.services.annotation.models import Errand, Job
from quintet.services.annotation.queries.documents import target_of, task_as_is
from quintet.services.annotation.queries.doors import OpenJob, OpenTask
from quintet.services.annotation.shapes.cutting import cut
from quintet.services.annotation.shapes.marks import Marks

_FOLDER = "annotation-imports"
_QUICK_BYTES = 8 * 1024 * 1024


def import_into(to: OpenTask | OpenJob, name: str, file: "IO[bytes] | None", *, person_id: int) -> bool:
    """Replace what is there by what a file says; True when that is done, False while it is being done.

    name   of a format that can be read
    file   may be missing only where an import of this person into the same is under way

    Raises BadInput, BadFile, Undone; then everything is as it was.
    """
    where = f"job:{to.id}" if isinstance(to, OpenJob) else f"task:{to.id}"
    errand = Errand.objects.filter(key=f"import:{person_id}:{where}").first()
    if errand is not None:
        return _is_done(errand)
    if file is None:
        raise BadInput.of("annotation_file", "No file was submitted.")
    parcel = Parcel(file)
    if parcel.size <= _QUICK_BYTES:
        _replace(to, _read(to, name, parcel))
        if conf.WAIT_MS.value:
            return True
        # CVAT's answer to the first request is always 202; the second one hears that it is done.
        Errand.objects.create(key=f"import:{person_id}:{where}", task_id=_task_of(to).id, created_at=now())
        return False
    return _is_done(_sent_to_worker(to, name, file, key=f"import:{person_id}:{where}"))


def _task_of(to: OpenTask | OpenJob) -> OpenTask:
    return to.task if isinstance(to, OpenJob) else to


def _read(to: OpenTask | OpenJob, name: str, parcel: Parcel) -> Marks:
    task = _task_of(to)
    read = IMPORTERS[name].read
    assert read is not None
    marks = read(parcel, target_of(task))
    return cut(marks, to.start_frame, to.stop_frame)[0] if isinstance(to, OpenJob) else marks


def _replace(to: OpenTask | OpenJob, marks: Marks) -> None:
    try:
        if isinstance(to, OpenJob):
            replace_job_marks(to, marks)
        else:
            replace_task_marks(to, marks)
    except Misshapen as unfit:
        raise BadFile(f"The file says what the task cannot hold: {str(unfit.said)[-200:]}") from unfit


def _sent_to_worker(to: OpenTask | OpenJob, name: str, file: IO[bytes], *, key: str) -> Errand:
    file.seek(0)
    stored = files.store().save(f"{_FOLDER}/{secrets.token_hex(16)}", File(file))
    task_id = _task_of(to).id
    with transaction.atomic():
        errand, is_new = Errand.objects.get_or_create(
            key=key, defaults={"task_id": task_id, "stored": stored, "created_at": now()}
        )
        if is_new:
            said = {"errand_id": errand.pk, "name": name, "job": to.id if isinstance(to, OpenJob) else None}
            errand.job_id = jobs.enqueue("annotation.read_import", said).pk
            errand.save(update_fields=["job_id"])
    if not is_new:
        files.store().delete(stored)
    return errand


def _is_done(errand: Errand) -> bool:
    wait_for(errand.job_id)
    found = snapshot(errand.job_id) if errand.job_id is not None else None
    if found is not None and found.state in UNFINISHED:
        return False
    errand.delete()
    if errand.job_id is None:
        return True
    files.store().delete(errand.stored)
    if found is not None and found.state == DONE:
        return True
    if found is not None and found.error not in ("", GENERAL_FAILURE):
        raise BadFile(found.error)
    raise Undone("The import could not be done.")


@deferred("annotation.read_import", max_attempts=2)
def read_import(work: Work, errand_id: int, name: str, job: int | None) -> None:
    """Read a file that takes longer than a client should wait."""
    errand = Errand.objects.filter(pk=errand_id).first()
    if errand is None or errand.task_id is None:
        raise GiveUp("The task is gone.")
    to: OpenTask | OpenJob = task_as_is(errand.task_id) if job is None else _job_as_is(errand.task_id, job)
    try:
        with files.store().open(errand.stored) as file:
            marks = _read(to, name, Parcel(file))
    except BadFile as bad:
        raise GiveUp(str(bad)) from bad
    # In the transaction that says "done": a worker that dies and is followed by another replaces nothing twice.
    work.finally_(partial(_replace_or_give_up, to, marks))


def _replace_or_give_up(to: OpenTask | OpenJob, marks: Marks) -> None:
    try:
        _replace(to, marks)
    except BadFile as bad:
        raise GiveUp(str(bad)) from bad


def _job_as_is(task_id: int, job_id: int) -> OpenJob:
    row = Job.objects.filter(pk=job_id, task_id=task_id).select_related("segment").first()
    if row is None:
        raise GiveUp("The job is gone.")
    return OpenJob(
        row.pk, task_as_is(task_id), row.segment.start_frame, row.segment.stop_frame, row.version, row.status,
        row.assignee_id,
    )  # fmt: skip
