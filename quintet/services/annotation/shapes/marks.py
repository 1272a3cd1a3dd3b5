"""Tags, shapes and tracks. Fields stand in the order in which CVAT's clients see them.

None of them ever refers back to what holds it, so the collector of garbage is spared looking at them (gc=False).
"""

from collections.abc import Iterable, Sequence
from struct import Struct as Packing
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Form = Literal["rectangle", "polygon", "polyline", "points", "cuboid"]
FORMS: tuple[Form, ...] = ("rectangle", "polygon", "polyline", "points", "cuboid")
FullForm = Literal["rectangle", "polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton"]
FULL_FORMS: tuple[FullForm, ...] = (*FORMS, "ellipse", "mask", "skeleton")
SOURCES = ("manual", "auto")
MOST = 2**31 - 1
VALUE_MAX_LENGTH = 4096

_Count = Annotated[int, Meta(ge=0, le=MOST)]
_Number = Annotated[int, Meta(ge=-MOST, le=MOST)]
_Id = Annotated[int, Meta(ge=-(2**63) + 1, le=2**63 - 1)]
_Value = Annotated[str, Meta(max_length=VALUE_MAX_LENGTH)]
_Points = Annotated[list[float], Meta(min_length=1)]


class Attribute(Struct, gc=False):
    """What is said of a thing: the attribute's number and the value."""

    spec_id: _Id
    value: _Value


class Tag(Struct, kw_only=True, gc=False):
    """A label on a whole frame."""

    id: _Id | None = None
    frame: _Count
    label_id: _Id
    group: _Count | None
    source: Literal["manual", "auto"] = "manual"
    attributes: list[Attribute]


class Shape(Struct, kw_only=True, gc=False):
    """A figure on one frame. points: x, y, x, y, … in pixels of the frame."""

    type: Form
    occluded: bool
    z_order: _Number = 0
    points: _Points
    id: _Id | None = None
    frame: _Count
    label_id: _Id
    group: _Count | None
    source: Literal["manual", "auto"] = "manual"
    attributes: list[Attribute]


class Keyframe(Struct, kw_only=True, gc=False):
    """Where a track's thing is on one frame, and until the next. outside: it is not to be seen."""

    type: Form
    occluded: bool
    z_order: _Number = 0
    points: _Points
    id: _Id | None = None
    frame: _Count
    outside: bool
    attributes: list[Attribute]


class Track(Struct, kw_only=True, gc=False):
    """One thing through many frames; attributes are those that do not change."""

    id: _Id | None = None
    frame: _Count
    label_id: _Id
    group: _Count | None
    source: Literal["manual", "auto"] = "manual"
    shapes: Annotated[list[Keyframe], Meta(min_length=1)]
    attributes: list[Attribute]


class Marks(Struct, kw_only=True):
    """All that was marked in a job or a task."""

    version: int
    tags: list[Tag]
    shapes: list[Shape]
    tracks: list[Track]

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return not (self.tags or self.shapes or self.tracks)


# What follows is more than CVAT 1.x knows. Whoever asks for nothing neither sends nor sees it (shapes.plainly).


class Element(Struct, kw_only=True, gc=False):
    """A node of a skeleton, told by its name. outside: it is not to be seen; where it lies is a guess."""

    label: Annotated[str, Meta(max_length=64)]
    points: Annotated[list[float], Meta(min_length=2, max_length=2)]
    occluded: bool = False
    outside: bool = False


class FullShape(Shape, kw_only=True, gc=False):
    """A figure of any form, with CVAT 2's numbers.

    points     ellipse: cx, cy, right x, top y as if it were not rotated; mask: counts of pixels row by row, background
               first, then the box's left, top, right, bottom with its last pixels; skeleton: none
    rotation   of a rectangle or an ellipse: degrees, clockwise, about its centre; as all that is new, absent if nothing
    elements   a skeleton's
    """

    type: FullForm  # type: ignore[assignment]  # what takes a Shape meets its other forms by their class
    points: list[float] = []
    rotation: float | UnsetType = UNSET
    elements: list[Element] | UnsetType = UNSET


class FullKeyframe(Keyframe, kw_only=True, gc=False):
    """The same of a track."""

    type: FullForm  # type: ignore[assignment]
    points: list[float] = []
    rotation: float | UnsetType = UNSET
    elements: list[Element] | UnsetType = UNSET


class FullTrack(Track, kw_only=True, gc=False):
    """A track as it is read from who knows all forms."""

    shapes: Annotated[list[FullKeyframe], Meta(min_length=1)]  # type: ignore[assignment]


class FullMarks(Marks, kw_only=True):
    """Marks as they are read from who knows all forms."""

    shapes: list[FullShape]  # type: ignore[assignment]
    tracks: list[FullTrack]  # type: ignore[assignment]


FULL = (FullShape, FullKeyframe)
# `type(figure) in` takes a tenth of the time of isinstance, which counts where there are ten thousand.
FULL_TYPES: frozenset[type] = frozenset(FULL)


def no_marks(version: int = 0) -> Marks:
    """What a new job holds."""
    return Marks(version=version, tags=[], shapes=[], tracks=[])


_PACKINGS: dict[int, Packing] = {}


def _packing(count: int) -> Packing:
    if (packing := _PACKINGS.get(count)) is None:
        packing = Packing(f"<{count}d")
        if count <= 64:
            _PACKINGS[count] = packing
    return packing


def packed(points: Sequence[float]) -> bytes:
    """64-bit floats, little-endian.

    >>> unpacked(packed([1.5, 2.25]))
    [1.5, 2.25]
    """
    return _packing(len(points)).pack(*points)


def unpacked(stored: bytes) -> list[float]:
    """The other way."""
    return list(_packing(len(stored) // 8).unpack(stored))


def values_of(attributes: Iterable[Attribute]) -> dict[int, str]:
    """By the attribute's number; of one said twice the last counts."""
    return {said.spec_id: said.value for said in attributes}
