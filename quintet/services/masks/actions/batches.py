"""Many pictures at once: files or a ZIP, looked at after the answer."""

import os
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from quintet.accounts.models import User
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred
from quintet.core.deferred.models import CANCELLED
from quintet.core.deferred.queries import Snapshot
from quintet.core.deferred.running import Work
from quintet.services.masks import conf
from quintet.services.masks.actions.picture_files import FOLDER
from quintet.services.masks.actions.pictures import Seen, finish, look_at, refuse, stored, stored_thumbnail
from quintet.services.masks.errors import BadUpload, QuotaExhausted
from quintet.services.masks.models import Batch, Kind, Picture
from quintet.services.masks.queries import batch_of, has_any_left
from quintet.services.masks.rules import is_picture_of_archive

_MEBIBYTE = 1024 * 1024
_AT_ONCE = 400


def begin_batch(owner: User, uploads: "Sequence[UploadedFile[bytes]]") -> Batch:
    """Take files in and have them looked at after the answer. Each that is answered costs one, as if it came alone.

    A ZIP is taken apart later; a file that is no picture is refused later, by its name.
    Raises BadUpload when there is none or too much, QuotaExhausted when not even one is left.
    """
    if not uploads or len(uploads) > conf.BATCH_PICTURES.value:
        raise BadUpload("no file, or too many")
    if sum(upload.size or 0 for upload in uploads) > conf.BATCH_MB.value * _MEBIBYTE:
        raise BadUpload("the batch is too large")
    if not has_any_left(owner, Kind.PICTURES):
        raise QuotaExhausted("no pictures left")
    is_archive = len(uploads) == 1 and zipfile.is_zipfile(uploads[0])
    kept: list[str] = []
    try:
        for upload in uploads:
            upload.seek(0)
            ending = "zip" if is_archive else "bin"
            kept.append(default_storage.save(f"{FOLDER}/{owner.pk}/{os.urandom(16).hex()}.{ending}", upload))
        return _enter(owner, [str(upload.name or "") for upload in uploads], kept, is_archive=is_archive)
    except BaseException:
        for name in kept:
            default_storage.delete(name)
        raise


def _enter(owner: User, names: list[str], kept: list[str], *, is_archive: bool) -> Batch:
    with transaction.atomic():
        batch = Batch.objects.create(owner=owner, archive=kept[0] if is_archive else "")
        if not is_archive:
            Picture.objects.bulk_create(
                Picture(owner=owner, batch=batch, position=n, name=name[:255], original=file, state=Picture.WAITING)
                for n, (name, file) in enumerate(zip(names, kept, strict=True))
            )
        job = jobs.enqueue("masks.calculate_batch", {"batch_id": batch.pk}, owner_id=owner.pk, units=len(kept))
        Batch.objects.filter(pk=batch.pk).update(job_id=job.pk)
        batch.job_id = job.pk
    return batch


def _end_without_result(job: Snapshot, batch_id: int) -> None:
    """What follows when the work failed or was cancelled: nothing waits for ever."""
    reason = "cancelled" if job.state == CANCELLED else "the work failed"
    waiting = Picture.objects.select_for_update().filter(batch_id=batch_id, state=Picture.WAITING)
    held = list(waiting.values_list("pk", "original"))
    for some in (held[start : start + _AT_ONCE] for start in range(0, len(held), _AT_ONCE)):
        Picture.objects.filter(pk__in=[pk for pk, _ in some]).update(state=Picture.REFUSED, reason=reason, original="")
    for _, name in held:
        if name:
            transaction.on_commit(partial(default_storage.delete, name))


@deferred("masks.calculate_batch", max_attempts=5, on_failure=_end_without_result)
def calculate_batch(work: Work, batch_id: int) -> dict[str, int]:
    """Look at every picture that still waits. May run again after a death: what is done is not done twice."""
    batch = Batch.objects.filter(pk=batch_id).select_related("owner").first()
    if batch is None:
        return {}
    if batch.archive:
        _take_apart(work, batch)
    waiting = list(batch.pictures.filter(state=Picture.WAITING).select_related("owner").order_by("position"))
    total = batch.pictures.count()
    done = total - len(waiting)
    # Decoding and the detector release the interpreter, so threads use every core; only this one writes.
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        for row, seen in _looked_at(threads, waiting):
            settle(row, seen)
            done += 1
            work.progress(done, total)
    return {"pictures": total}


