"""What a task's frames are made of, in as few statements as a frame is to be had for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quintet.core.prepared import PAGE, Prepared
from quintet.services.annotation.models import Data, Frame, Upload


@dataclass(frozen=True, slots=True)
class Frames:
    """The data of one task, ready to be shown; `size` is never 0."""

    id: int
    folder: str
    chunk_size: int
    size: int
    image_quality: int
    start_frame: int
    stop_frame: int
    frame_filter: str
    compressed_chunk_type: str
    original_chunk_type: str
    made_at: datetime

    @property
    def is_video(self) -> bool:
        """One row stands for all its frames."""
        return self.original_chunk_type == Data.VIDEO


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A row of Frame."""

    number: int
    name: str
    stored: str
    member: str
    width: int
    height: int


_SHOWN = (
    "id", "folder", "chunk_size", "size", "image_quality", "start_frame", "stop_frame", "frame_filter",
    "compressed_chunk_type", "original_chunk_type", "made_at",
)  # fmt: skip
_DATA = Prepared(lambda task_id: Data.objects.filter(task_id=task_id, size__gt=0).values_list(*_SHOWN), task_id=int)
_FRAMES = Prepared(
    lambda data_id, first: (
        Frame.objects.filter(data_id=data_id, number__gte=first)
        .order_by("number")
        .values_list("number", "name", "stored", "member", "width", "height")[PAGE]
    ),
    data_id=int,
    first=int,
)
_SIZES = Prepared(
    lambda data_id: (
        Frame.objects.filter(data_id=data_id).order_by("number").values_list("width", "height", "name")
    ),
    data_id=int,
)  # fmt: skip
_DELETED = Prepared(lambda task_id: Data.objects.filter(task_id=task_id).values_list("deleted_frames"), task_id=int)
_STATUS = Prepared(
    lambda task_id: (
        Upload.objects.filter(data__task_id=task_id).order_by("-id").values_list("state", "message")[:1]
    ),
    task_id=int,
)  # fmt: skip


def frames_of(task_id: int) -> Frames | None:
    """A task's data; None as long as there is none to be seen."""
    rows = _DATA.rows(task_id=task_id)
    return Frames(*rows[0]) if rows else None


def stored_frames(data: Frames, first: int, count: int) -> list[StoredFrame]:
    """Rows of these frames of images, or the one row of a video."""
    if data.is_video:
        first, count = 0, 1
    return [StoredFrame(*row) for row in _FRAMES.rows(data_id=data.id, first=first, limit=count, offset=0)]


def sizes_of_frames(data: Frames) -> Sequence[Sequence[Any]]:
    """(width, height, name) of each frame; of a video once."""
    return _SIZES.rows(data_id=data.id)


def deleted_frames_of(task_id: int) -> frozenset[int]:
    """Numbers of the frames that nobody should annotate; what was marked on them stays and is not counted."""
    rows = _DELETED.rows(task_id=task_id)
    return frozenset(rows[0][0]) if rows else frozenset()


def status_of_data(task_id: int) -> tuple[str, str]:
    """How far the newest upload is, and what is said of it."""
    rows = _STATUS.rows(task_id=task_id)
    return (rows[0][0], rows[0][1]) if rows else (Upload.FINISHED, "")
