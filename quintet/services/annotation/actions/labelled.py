"""Frames with the boxes on them, for those who learn from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quintet.core.errors import NotFound
from quintet.services.annotation.actions import chunks
from quintet.services.annotation.errors import UnreadableFrame
from quintet.services.annotation.formats.areas import encloses
from quintet.services.annotation.formats.document import Document, figures
from quintet.services.annotation.media import images
from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.media.turns import Box, Upright
from quintet.services.annotation.models import Task
from quintet.services.annotation.queries.annotations import rules_of
from quintet.services.annotation.queries.data import Frames, frames_of, stored_frames
from quintet.services.annotation.queries.documents import document_of, task_as_is
from quintet.services.annotation.queries.functions import frames_to_look_at
from quintet.services.annotation.shapes.figures import box_around

# What everything reads that learns from pictures; other kinds become PNG.
_PLAIN = {"JPEG": ".jpg", "PNG": ".png", "BMP": ".bmp", "WEBP": ".webp"}
_AT_ONCE = 200


@dataclass(frozen=True)
class LabelledFrame:
    """One frame as people see it.

    ending   of a file's name, with its dot
    content  JPEG, PNG, BMP or WebP, without a note that it be turned
    boxes    (label, (left, top, right, bottom)), in pixels and inside of the picture
    """

    number: int
    ending: str
    content: bytes
    width: int
    height: int
    boxes: Sequence[tuple[str, Box]]


def labels_of(task_id: int) -> list[str]:
    """Names of a task's labels, in order. Raises NotFound."""
    if not Task.objects.filter(pk=task_id).exists():
        raise NotFound(f"there is no task {task_id}")
    return [rule.name for rule in rules_of(task_id).values()]


def labelled_frames(task_id: int, *, with_empty: bool) -> Iterator[LabelledFrame]:
    """Boxes around all that encloses an area; tracks are expanded. Raises NotFound, UnreadableFrame."""
    task, data = task_as_is(task_id), frames_of(task_id)
    if data is None:
        return
    boxes = _boxes(document_of(task, host=""))
    wanted = [
        number for number in frames_to_look_at(task_id, 0, data.size) if with_empty or number in boxes
    ]  # fmt: skip
    for begin in range(0, len(wanted), _AT_ONCE):
        for number, (ending, content, picture) in _pictures(task_id, data, wanted[begin : begin + _AT_ONCE]):
            yield _labelled(number, ending, content, picture, boxes.get(number, []))


def _boxes(document: Document) -> Mapping[int, list[tuple[str, Box]]]:
    found = {
        frame: [
            (document.labels[figure.label].name, box_around(figure.shape))
            for figure in on_frame
            if encloses(figure) and figure.label in document.labels
        ]
        for frame, on_frame in figures(document)
    }
    return {frame: boxes for frame, boxes in found.items() if boxes}


_File = tuple[str, bytes, Upright]


def _pictures(task_id: int, data: Frames, numbers: Sequence[int]) -> Iterator[tuple[int, _File]]:
    place = 0
    try:
        for number, found in _as_files(data, numbers):
            yield number, found
            place += 1
    except (NoFrame, BadMedia, OSError) as gone:
        raise UnreadableFrame(f"frame {numbers[place]} of task {task_id} cannot be read") from gone


def _as_files(data: Frames, numbers: Sequence[int]) -> Iterator[tuple[int, _File]]:
    if data.is_video:
        for number, picture in chunks.pictures(data, numbers):
            yield number, (".png", images.as_png(picture.image), picture)
        return
    rows = {row.number: row for row in stored_frames(data, numbers[0], numbers[-1] - numbers[0] + 1)}
    for number in numbers:
        content = chunks.original(data, rows[number])
        picture, kind = images.upright(content), images.kind_of(content)
        if picture.turn == 1 and kind in _PLAIN:
            yield number, (_PLAIN[kind], content, picture)
        else:
            yield number, (".png", images.as_png(picture.image), picture)


def _labelled(
    number: int, ending: str, content: bytes, picture: Upright, boxes: Sequence[tuple[str, Box]]
) -> LabelledFrame:
    width, height = picture.image.size
    seen = ((label, _inside(picture.as_seen(box), width, height)) for label, box in boxes)
    return LabelledFrame(
        number, ending, content, width, height, [(label, box) for label, box in seen if _is_something(box)]
    )


def _inside(box: Box, width: int, height: int) -> Box:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)


def _is_something(box: Box) -> bool:
    left, top, right, bottom = box
    return right - left >= 1 and bottom - top >= 1
