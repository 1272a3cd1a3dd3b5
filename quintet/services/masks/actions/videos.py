"""Videos are taken in, worked on, given up, forgotten."""

import os
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import QuerySet

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred import actions as jobs
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.queries import Snapshot
from quintet.core.files import store
from quintet.core.later import Later
from quintet.services.masks import conf
from quintet.services.masks.actions import video_files as files
from quintet.services.masks.actions.quotas import give_back, spend
from quintet.services.masks.errors import BadUpload, QuotaExhausted, VideoFinished
from quintet.services.masks.models import Kind, Video
from quintet.services.masks.queries import has_any_left, video_of

if TYPE_CHECKING:
    from quintet.services.masks.vision.video import probing
else:
    probing = Later("quintet.services.masks.vision.video.probing")

_REFUND_REASON = "video given back"
_A_DAY = 24 * 3600.0


def refuse_without_quota(owner: User) -> None:
    """Raises QuotaExhausted. Asked before an upload is taken in; spending itself decides."""
    if not has_any_left(owner, Kind.VIDEOS):
        raise QuotaExhausted("no videos left")


def submit_video(owner: User, upload: TemporaryUploadedFile) -> Video:
    """Keep an upload and have it worked on. Costs one, which comes back if it fails or is cancelled.

    Raises BadUpload when it is no video, QuotaExhausted; then nothing is kept.
    """
    refuse_without_quota(owner)
    try:
        footage = probing.look_at(Path(upload.temporary_file_path()))
    except probing.BadVideo as bad:
        raise BadUpload(str(bad)) from bad
    folder = os.urandom(16).hex()
    size = upload.size or 0
    kept = store().save(f"{files.FOLDER}/{folder}/original", upload)
    try:
        with transaction.atomic():
            spend(owner, Kind.VIDEOS, reason="video")
            video = Video.objects.create(
                owner=owner,
                name=str(upload.name or "")[:255],
                folder=folder,
                original=kept.rpartition("/")[2],
                size_bytes=size,
                width=footage.width,
                height=footage.height,
            )
            job = jobs.enqueue("masks.calculate_video", {"video_id": video.pk}, owner_id=owner.pk)
            Video.objects.filter(pk=video.pk).update(job_id=job.pk)
            video.job_id = job.pk
    except BaseException:
        files.remove_folder(f"{files.FOLDER}/{folder}")
        raise
    return video


def end_without_result(job: Snapshot, video_id: int) -> None:
    """What follows when the work failed or was cancelled; in the transaction in which that becomes true."""
    is_cancelled = job.state == "cancelled"
    _end(video_id, Video.CANCELLED if is_cancelled else Video.FAILED, reason=job.error)


def _end(video_id: int, state: str, *, reason: str = "") -> bool:
    """Give back what was spent, once, and remove all files; False when the video was finished already."""
    unfinished = Video.objects.filter(pk=video_id, state=Video.PROCESSING)
    if not unfinished.update(
        state=state, reason=reason[:200], finished_at=now(), original="", result="", tracks="", events=""
    ):
        return False
    video = Video.objects.only("owner_id", "folder").get(pk=video_id)
    give_back(video.owner_id, Kind.VIDEOS, reason=_REFUND_REASON)
    transaction.on_commit(partial(files.remove_folder, f"{files.FOLDER}/{video.folder}"))
    return True


def cancel_video(owner: User, video_id: int) -> None:
    """Stop working on it; what was spent comes back, and its files go. Raises NotFound, VideoFinished."""
    if not _cancel(video_of(owner, video_id)):
        raise VideoFinished("nothing is done to it any more")


def _cancel(video: Video) -> bool:
    with transaction.atomic():
        # Its on_failure ends the video. Without a row any more there is nobody else to do so.
        return (video.job_id is not None and jobs.cancel(video.job_id)) or _end(video.pk, Video.CANCELLED)


def delete_video(owner: User, video_id: int) -> None:
    """Forget it and its files; what is being worked on is cancelled first. Raises NotFound."""
    video = video_of(owner, video_id)
    _cancel(video)
    video.delete()
    files.remove_folder(f"{files.FOLDER}/{video.folder}")


@deferred("masks.drop_old_videos")
def drop_old_videos(work: object) -> None:
    """Originals go after MASKS_VIDEO_ORIGINAL_DAYS, results after _RESULT_DAYS, and what
    a death left behind after a day."""
    for video in _finished_before(conf.VIDEO_ORIGINAL_DAYS.value).exclude(original=""):
        Video.objects.filter(pk=video.pk).update(original="")
        files.remove(f"{files.FOLDER}/{video.folder}/{video.original}")
    for video in _finished_before(conf.VIDEO_RESULT_DAYS.value).exclude(result=""):
        Video.objects.filter(pk=video.pk).update(result="", tracks="", events="")
        for name in (video.result, video.tracks, video.events):
            files.remove(f"{files.FOLDER}/{video.folder}/{name}")
    _drop_what_belongs_to_nobody()


def _finished_before(days: int) -> QuerySet[Video]:
    if not days:
        return Video.objects.none()
    return Video.objects.filter(state=Video.DONE, finished_at__lt=now() - timedelta(days=days))


def _drop_what_belongs_to_nobody() -> None:
    files.clear_workplace(_A_DAY)
    old = files.folders_older_than(_A_DAY)
    holding = Video.objects.exclude(original="", result="")
    known = set(holding.filter(folder__in=old).values_list("folder", flat=True))
    for folder in old:
        if folder not in known:
            files.remove_folder(f"{files.FOLDER}/{folder}")


every("masks.drop_old_videos", daily_at="03:40")