def _looked_at(threads: ThreadPoolExecutor, waiting: Sequence[Picture]) -> Iterator[tuple[Picture, Seen | BadUpload]]:
    # A few at a time: a picture of 50 megapixels takes 150 MB while it is in hand.
    for start in range(0, len(waiting), 2 * (os.cpu_count() or 1)):
        some = waiting[start : start + 2 * (os.cpu_count() or 1)]
        yield from zip(some, threads.map(_try_to_look_at, [row.original for row in some]), strict=True)


def _try_to_look_at(name: str) -> Seen | BadUpload:
    try:
        with default_storage.open(name) as file:
            if file.size > conf.PICTURE_MB.value * _MEBIBYTE:
                return BadUpload("the file is too large")
            return look_at(file.read())
    except FileNotFoundError:
        return BadUpload("the file is gone")
    except BadUpload as bad:
        return bad


def settle(row: Picture, seen: Seen | BadUpload) -> None:
    """Write down what was seen on a waiting picture, or why nothing was. Once, whoever else tries."""
    if isinstance(seen, BadUpload):
        refuse(row, str(seen))
        return
    with stored_thumbnail(row.owner_id, seen) as thumbnail:
        if not finish(row, seen, thumbnail):
            default_storage.delete(thumbnail)


def _take_apart(work: Work, batch: Batch) -> None:
    with default_storage.open(batch.archive) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                entries = [entry for entry in archive.infolist() if is_picture_of_archive(entry.filename)]
                if fault := _fault_of(entries):
                    _give_up(batch, fault)
                    return
                for position, entry in enumerate(entries):
                    _take_out(batch, archive, entry, position)
                    work.progress(0, len(entries))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
            _give_up(batch, "the archive is damaged or locked")
            return
    _drop_archive(batch)


def _fault_of(entries: list[zipfile.ZipInfo]) -> str:
    if not entries:
        return "the archive holds no pictures"
    if len(entries) > conf.BATCH_PICTURES.value:
        return "the archive holds too many pictures"
    # What the directory says; each entry is cut off at its own limit besides, since a directory may lie.
    if sum(entry.file_size for entry in entries) > conf.BATCH_MB.value * _MEBIBYTE:
        return "the archive is too large when unpacked"
    return ""


def _take_out(batch: Batch, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, position: int) -> None:
    if batch.pictures.filter(position=position).exists():
        return
    limit = conf.PICTURE_MB.value * _MEBIBYTE
    values = {"owner_id": batch.owner_id, "batch": batch, "position": position, "name": _readable(entry)[-255:]}
    with archive.open(entry) as opened:
        content = opened.read(limit + 1)
    if len(content) > limit or entry.file_size > limit:
        Picture.objects.create(**values, state=Picture.REFUSED, reason="the file is too large")
        return
    with stored(batch.owner_id, content, "bin") as name:
        Picture.objects.create(**values, state=Picture.WAITING, original=name)


def _readable(entry: zipfile.ZipInfo) -> str:
    name = PurePosixPath(entry.filename).name
    if entry.flag_bits & 0x800:
        return name
    # Without the flag the name is in the packing system's own code page: on Chinese Windows that is GBK.
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _give_up(batch: Batch, reason: str) -> None:
    Batch.objects.filter(pk=batch.pk).update(refused=reason)
    _drop_archive(batch)


def _drop_archive(batch: Batch) -> None:
    name = batch.archive
    Batch.objects.filter(pk=batch.pk).update(archive="")
    default_storage.delete(name)


def cancel_batch(owner: User, batch_id: int) -> None:
    """Stop it; pictures not looked at yet cost nothing and go. Raises NotFound."""
    batch = batch_of(owner, batch_id)
    # What follows when it is cancelled is _end_without_result, in the same transaction.
    if batch.job_id is not None:
        jobs.cancel(batch.job_id)
