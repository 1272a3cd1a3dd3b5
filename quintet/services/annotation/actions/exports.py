"""What was marked goes out as a file, in any of the formats. What is small is written while the client waits."""

import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import IO

from django.core.files import File
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, Length

from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.models import FAILED, UNFINISHED
from quintet.core.deferred.queries import snapshot
from quintet.core.deferred.running import Work
from quintet.core.errors import NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.actions import chunks, files
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.errors import Undone
from quintet.services.annotation.formats import EXPORTERS, Archive
from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.models import Errand, Shape, Tag, TrackedShape
from quintet.services.annotation.queries.data import frames_of
from quintet.services.annotation.queries.documents import document_of, task_as_is
from quintet.services.annotation.queries.doors import OpenTask

_FOLDER = "annotation-exports"
# What takes well under two seconds: so many figures, and with their images so many frames.
_QUICK_FIGURES, _QUICK_FRAMES = 60_000, 64
# Of the numbers that say where these are; where figures are painted each side meets each row.
_QUICK_BYTES, _QUICK_BYTES_PAINTED = 4 * 1024 * 1024, 256 * 1024
_LOOK_EVERY_SECONDS = 0.05
_IN_MEMORY = 4 * 1024 * 1024


def export_of(task: OpenTask, name: str, *, with_images: bool, host: str) -> str | None:
    """The name, in the store, of this task's export as the task is now; None while it is being written.

    name   of a format that can be written
    host   where links to jobs lead

    Where nobody is kept waiting (ANNOTATION_WAIT_MS is 0) the first answer is always None, as CVAT's is.
    Raises Undone when it could not be written; asked once more it is tried anew. Raises NotFound when the task is gone.
    """
    key = f"export:{task.id}:{name}:{with_images}:{task.updated_at.timestamp():.6f}"
    errand = Errand.objects.filter(key=key).first()
    if errand is not None and errand.stored and files.store().exists(errand.stored):
        return errand.stored
    if errand is None or errand.stored:
        values = {"task_id": task.id, "created_at": now(), "stored": "", "job_id": None}
        with transaction.atomic():
            hold_task(task.id)
            errand, _ = Errand.objects.update_or_create(key=key, defaults=values)
    if errand.job_id is None and _is_quick(task, name, with_images=with_images):
        stored = _write(task.id, name, with_images=with_images, host=host)
        kept = _keep(errand.pk, stored)
        return kept if conf.WAIT_MS.value else None
    return _written_by_worker(errand, {"name": name, "with_images": with_images, "host": host})


def _is_quick(task: OpenTask, name: str, *, with_images: bool) -> bool:
    paints = EXPORTERS[name].paints
    if ((with_images or paints) and task.size > _QUICK_FRAMES) or (with_images and task.mode == "interpolation"):
        return False
    tags = Tag.objects.filter(job__task_id=task.id).count()
    whole = {"rows": Count("pk"), "bytes": Coalesce(Sum(Length("points")), 0)}
    plain = Shape.objects.filter(job__task_id=task.id).aggregate(**whole)
    keyframes = TrackedShape.objects.filter(job__task_id=task.id)
    tracked = keyframes.aggregate(tracks=Count("track_id", distinct=True), **whole)
    between = tracked["tracks"] * task.size
    points = plain["bytes"] + between * tracked["bytes"] // max(1, tracked["rows"])
    most = _QUICK_BYTES_PAINTED if paints else _QUICK_BYTES
    return bool(tags + plain["rows"] + between <= _QUICK_FIGURES and points <= most)


def _keep(errand_id: int, stored: str) -> str:
    """Whoever was first has written it; another's file is one too many."""
    if Errand.objects.filter(pk=errand_id, stored="").update(stored=stored):
        return stored
    first = Errand.objects.filter(pk=errand_id).values_list("stored", flat=True).first()
    if first is None:
        return stored
    files.store().delete(stored)
    return first


def _written_by_worker(errand: Errand, said: dict[str, object]) -> str | None:
    with transaction.atomic():
        held = Errand.objects.select_for_update().filter(pk=errand.pk).first()
        if held is None:
            raise NotFound("the export is gone")
        if held.job_id is None and not held.stored:
            held.job_id = jobs.enqueue("annotation.write_export", {"errand_id": held.pk, **said}).pk
            held.save(update_fields=["job_id"])
    wait_for(held.job_id)
    held.refresh_from_db()
    if held.stored:
        return held.stored
    found = snapshot(held.job_id) if held.job_id else None
    if found is not None and found.state in UNFINISHED:
        return None
    held.delete()
    raise Undone(found.error if found is not None and found.state == FAILED else "The export was given up.")


def wait_for(job_id: int | None) -> None:
    """As long as a client may be kept waiting, or until it is done."""
    until = time.monotonic() + conf.WAIT_MS.value / 1000
    while job_id is not None and time.monotonic() < until:
        found = snapshot(job_id)
        if found is None or found.is_finished:
            return
        time.sleep(_LOOK_EVERY_SECONDS)


@deferred("annotation.write_export", max_attempts=2)
def write_export(work: Work, errand_id: int, name: str, with_images: bool, host: str) -> None:
    """Write an export that takes longer than a client should wait."""
    errand = Errand.objects.filter(pk=errand_id).first()
    if errand is None or errand.task_id is None:
        raise GiveUp("The task is gone.")
    try:
        stored = _write(errand.task_id, name, with_images=with_images, host=host, work=work)
    except (BadMedia, NoFrame, OSError) as broken:
        raise GiveUp("An image of the task cannot be read.") from broken
    work.otherwise(partial(files.store().delete, stored))
    work.finally_(partial(Errand.objects.filter(pk=errand_id).update, stored=stored))


def _write(task_id: int, name: str, *, with_images: bool, host: str, work: Work | None = None) -> str:
    write = EXPORTERS[name].write
    assert write is not None
    data = frames_of(task_id) if with_images else None

    def content(wanted: Iterable[int]) -> Iterator[tuple[int, str, bytes]]:
        assert data is not None
        for number, ending, image in chunks.originals(data, frozenset(wanted)):
            if work is not None:
                work.progress(number, data.size)
            yield number, ending, image

    document = document_of(task_as_is(task_id), host=host, content=content if data is not None else None)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(files.workplace())) as target:
        archive = Archive(target)
        write(document, archive)
        archive.close()
        return _stored(target)


def _stored(written: IO[bytes]) -> str:
    written.seek(0)
    return files.store().save(f"{_FOLDER}/{secrets.token_hex(16)}.zip", File(written))


@deferred("annotation.drop_exports")
def drop_exports(work: Work) -> dict[str, int]:
    """Housekeeping: old exports go, and all exports and imports of tasks that are gone."""
    limit = now() - timedelta(hours=conf.EXPORTS_HOURS.value)
    old = Q(key__startswith="export:", created_at__lt=limit)
    gone = list(Errand.objects.filter(old | Q(task__isnull=True)).values_list("pk", "stored"))
    for _, stored in gone:
        if stored:
            files.store().delete(stored)
    Errand.objects.filter(pk__in=[number for number, _ in gone]).delete()
    return {"exports": len(gone)}


every("annotation.drop_exports", seconds=3600)
