"""What a file says and the task's rules do not bear is left out, mark by mark."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from quintet.services.annotation.errors import Misfit
from quintet.services.annotation.formats.reading import Target
from quintet.services.annotation.shapes.checks import Fault, fault_of_marks
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Tag, Track, no_marks

_REASONS = {
    "points": "bad_points", "rotation": "bad_points", "elements": "bad_points", "type": "bad_points",
    "attributes": "bad_value", "frame": "no_frame",
}  # fmt: skip


def sifted(marks: Marks, target: Target) -> Marks:
    """Those that can be saved; the report is told of the others. Costs nothing where all can."""
    if _fault(marks, target) is None:
        return marks
    kept = no_marks(marks.version)
    kept.tags = list(_fitting(marks.tags, "tags", target))
    kept.shapes = list(_fitting(marks.shapes, "shapes", target))
    kept.tracks = list(
        _fitting([fit for track in marks.tracks for fit in _with_fitting(track, target)], "tracks", target)
    )
    return kept


def _fault(marks: Marks, target: Target) -> Fault | None:
    last = len(target.pictures) - 1
    return fault_of_marks(marks, target.labels, start=0, stop=last, last=last)


def _fitting(marks: Sequence[Any], kind: str, target: Target) -> Iterable[Any]:
    for mark in marks:
        _at(mark.frame, target)
        with target.report.bearing(kind[:-1]):
            _refuse(_alone(kind, mark), target)
            yield mark


def _with_fitting(track: Track, target: Target) -> Iterable[Track]:
    """The track with those keyframes that fit; none when none does."""
    kept: list[Keyframe] = []
    # A label that is unknown is the track's fault, once, and not that of each of its keyframes.
    head = _fault(_alone("tags", Tag(frame=0, label_id=track.label_id, group=0, attributes=[])), target)
    for shape in track.shapes if head is None else ():
        _at(shape.frame, target)
        with target.report.bearing("keyframe"):
            _refuse(_alone("tracks", replace(track, frame=0, shapes=[shape], attributes=[])), target)
            kept.append(shape)
    if head is not None:
        yield track
    elif kept:
        yield replace(track, frame=kept[0].frame, shapes=kept)
    else:
        target.report.lose()


def _alone(kind: str, mark: Any) -> Marks:
    alone = no_marks()
    getattr(alone, kind).append(mark)
    return alone


def _at(frame: int, target: Target) -> None:
    is_there = 0 <= frame < len(target.pictures)
    target.report.at(target.pictures[frame].name if is_there else "", frame if is_there else None)


def _refuse(marks: Marks, target: Target) -> None:
    fault = _fault(marks, target)
    if fault is None:
        return
    field, words = _innermost(fault)
    raise Misfit(_REASONS.get(field, "unknown_label"), words)


def _innermost(fault: Fault, field: str = "") -> tuple[str, str]:
    """The first field that is named inside which has a word of its own here, and the sentence."""
    said: Any = fault
    while not isinstance(said, str):
        if isinstance(said, dict):
            name, said = next(iter(said.items()))
            field = name if field not in _REASONS else field
        else:
            said = said[-1]
    return field, said
