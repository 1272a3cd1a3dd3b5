"""A job's marks from those of a task."""

from collections.abc import Collection

from msgspec.structs import replace

from quintet.services.annotation.shapes.between import keyframes, seen, shape_at
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Shape, Tag, Track

Mark = Tag | Shape | Track | Keyframe


def cut(marks: Marks, start: int, stop: int) -> tuple[Marks, list[tuple[Mark, Mark]]]:
    """Copies of what lies on the frames from start to stop, both included; and each mark beside its copy, keyframes
    too."""
    tags = [(tag, replace(tag)) for tag in marks.tags if start <= tag.frame <= stop]
    shapes = [(shape, replace(shape)) for shape in marks.shapes if start <= shape.frame <= stop]
    tracks: list[tuple[Track, Track]] = []
    drawn: list[tuple[Keyframe, Keyframe]] = []
    for track in marks.tracks:
        if (piece := cut_track(track, start, stop)) is not None:
            copy = replace(piece, shapes=[replace(shape) for shape in piece.shapes])
            tracks.append((track, copy))
            by_frame = {shape.frame: shape for shape in copy.shapes}
            drawn += [(shape, by_frame[shape.frame]) for shape in track.shapes if shape.frame in by_frame]
    copies = Marks(
        version=marks.version,
        tags=[copy for _, copy in tags],
        shapes=[copy for _, copy in shapes],
        tracks=[copy for _, copy in tracks],
    )
    return copies, [*tags, *shapes, *tracks, *drawn]


def on_frames(marks: Marks, frames: Collection[int]) -> Marks:
    """Copies of what is to be seen on these frames alone, which need not be neighbours: tracks get a keyframe on each,
    and are outside from the first on which they are not to be seen any more."""
    tracks = []
    for track in marks.tracks:
        ordered, kept = keyframes(track), list[Keyframe]()
        for frame in sorted(frames):
            if (figure := shape_at(ordered, frame)) is not None:
                kept.append(replace(figure, frame=frame))
            elif kept and not kept[-1].outside:
                kept.append(replace(kept[-1], frame=frame, outside=True, id=None))
        if kept:
            tracks.append(replace(track, frame=kept[0].frame, shapes=kept))
    return Marks(
        version=marks.version,
        tags=[replace(tag) for tag in marks.tags if tag.frame in frames],
        shapes=[replace(shape) for shape in marks.shapes if shape.frame in frames],
        tracks=tracks,
    )


def cut_track(track: Track, start: int, stop: int) -> Track | None:
    """The part of a track on these frames, with keyframes of its own at the borders; None where it is not to be seen.

    On each of these frames the part shows what the whole shows.
    """
    ordered = keyframes(track)
    if next(seen(ordered, start, stop), None) is None:
        return None
    inside = [shape for shape in ordered if start <= shape.frame <= stop]
    if len(inside) == len(ordered):
        return track
    if not inside or inside[0].frame > start:
        first = shape_at(ordered, start)
        inside = inside if first is None else [first, *inside]
    goes_on = ordered[-1].frame > stop
    if goes_on and inside[-1].frame < stop and (last := shape_at(ordered, stop)) is not None:
        inside.append(last)
    return replace(track, frame=inside[0].frame, shapes=inside)
