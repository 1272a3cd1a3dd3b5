"""Videos on the wire."""

import re
import tempfile
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse

from quintet.core.deferred.queries import Snapshot
from quintet.core.errors import DomainError, NotFound, NotSignedIn
from quintet.core.intake import FewFiles
from quintet.core.wire import json_response
from quintet.services.masks import conf
from quintet.services.masks.actions import video_workplace
from quintet.services.masks.errors import BadUpload, NoResult, NoSuchRange
from quintet.services.masks.models import Video
from quintet.services.masks.rules import CLASSES
from quintet.services.masks.wire.dialects import UPLOAD
from quintet.services.masks.wire.ranges import KeptFile

_FIELD = "video_file"
# What a multipart body holds beside its file.
_ENVELOPE_BYTES = 64 * 1024
_RETRY_AFTER_SECONDS = 5
RESULT, TRACKS, EVENTS = "result.mp4", "result.json", "events.csv"


class _Intake(TemporaryFileUploadHandler):
    """Takes the one file in as it comes, to where the store can take it over; what is beside it is passed by."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.left = limit
        self.has_file = False

    def new_file(self, field_name: str, *args: Any, **more: Any) -> None:
        if field_name != _FIELD or self.has_file:
            raise SkipFile
        super(TemporaryFileUploadHandler, self).new_file(field_name, *args, **more)
        self.has_file = True
        self.file = _Incoming(self.file_name or "", self.content_type or "", self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left < 0:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


class _Incoming(TemporaryUploadedFile):
    def __init__(self, name: str, kind: str, charset: str | None, extra: dict[str, bytes] | None) -> None:
        # Closed, and with it removed, at the end of the request, unless the store has taken it over.
        file = tempfile.NamedTemporaryFile(prefix="upload-", dir=video_workplace())  # noqa: SIM115
        UploadedFile.__init__(self, file, name, kind, 0, charset, extra)


def read_video(request: HttpRequest) -> TemporaryUploadedFile:
    """The uploaded file, on this machine's disk; it is never in memory whole.

    Raises BadUpload: none came, or one larger than MASKS_VIDEO_MB, which is not taken in when its length was said.
    """
    limit = conf.VIDEO_MB.value * 1024 * 1024
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit + _ENVELOPE_BYTES:
        raise BadUpload("the upload is too large")
    request.upload_handlers = [FewFiles(request), _Intake(request, limit)]
    upload = request.FILES.get(_FIELD)
    if not isinstance(upload, TemporaryUploadedFile) or not upload.size:
        raise BadUpload("no file, an empty one, or one that is too large")
    return upload


def seconds_to_wait(request: HttpRequest) -> float:
    """How long a client is ready to wait for a result, and we are to let it: ?wait=, or Prefer: respond-async, wait=.

    HEAD asks how things are, now.
    """
    longest = float(conf.VIDEO_WAIT_SECONDS.value)
    prefers = request.headers.get("Prefer", "")
    said = request.GET.get("wait") or next(iter(re.findall(r"\bwait\s*=\s*\"?(\d{1,9})", prefers)), "")
    if said.isascii() and said.isdigit() and len(said) <= 9:
        return min(float(said), longest)
    return 0 if request.method == "HEAD" or "respond-async" in prefers.lower() else longest


def video_url(request: HttpRequest, row: Video) -> str:
    """Where the result is, or will be (000:181-183)."""
    return request.build_absolute_uri(f"/mask_detect/videos/{row.pk}/{RESULT}")


def video(request: HttpRequest, row: Video, job: Snapshot | None) -> dict[str, object]:
    """One video and how far it is. `state` is waiting, running, done, failed or cancelled; links are null where
    there is nothing to be had."""
    is_done = row.state == Video.DONE
    here = request.build_absolute_uri(f"/mask_detect/videos/{row.pk}/")
    return {
        "video_id": row.pk,
        "name": row.name,
        "size": row.size_bytes,
        "width": row.width,
        "height": row.height,
        "state": _state(row, job),
        "reason": row.reason,
        "frames_done": row.frames if is_done or job is None else job.done,
        "frames_total": row.frames if is_done or job is None else job.total,
        "seconds_left": job.eta_seconds if job and row.state == Video.PROCESSING else None,
        "seconds": round(row.seconds, 3) if is_done else None,
        "counts": {name: getattr(row, name) for name in CLASSES} if is_done else None,
        "model": row.model,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "url": f"{here}{RESULT}" if row.result or row.state == Video.PROCESSING else None,
        "tracks": f"{here}{TRACKS}" if row.tracks else None,
        "events": f"{here}{EVENTS}" if row.events else None,
        "original": f"{here}original" if row.original and is_done else None,
    }


def _state(row: Video, job: Snapshot | None) -> str:
    if row.state != Video.PROCESSING:
        return row.state
    return "waiting" if job is None or job.state == "queued" else "running"


def still_in_work(request: HttpRequest, row: Video, job: Snapshot | None) -> HttpResponse:
    """202: how far it is, and when to ask again."""
    response = json_response({"state": "ok", "video": video(request, row, job)}, status=202)
    left = job.eta_seconds if job else None
    response["Retry-After"] = str(max(1, min(left or _RETRY_AFTER_SECONDS, 60)))
    response["Cache-Control"] = "no-store"
    if "respond-async" in request.headers.get("Prefer", "").lower():
        response["Preference-Applied"] = "respond-async"
    return response


def kept_file(row: Video, name: str) -> KeptFile:
    """One of the video's files. Raises NoResult when it came to nothing or is not kept any more."""
    kept, kind, ending = {
        RESULT: (row.result, "video/mp4", ".mp4"),
        TRACKS: (row.tracks, "application/json", ".json"),
        EVENTS: (row.events, "text/csv; charset=utf-8", ".csv"),
        "original": (row.original if row.state == Video.DONE else "", "application/octet-stream", ""),
    }[name]
    if not kept:
        raise NoResult(
            row.reason or ("It was cancelled." if row.state == Video.CANCELLED else "It is not kept any more.")
        )
    shown = PurePosixPath(row.name or "video")
    shown_name = f"{shown.stem}{ending}" if ending else shown.name
    return KeptFile(f"videos/{row.folder}/{kept}", kind, shown_name)


def _refused(status: int) -> Any:
    def answer(refusal: DomainError, request: HttpRequest) -> HttpResponse:
        said = {"state": "error", **({"msg": refusal.reason} if isinstance(refusal, NoResult) else {})}
        response = json_response(said, status=status)
        if isinstance(refusal, NoSuchRange):
            response["Content-Range"] = f"bytes */{refusal.size_bytes}"
        return response

    return answer


# Where a file is promised, whoever saves what comes must see by the status that it is none. Who it belongs to is
# nobody's business: a stranger and somebody who is not signed in find nothing.
FILES = UPLOAD.extended(
    {
        DomainError: _refused(400),
        NotFound: _refused(404),
        NotSignedIn: _refused(404),
        NoResult: _refused(410),
        NoSuchRange: _refused(416),
    }
)
