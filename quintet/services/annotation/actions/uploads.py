"""Data comes to a task: what is quickly read is read at once, the rest by a worker."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.queries import Snapshot
from quintet.core.deferred.running import Work
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files, remote, resumables, share
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.actions.reading import (
    SHARE,
    Reader,
    Reading,
    Source,
    add_frames,
    here,
    refuse_mixture,
    refuse_too_many_jobs,
)
from quintet.services.annotation.errors import StillReading
from quintet.services.annotation.media.errors import BadMedia
from quintet.services.annotation.media.kinds import IMAGE, kind_of
from quintet.services.annotation.models import Data, Upload
from quintet.services.annotation.queries import Person, task_open_to
from quintet.services.annotation.rules import step_of

# What is read while the client waits: at most so many pictures, and other files up to so many bytes.
_QUICK_PICTURES, _QUICK_BYTES = 1000, 64 * 1024 * 1024
_A_DAY = 24 * 3600.0
_MESSAGE_LENGTH = 1000


@dataclass(frozen=True)
class Sent:
    """What one POST of data asks for.

    files      name and path of what came with it, or before in pieces
    resumable  keys of what came in pieces; used up when it has become frames
    server     paths on the share
    remote     addresses
    """

    image_quality: int
    files: Sequence[tuple[str, Path]] = ()
    server: Sequence[str] = ()
    remote: Sequence[str] = ()
    resumable: Sequence[str] = ()
    start_frame: int | None = None
    stop_frame: int | None = None
    frame_filter: str = ""
    chunk_size: int | None = None
    use_zip_chunks: bool = False
    told: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        said = {
            "start_frame": self.start_frame, "stop_frame": self.stop_frame, "step": step_of(self.frame_filter),
            "chunk_size": self.chunk_size, "use_zip_chunks": self.use_zip_chunks or None,
        }  # fmt: skip
        object.__setattr__(self, "told", {name: value for name, value in said.items() if value is not None})


def add_data(person: Person, task_id: int, sent: Sent) -> None:
    """Give a task its frames, or more of them. Its status then tells how far that is.

    Raises NotFound, NotAllowed, StillReading.
    """
    task_open_to(person, task_id, "upload")
    folder = Data.objects.filter(task_id=task_id).values_list("folder", flat=True).first() or files.new_folder()
    place = os.urandom(4).hex()
    try:
        if _is_quick(sent):
            _read_at_once(task_id, folder, place, sent)
        else:
            _leave_to_worker(person, task_id, folder, place, sent)
    except BaseException:
        files.remove_folder(f"{folder}/{place}")
        raise


def _is_quick(sent: Sent) -> bool:
    if sent.remote or len(sent.files) + len(sent.server) > _QUICK_PICTURES:
        return False
    try:
        paths = [*sent.files, *((name, share.path_on_share(name)) for name in sent.server)]
    except BadMedia:
        return True
    return all(_is_soon_read(name, path) for name, path in paths)


def _is_soon_read(name: str, path: Path) -> bool:
    if path.is_dir():
        return share.holds_at_most(path, _QUICK_PICTURES)
    return kind_of(name) in (IMAGE, None) or path.stat().st_size < _QUICK_BYTES


def _read_at_once(task_id: int, folder: str, place: str, sent: Sent) -> None:
    try:
        sources, directories, inside = _on_share(sent.server)
        sources += [here(name, path) for name, path in sent.files]
        found = Reader(folder, place, sent.told).read(sources, directories=directories, inside=inside)
        with transaction.atomic():
            add_frames(_announce(task_id, folder, sent, Upload.FINISHED), found)
            if resumables.used(sent.resumable) < len(set(sent.resumable)):
                raise StillReading("somebody has made frames of the same files meanwhile")
    except BadMedia as bad:
        files.remove_folder(f"{folder}/{place}")
        with transaction.atomic():
            _announce(task_id, folder, sent, Upload.FAILED, message=str(bad))


def _leave_to_worker(person: Person, task_id: int, folder: str, place: str, sent: Sent) -> None:
    kept = []
    for number, (name, path) in enumerate(sent.files):
        files.put(path, folder, f"{place}/{number}")
        kept.append({"kind": "client", "name": name, "stored": f"{place}/{number}"})
    kept += [{"kind": "server", "name": name} for name in sent.server]
    kept += [{"kind": "remote", "name": address} for address in sent.remote]
    kept += [{"kind": "resumable", "name": key} for key in sent.resumable]
    with transaction.atomic():
        upload = _announce(task_id, folder, sent, Upload.QUEUED, message="Waiting to be read", kept=kept)
        job = jobs.enqueue("annotation.read_upload", {"upload_id": upload.pk}, owner_id=person.user.pk)
        Upload.objects.filter(pk=upload.pk).update(job_id=job.pk)


def _announce(
    task_id: int, folder: str, sent: Sent, state: str, *, message: str = "", kept: Sequence[dict[str, str]] = ()
) -> Upload:
    task = hold_task(task_id)
    data = Data.objects.filter(task=task).first() or Data(task=task, folder=folder)
    unread = (Upload.QUEUED, Upload.STARTED)
    # With another folder: somebody else's first upload was faster.
    if data.folder != folder or (data.pk and data.uploads.filter(state__in=unread).exists()):
        raise StillReading("one upload after another")
    if not data.size:
        data.image_quality = sent.image_quality
        data.start_frame, data.stop_frame = sent.start_frame or 0, sent.stop_frame or 0
        data.frame_filter = sent.frame_filter
        data.made_at = now()
        data.save()
    return Upload.objects.create(
        data=data, told=sent.told, files=list(kept), state=state, message=message[:_MESSAGE_LENGTH], created_at=now()
    )


def _on_share(names: Sequence[str]) -> tuple[list[Source], int, list[Source]]:
    """What is named on the share: files, how many folders, and the pictures in those."""
    sources, directories, inside = [], 0, []
    for name in share.without_outer_folders(names):
        path = share.path_on_share(name)
        if path.is_dir():
            directories += 1
            for found in share.pictures_in(name):
                inside.append(here(found, share.path_on_share(found), f"{SHARE}{found}"))
        else:
            sources.append(here(name, path, f"{SHARE}{name}"))
    return sources, directories, inside


def end_unread(job: Snapshot, upload_id: int) -> None:
    """What follows when the worker gave up or was told to; in the transaction in which that becomes true."""
    said = "Exception: it was cancelled" if job.state == "cancelled" else f"Exception: {job.error}"
    Upload.objects.filter(pk=upload_id).update(state=Upload.FAILED, message=said[:_MESSAGE_LENGTH])


@deferred("annotation.read_upload", queue="data", on_failure=end_unread)
def read_upload(work: Work, upload_id: int) -> None:
    """Read what was left to a worker. Each attempt keeps files in a place of its own."""
    upload = Upload.objects.select_related("data__task").filter(pk=upload_id).first()
    if upload is None:
        return
    folder = upload.data.folder
    Upload.objects.filter(pk=upload_id).update(state=Upload.STARTED, message="Files are being read")
    work.otherwise(partial(files.remove_folder, f"{folder}/{work.mark}"))
    try:
        found = _read(work, upload)
        refuse_mixture(upload.data, upload.data.task, is_video=found.is_video)
        refuse_too_many_jobs(upload.data.task, upload.data.size, len(found.numbers), is_video=found.is_video)
    except BadMedia as bad:
        ends = {"state": Upload.FAILED, "message": str(bad)[:_MESSAGE_LENGTH]}
        work.finally_(partial(_end, upload, ends, [row["stored"] for row in upload.files if "stored" in row]))
    else:
        work.finally_(partial(add_frames, upload, found))
        work.finally_(partial(resumables.used, [row["name"] for row in upload.files if row["kind"] == "resumable"]))
        work.finally_(partial(_end, upload, {"state": Upload.FINISHED, "message": ""}, found.obsolete))


def _read(work: Work, upload: Upload) -> Reading:
    rows, folder = upload.files, upload.data.folder
    with files.own_folder() as fetched:
        sources, directories, inside = _on_share([row["name"] for row in rows if row["kind"] == "server"])
        sources += [
            Source(row["name"], partial(files.local, folder, row["stored"]), row["stored"])
            for row in rows
            if row["kind"] == "client"
        ]
        sources += _fetched(work, [row["name"] for row in rows if row["kind"] == "remote"], fetched)
        reader = Reader(folder, work.mark, upload.told, work.progress)
        return reader.read(sources, directories=directories, inside=inside)


def _fetched(work: Work, addresses: Sequence[str], into: Path) -> list[Source]:
    sources, left = [], conf.REMOTE_MB.value * 1024 * 1024
    for number, address in enumerate(addresses):
        path = into / f"{number}"
        left -= remote.fetch(address, path, most_bytes=left)
        sources.append(here(remote.name_in(address), path))
        work.progress(number, len(addresses))
    return sources


def _end(upload: Upload, ends: dict[str, str], obsolete: Sequence[str]) -> None:
    Upload.objects.filter(pk=upload.pk).update(**ends, files=[])
    for stored in obsolete:
        transaction.on_commit(partial(files.remove, upload.data.folder, stored), robust=True)


@deferred("annotation.drop_leftovers")
def drop_leftovers(work: object) -> None:
    """Housekeeping: files of uploads that no row came to know, a day later."""
    files.clear_workplace(_A_DAY)
    old = files.folders_older_than(_A_DAY)
    known = set(Data.objects.filter(folder__in=old).values_list("folder", flat=True))
    for folder in set(old) - known:
        files.remove_folder(folder)


every("annotation.drop_leftovers", daily_at="03:50")
