"""Which numbers marks have, and which of them they may keep."""

from collections.abc import Mapping

from quintet.services.annotation.shapes.marks import Marks, Shape, Tag, Track
from quintet.services.annotation.shapes.undo import KINDS, Ids


def ids_in(marks: Marks) -> dict[str, list[int]]:
    """The numbers of tags, shapes and tracks that have one."""
    return {kind: [mark.id for mark in getattr(marks, kind) if mark.id is not None] for kind in KINDS}


def without_ids(marks: Marks) -> Marks:
    """The same marks; all numbers are forgotten."""
    everything: list[Tag | Shape | Track] = [*marks.tags, *marks.shapes, *marks.tracks]
    for mark in everything:
        mark.id = None
    for track in marks.tracks:
        for shape in track.shapes:
            shape.id = None
    return marks


def keep_ids(marks: Marks, known: Ids, track_of: Mapping[int, int]) -> None:
    """Only what is known keeps its number, and only once.

    track_of   the track of each keyframe that is known
    """
    for kind in KINDS:
        free = set(known[kind])
        for mark in getattr(marks, kind):
            mark.id = _claimed(mark.id, free)
    shapes = set(track_of)
    for track in marks.tracks:
        for shape in track.shapes:
            is_its_own = shape.id is not None and track_of.get(shape.id) == track.id
            shape.id = _claimed(shape.id, shapes) if is_its_own else None


def _claimed(said: int | None, free: set[int]) -> int | None:
    if said not in free:
        return None
    free.discard(said)
    return said
