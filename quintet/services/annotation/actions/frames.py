"""The table of a task's frames; and frames that nobody should annotate, which stay with all that was marked on them."""

from collections.abc import Collection, Iterator, Sequence

from django.db import transaction

from quintet.core.clock import now
from quintet.core.errors import BadInput
from quintet.services.annotation.actions.chunks import clocked, source_numbers
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.errors import SaidPlainly
from quintet.services.annotation.models import Data, Task
from quintet.services.annotation.queries import OpenJob, OpenTask
from quintet.services.annotation.queries.data import Frames, deleted_frames_of
from quintet.services.annotation.queries.doors import frames_covered
from quintet.services.annotation.queries.frames import FrameRow, frame_rows, jobs_by_frame

_ROWS_AT_ONCE = 1000


def delete_frames(of: OpenTask | OpenJob, numbers: Sequence[int]) -> None:
    """From now on these are the deleted frames of a task or, where a job is given, of those in it.

    numbers   ascending, each once; a frame that is not among them is there again

    Raises BadInput for a number outside of the task or job, SaidPlainly before there is data, NotFound.
    """
    task_id = of.id if isinstance(of, OpenTask) else of.task.id
    with transaction.atomic():
        hold_task(task_id)
        data = Data.objects.select_for_update().filter(task_id=task_id, size__gt=0).first()
        if data is None:
            raise SaidPlainly("the task has no data yet")
        here = range(data.size) if isinstance(of, OpenTask) else frames_covered(of)
        if any(number not in here for number in numbers):
            raise BadInput.of("deleted_frames", _which(here))
        others = [number for number in data.deleted_frames if number not in here]
        wanted = sorted([*others, *numbers])
        if wanted == data.deleted_frames:
            return
        data.deleted_frames = wanted
        data.save(update_fields=["deleted_frames"])
        # Exports that were written are others' from now on.
        Task.objects.filter(pk=task_id).update(updated_at=now())


def _which(here: Collection[int]) -> str:
    if isinstance(here, range):
        return f"There are frames {here.start} to {here.stop - 1}."
    return f"The job covers frames {', '.join(map(str, sorted(here)[:20]))}{', …' if len(here) > 20 else ''} alone."


def table_of(task_id: int, data: Frames, first: int, count: int) -> Iterator[FrameRow]:
    """A line for each of these frames; two statements for a thousand, and no more than those in memory."""
    deleted, end = deleted_frames_of(task_id), min(first + count, data.size)
    for begin in range(first, end, _ROWS_AT_ONCE):
        some = min(_ROWS_AT_ONCE, end - begin)
        rows = _video_rows(data, begin, some) if data.is_video else _picture_rows(data, begin, some)
        for row, jobs in zip(rows, jobs_by_frame(task_id, begin, some), strict=False):
            yield *row, row[0] in deleted, jobs


def _picture_rows(data: Frames, first: int, count: int) -> Iterator[tuple[int, int, str, int, int, float | None]]:
    return ((*row, None) for row in frame_rows(data, first, count))


def _video_rows(data: Frames, first: int, count: int) -> Iterator[tuple[int, int, str, int, int, float | None]]:
    """Frames of a video are called as exports call them: after their number in it."""
    _, _, _, width, height = frame_rows(data, 0, 1)[0]
    told = clocked(data)
    for index, source in enumerate(source_numbers(data, first, count), first):
        seconds = None if told is None else told[0].seconds(told[1], source)
        yield index, source, f"frame_{source:06d}", width, height, seconds
