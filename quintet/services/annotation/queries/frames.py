"""The table of a task's frames, some of them at a time."""

from collections.abc import Sequence

from quintet.core.prepared import PAGE, Prepared
from quintet.services.annotation.models import Frame, Job
from quintet.services.annotation.queries.data import Frames

# index, source_frame, name, width, height, seconds from the beginning of the video, is deleted, numbers of its jobs
FrameRow = tuple[int, int, str, int, int, float | None, bool, Sequence[int]]

_FRAMES = Prepared(
    lambda data_id, first: (
        Frame.objects.filter(data_id=data_id, number__gte=first)
        .order_by("number")
        .values_list("number", "source_frame", "name", "width", "height")[PAGE]
    ),
    data_id=int,
    first=int,
)
_JOBS = Prepared(
    lambda task_id, first, last: (
        Job.objects.filter(
            task_id=task_id, kind=Job.ANNOTATION, segment__start_frame__lte=last, segment__stop_frame__gte=first
        )
        .order_by("segment__start_frame", "id")
        .values_list("id", "segment__start_frame", "segment__stop_frame")
    ),
    task_id=int,
    first=int,
    last=int,
)


def frame_rows(data: Frames, first: int, count: int) -> list[tuple[int, int, str, int, int]]:
    """(number, number before selection, name, width, height) of these frames; of a video the one row it has."""
    if data.is_video:
        first, count = 0, 1
    rows = _FRAMES.rows(data_id=data.id, first=first, limit=count, offset=0)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def jobs_by_frame(task_id: int, first: int, count: int) -> list[list[int]]:
    """Numbers of the jobs that each of these frames is in, but for ground truth."""
    found: list[list[int]] = [[] for _ in range(count)]
    for job_id, start, stop in _JOBS.rows(task_id=task_id, first=first, last=first + count - 1):
        for frame in range(max(start, first), min(stop, first + count - 1) + 1):
            found[frame - first].append(job_id)
    return found
