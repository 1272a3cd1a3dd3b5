"""A task as formats write and read it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from quintet.core.clock import now
from quintet.core.errors import NotFound
from quintet.services.annotation.formats import Document, Picture, Target
from quintet.services.annotation.formats.cvat import label_meta
from quintet.services.annotation.models import Job, Task
from quintet.services.annotation.queries.annotations import marks_of_task, rules_of
from quintet.services.annotation.queries.data import deleted_frames_of, frames_of, sizes_of_frames
from quintet.services.annotation.queries.doors import OpenTask
from quintet.services.annotation.rules import step_of
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.marks import Marks

Content = Callable[[Iterable[int]], Iterator[tuple[int, str, bytes]]]


def task_as_is(task_id: int) -> OpenTask:
    """A task that somebody was let to before. Raises NotFound when it is gone."""
    rows = Task.objects.filter(pk=task_id).values_list(
        "id", "name", "mode", "z_order", "overlap", "segment_size", "updated_at",
        "data__id", "data__size", "data__chunk_size", "data__start_frame", "data__frame_filter",
    )  # fmt: skip
    for *first, size, chunk_size, start_frame, frame_filter in rows:
        said: list[Any] = [*first, size or 0, chunk_size, start_frame or 0, frame_filter or ""]
        return OpenTask(*said)
    raise NotFound("the task is gone")


def document_of(task: OpenTask, *, host: str, content: Content | None = None) -> Document:
    """All that an export says; nothing of deleted frames."""
    rules = rules_of(task.id)
    pictures, step = pictures_of(task), step_of(task.frame_filter) or 1
    deleted = deleted_frames_of(task.id)
    return Document(
        meta=_meta(task, rules, pictures, host=host),
        labels=rules,
        pictures=pictures,
        marks=_without(deleted, marks_of_task(task, rules).marks),
        deleted=deleted,
        start=task.start_frame,
        step=step,
        is_video=task.mode == Task.VIDEO,
        with_z_order=task.z_order,
        content=content,
    )


def _without(deleted: Collection[int], marks: Marks) -> Marks:
    # Tracks are left out frame by frame, when they are expanded.
    if deleted:
        marks.tags = [tag for tag in marks.tags if tag.frame not in deleted]
        marks.shapes = [shape for shape in marks.shapes if shape.frame not in deleted]
    return marks


def target_of(task: OpenTask) -> Target:
    """What an import comes into."""
    step = step_of(task.frame_filter) or 1
    return Target(labels=rules_of(task.id), pictures=pictures_of(task), start=task.start_frame, step=step)


def pictures_of(task: OpenTask) -> list[Picture]:
    """Name and size of each frame; those of a video are called after their number in it."""
    data = frames_of(task.id)
    if data is None:
        return []
    sizes = sizes_of_frames(data)
    if not data.is_video:
        return [Picture(name, width, height) for width, height, name in sizes]
    width, height, _ = sizes[0]
    step = step_of(task.frame_filter) or 1
    return [Picture(f"frame_{task.start_frame + number * step:06d}", width, height) for number in range(data.size)]


def _meta(task: OpenTask, rules: Rules, pictures: list[Picture], *, host: str) -> dict[str, object]:
    row = Task.objects.select_related("owner", "assignee", "data").get(pk=task.id)
    segments = Job.objects.filter(task_id=task.id, kind=Job.ANNOTATION).order_by("segment_id", "id")
    data = frames_of(task.id)
    said: dict[str, object] = {
        "id": task.id, "name": task.name, "size": task.size, "mode": task.mode,
        "overlap": "" if task.overlap is None else task.overlap, "bugtracker": row.bug_tracker,
        "created": row.created_at, "updated": row.updated_at, "start_frame": task.start_frame,
        "stop_frame": data.stop_frame if data is not None else 0, "frame_filter": task.frame_filter,
        "z_order": task.z_order, "labels": label_meta(rules),
        "segments": {
            "segment": [
                {"id": number, "start": start, "stop": stop, "url": f"http://{host}/?id={job}"}
                for number, start, stop, job in segments.values_list(
                    "segment_id", "segment__start_frame", "segment__stop_frame", "id"
                )
            ]
        },
        "owner": _person(row.owner), "assignee": _person(row.assignee),
    }  # fmt: skip
    meta: dict[str, object] = {"task": said, "dumped": now()}
    if data is not None and data.is_video:
        said["original_size"] = {"width": pictures[0].width, "height": pictures[0].height}
        meta["source"] = sizes_of_frames(data)[0][2]
    return meta


def _person(user: Any) -> object:
    return {"username": user.username, "email": user.email} if user is not None else ""
