"""Figures as CVAT 1.x knows them: polygons instead of what is round, turned or made of pixels, points instead of
skeletons. And the way back, when a client of 1.x sends such a figure again as it was shown."""

from collections.abc import Iterable, Sequence
from math import isclose
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder, encode
from msgspec.structs import asdict

from quintet.services.annotation.shapes.figures import (
    Figure,
    elements_of,
    form_of,
    is_beyond,
    nodes_of,
    outline_of,
    rotation_of,
)
from quintet.services.annotation.shapes.marks import (
    FULL,
    Element,
    FullKeyframe,
    FullMarks,
    FullShape,
    Keyframe,
    Marks,
    Shape,
    Track,
)

_FORM = ("type", "points", "rotation", "elements")
# In pixels. What clients round away is no change.
_SAME = 0.01


def plain_figure(figure: Figure) -> Figure:
    """A shape or keyframe as CVAT 1.x knows it."""
    return plain_shape(figure) if isinstance(figure, Shape) else plain_keyframe(figure, is_outline=is_beyond(figure))


def as_keyframe(shape: Shape) -> Keyframe:
    """The same on the same frame, as part of a track."""
    names = [name for name in Keyframe.__struct_fields__ if name != "outside"]
    if isinstance(shape, FullShape):
        names += ["rotation", "elements"]
        return FullKeyframe(outside=False, **{name: getattr(shape, name) for name in names})
    return Keyframe(outside=False, **{name: getattr(shape, name) for name in names})


def plain_shape(shape: Shape) -> Shape:
    """As CVAT 1.x knows it; itself where that knows it."""
    if not isinstance(shape, FullShape):
        return shape
    return Shape(**_without_form(shape), **_plain_form(shape, is_outline=is_beyond(shape)))


def plain_keyframe(shape: Keyframe, *, is_outline: bool) -> Keyframe:
    """The same; is_outline: a rectangle is told by its corners, turned or not."""
    return Keyframe(**_without_form(shape), **_plain_form(shape, is_outline=is_outline))


def _without_form(figure: Figure) -> dict[str, Any]:
    return {name: value for name, value in asdict(figure).items() if name not in _FORM}


def _plain_form(figure: Figure, *, is_outline: bool) -> dict[str, Any]:
    if elements_of(figure):
        return {"type": "points", "points": nodes_of(figure)}
    if is_outline and form_of(figure) in ("rectangle", "ellipse", "mask"):
        return {"type": "polygon", "points": outline_of(figure)}
    return {"type": figure.type, "points": figure.points}


def plain_track(track: Track) -> Track:
    """As CVAT 1.x knows it. Where one rectangle is turned all of them are polygons: a track has one form there."""
    if not any(map(is_beyond, track.shapes)):
        return track
    shapes = [plain_keyframe(shape, is_outline=True) for shape in track.shapes]
    return Track(
        id=track.id, frame=track.frame, label_id=track.label_id, group=track.group, source=track.source,
        shapes=shapes, attributes=track.attributes,
    )  # fmt: skip


def has_full(marks: Marks) -> bool:
    """Whether there may be anything that CVAT 1.x has not."""
    kinds = set(map(type, marks.shapes)).union(*(map(type, track.shapes) for track in marks.tracks))
    return not kinds.isdisjoint(FULL)


def plain(marks: Marks) -> Marks:
    """All of them as CVAT 1.x knows them; what is plain already is not copied."""
    if has_full(marks):
        marks.shapes = [plain_shape(shape) for shape in marks.shapes]
        marks.tracks = [plain_track(track) for track in marks.tracks]
    return marks


class _More(Struct, gc=False):
    rotation: float | UnsetType = UNSET
    elements: list[Element] | UnsetType = UNSET


_MORE = Decoder(_More)


def stored_form(figure: Figure) -> str | None:
    """As JSON, what tells it from a figure of CVAT 1.x beside form and points; None: nothing does.

    >>> round_thing = FullKeyframe(type="ellipse", occluded=False, frame=0, outside=False, attributes=[], rotation=30.0)
    >>> stored_form(round_thing)
    '{"rotation":30.0}'
    """
    if not is_beyond(figure):
        return None
    return encode(_More(rotation_of(figure) or UNSET, elements_of(figure) or UNSET)).decode()


def form_stored(more: str) -> dict[str, Any]:
    """The other way: rotation and elements of a FullShape or FullKeyframe."""
    found = _MORE.decode(more)
    return {"rotation": found.rotation, "elements": found.elements}


def tidied(marks: FullMarks) -> FullMarks:
    """As they are told again: no angle of 0 or 360, no points of skeletons beside those of their nodes."""
    figures: list[FullShape | FullKeyframe] = [
        *marks.shapes,
        *(shape for track in marks.tracks for shape in track.shapes),
    ]
    for figure in figures:
        if figure.rotation in (0, 360):
            figure.rotation = UNSET
        if not figure.elements:
            figure.elements = UNSET
        if figure.type == "skeleton":
            figure.points = []
    return marks


def says_ids(marks: Marks) -> bool:
    """Whether somebody who sees plain figures alone speaks of some that are there."""
    return not isinstance(marks, FullMarks) and any(
        mark.id is not None for several in (marks.shapes, marks.tracks) for mark in several
    )


def keep_forms(marks: Marks, there: Marks) -> None:
    """What comes back under its number at the place where it was shown is what it was; all else may have changed.

    marks   as a client of CVAT 1.x sends them; changed in place
    there   what is stored
    """
    shapes = {shape.id: shape for shape in there.shapes if is_beyond(shape)}
    marks.shapes = [_kept(shape, shapes.get(shape.id)) for shape in marks.shapes]
    tracks = {track.id: track for track in there.tracks if any(map(is_beyond, track.shapes))}
    for track in marks.tracks:
        if (known := tracks.get(track.id)) is not None:
            by_frame = {shape.frame: shape for shape in known.shapes}
            kept = [_kept_keyframe(shape, by_frame.get(shape.frame)) for shape in track.shapes]
            track.shapes = _coherent(track.shapes, kept)


def _coherent(said: list[Keyframe], kept: list[Keyframe]) -> list[Keyframe]:
    """Between a box and a polygon nothing would move any more: where one was changed, all boxes and ellipses become
    the polygons that were shown. Masks and skeletons stand for themselves."""
    if all(isinstance(shape, FULL) for shape in kept):
        return kept
    return [
        shape if form_of(shape) in ("mask", "skeleton") else sent for sent, shape in zip(said, kept, strict=True)
    ]  # fmt: skip


def _kept(said: Shape, known: Shape | None) -> Shape:
    if known is None or not _is_shown(said, plain_shape(known)):
        return said
    return FullShape(**(asdict(said) | _form(known)))


def _kept_keyframe(said: Keyframe, known: Keyframe | None) -> Keyframe:
    if known is None or not _is_shown(said, plain_keyframe(known, is_outline=True)):
        return said
    return FullKeyframe(**(asdict(said) | _form(known)))


def _form(figure: Figure) -> dict[str, Any]:
    return {name: value for name, value in asdict(figure).items() if name in _FORM}


def _is_shown(said: Figure, shown: Figure) -> bool:
    return said.type == shown.type and _are_same(said.points, shown.points)


def _are_same(one: Sequence[float], other: Iterable[float]) -> bool:
    try:
        return all(isclose(a, b, rel_tol=0, abs_tol=_SAME) for a, b in zip(one, other, strict=True))
    except ValueError:
        return False
