"""A task's marks from those of its jobs: what two jobs marked on the frames that they share is shown once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec.structs import replace

from quintet.services.annotation.shapes.between import keyframes, shape_at
from quintet.services.annotation.shapes.likeness import likeness, matches, near
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Shape, Tag, Track

OnFrame = TypeVar("OnFrame", Tag, Shape)
_SAME_SHAPE, _SAME_TRACK = 0.75, 0.5


@dataclass(frozen=True)
class Part:
    """A job's frames, both included, and what was marked there."""

    start: int
    stop: int
    marks: Marks


@dataclass(frozen=True)
class Merged:
    """A task's marks, and which rows stand behind one that was marked in several jobs.

    hidden   (kind, id of what is shown) -> ids of the later jobs' copies; kind is tags, shapes or tracks
    """

    marks: Marks
    hidden: dict[tuple[str, int], list[int]] = field(default_factory=dict)

    def rows_behind(self, kind: str, shown: Iterable[int]) -> set[int]:
        """The ids themselves and those of the copies they hide."""
        found = set(shown)
        return found.union(*(self.hidden.get((kind, each), ()) for each in found)) if self.hidden else found


def merge(parts: Sequence[Part], *, overlap: int, size: int) -> Merged:
    """The jobs' marks as the task's.

    parts     in the order of the jobs' ids
    overlap   how many frames at its beginning a job shares with those before it
    size      number of frames of the task

    Tags are the same when their labels are, rectangles and polygons when three quarters of them are, tracks when on
    the average of the shared frames half of them is. Of two that are the same the earlier job's is shown.
    """
    version = max((part.marks.version for part in parts), default=0)
    if len(parts) == 1:
        return Merged(replace(parts[0].marks, version=version))
    merged = Merged(Marks(version=version, tags=[], shapes=[], tracks=[]))
    for place, part in enumerate(parts):
        end = part.start + overlap if place else part.start
        merged.marks.tags += _added("tags", merged, merged.marks.tags, part.marks.tags, end, _same_tag, 1)
        merged.marks.shapes += _added(
            "shapes", merged, merged.marks.shapes, part.marks.shapes, end, _same_shape, _SAME_SHAPE
        )
        _add_tracks(merged, part, end, size=size)
    merged.marks.tags.sort(key=lambda tag: tag.frame)
    merged.marks.shapes.sort(key=lambda shape: shape.frame)
    merged.marks.tracks.sort(key=lambda track: track.id or 0)
    return merged


def _same_tag(one: Tag, other: Tag) -> float:
    return float(one.label_id == other.label_id)


def _same_shape(one: Shape, other: Shape) -> float:
    return likeness(one, other) if one.label_id == other.label_id else 0.0


def _added(
    kind: str,
    merged: Merged,
    there: Iterable[OnFrame],
    coming: Sequence[OnFrame],
    end: int,
    alike: Callable[[OnFrame, OnFrame], float],
    least: float,
) -> list[OnFrame]:
    shared: dict[int, list[OnFrame]] = {}
    for mark in coming:
        if mark.frame < end:
            shared.setdefault(mark.frame, []).append(mark)
    if not shared:
        return list(coming)
    known: dict[int, list[OnFrame]] = {}
    for mark in there:
        if mark.frame in shared:
            known.setdefault(mark.frame, []).append(mark)
    copies: set[int] = set()
    for frame, ones in known.items():
        among = near(ones, shared[frame]) if kind == "shapes" else None  # type: ignore[arg-type]  # tags have no place
        for i, j in matches(ones, shared[frame], alike, least=least, among=among):
            copies.add(id(shared[frame][j]))
            _hide(merged, kind, ones[i].id, shared[frame][j].id)
    return [mark for mark in coming if id(mark) not in copies]


def _hide(merged: Merged, kind: str, shown: int | None, copy: int | None) -> None:
    if shown is not None and copy is not None:
        merged.hidden.setdefault((kind, shown), []).append(copy)


def _add_tracks(merged: Merged, part: Part, end: int, *, size: int) -> None:
    earlier, coming = merged.marks.tracks, part.marks.tracks
    ordered = {id(track): keyframes(track) for track in (*earlier, *coming)}

    shared = range(part.start, end) if earlier and coming else range(0)
    shown = {place: [shape_at(shapes, frame) for frame in shared] for place, shapes in ordered.items()}

    def alike(one: Track, other: Track) -> float:
        if one.label_id != other.label_id:
            return 0.0
        return _likeness_of_tracks(shown[id(one)], shown[id(other)])

    found = matches(earlier, coming, alike, least=_SAME_TRACK) if shared else []
    united, gone = {i: coming[j] for i, j in found}, {j for _, j in found}
    for place, track in enumerate(earlier):
        other = united.get(place)
        if other is not None:
            _hide(merged, "tracks", track.id, other.id)
            earlier[place] = _united(track, other)
        elif end < size:
            earlier[place] = _ended(track, ordered[id(track)], end)
    earlier += [track for j, track in enumerate(coming) if j not in gone]


def _likeness_of_tracks(one: Sequence[Keyframe | None], other: Sequence[Keyframe | None]) -> float:
    """On the average of the frames on which either is to be seen; nothing where only one is."""
    scores = [
        likeness(first, second) if first is not None and second is not None else 0.0
        for first, second in zip(one, other, strict=True)
        if first is not None or second is not None
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _united(track: Track, later: Track) -> Track:
    shapes = {shape.frame: shape for shape in (*later.shapes, *track.shapes)}
    return replace(track, shapes=[shapes[frame] for frame in sorted(shapes)])


def _ended(track: Track, ordered: Sequence[Keyframe], end: int) -> Track:
    """Not to be seen any more where the next job, which does not have it, is alone."""
    last = ordered[-1]
    if last.frame >= end or shape_at(ordered, end - 1) is None:
        return track
    return replace(track, shapes=[*ordered, replace(last, frame=end, outside=True, id=None)])
