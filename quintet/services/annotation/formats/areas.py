"""Figures of any form for formats that know fewer: as boxes, polygons, pixels; and COCO's way of counting these."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from quintet.services.annotation.errors import Misfit
from quintet.services.annotation.formats.document import Figure, Picture
from quintet.services.annotation.shapes.figures import Box, box_around, form_of, is_beyond, outline_of
from quintet.services.annotation.shapes.forms import MASK_SIDE
from quintet.services.annotation.shapes.marks import FULL_TYPES, Keyframe, Shape
from quintet.services.annotation.shapes.outlines import covered, outlines_of_spans
from quintet.services.annotation.shapes.plainly import plain_figure
from quintet.services.annotation.shapes.spans import (
    Spans,
    bitmap_of,
    clipped,
    counts_of,
    spans_of_bitmap,
    spans_of_counts,
    spans_of_mask,
    turned,
)

AREAS = frozenset({"rectangle", "polygon", "ellipse", "mask"})
Pixels = tuple[tuple[slice, slice], NDArray[np.bool_]]


def upright_box(shape: Shape | Keyframe) -> Sequence[float]:
    """A rectangle's numbers; of one that is turned those of the box around it."""
    return box_around(shape) if type(shape) in FULL_TYPES and is_beyond(shape) else shape.points


def encloses(figure: Figure) -> bool:
    """Whether it is an area: a rectangle, a polygon, an ellipse or a mask."""
    return figure.shape.type in AREAS


def polygons_of(figure: Figure, *, group: int) -> list[Figure]:
    """As rectangles that stand straight and polygons. A mask's pieces belong together, in this group if they have none.

    Holes are filled.
    """
    if not is_beyond(figure.shape):
        return [figure]
    one = replace(figure, shape=plain_figure(figure.shape))
    if form_of(figure.shape) != "mask":
        return [one]
    pieces = outlines_of_spans(spans_of_mask(figure.shape.points))
    common = figure.group or (group if len(pieces) > 1 else 0)
    return [replace(one, shape=structs.replace(one.shape, points=piece), group=common) for piece in pieces]


def pixels_of(shape: Shape | Keyframe, picture: Picture) -> Pixels:
    """The pixels of a frame that an area covers: rows and columns that hold all of them, and which of these are."""
    if form_of(shape) != "mask":
        return covered(outline_of(shape), width=picture.width, height=picture.height)
    spans = clipped(spans_of_mask(shape.points), 0, 0, picture.width, picture.height)
    left, top, right, bottom = spans.box if len(spans.rows) else (0, 0, 0, 0)
    return (slice(top, bottom), slice(left, right)), bitmap_of(spans, left, top, right, bottom)


def united(shapes: Iterable[Shape | Keyframe], picture: Picture) -> Spans:
    """All pixels of a frame that any of these areas covers."""
    whole = list(shapes)
    if len(whole) == 1 and form_of(whole[0]) == "mask":
        return clipped(spans_of_mask(whole[0].points), 0, 0, picture.width, picture.height)
    canvas = np.zeros((picture.height, picture.width), bool)
    for shape in whole:
        place, inside = pixels_of(shape, picture)
        canvas[place] |= inside
    return spans_of_bitmap(canvas)


def coco_counts(spans: Spans, picture: Picture) -> list[int]:
    """Pixels of the frame, column by column, background first."""
    return counts_of(turned(clipped(spans, 0, 0, picture.width, picture.height)), picture.height, picture.width)


def spans_of_coco(counts: str | Sequence[object], size: Sequence[object], picture: Picture) -> Spans:
    """The other way, as far as it lies on the frame. counts: numbers, or a text as pycocotools packs them.

    Raises Misfit where there is none of it, or where the counts do not add up to the size.
    """
    told = unpacked(counts) if isinstance(counts, str) else list(counts)
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < 1 << 40 for each in (*told, *size)):
        raise Misfit("bad_points", "A mask's counts and size are numbers of pixels.")
    height, width = (int(each) for each in size)  # type: ignore[call-overload]  # just looked at
    if max(height, width) > MASK_SIDE:
        raise Misfit("bad_points", f"A mask has {MASK_SIDE} rows and columns at most.")
    if not told or not height or sum(told) != height * width:  # type: ignore[arg-type]
        raise Misfit("bad_points", "The counts of a mask add up to its height times its width.")
    columns = spans_of_counts(told, height)  # type: ignore[arg-type]
    found = turned(clipped(columns, 0, 0, picture.height, picture.width))
    if not len(found.rows):
        raise Misfit("bad_points", "The mask marks nothing on its frame.")
    return found


def unpacked(said: str) -> list[int]:
    """Counts as pycocotools packs them. Raises Misfit.

    >>> unpacked(packed([5, 3, 1000, 2, 7]))
    [5, 3, 1000, 2, 7]
    """
    counts: list[int] = []
    value = shift = 0
    for place in said.encode("utf-8", "replace"):
        bits = place - 48
        if not 0 <= bits < 64 or shift > 60:
            raise Misfit("bad_points", "The counts of a mask cannot be read.")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    return counts


def packed(counts: Sequence[int]) -> str:
    """The other way: differences to the count before the last, five bits to a letter, the lowest first.

    Source  pycocotools, rleToString
    """
    letters = []
    for place, count in enumerate(counts):
        value, is_more = count - (counts[place - 2] if place > 2 else 0), True
        while is_more:
            bits = value & 31
            value >>= 5
            is_more = value != (-1 if bits & 16 else 0)
            letters.append(chr((bits | 32 if is_more else bits) + 48))
    return "".join(letters)


def box_of_all(shapes: Iterable[Shape | Keyframe]) -> Box:
    """Left, top, right, bottom of the box around all of them."""
    boxes = [box_around(shape) for shape in shapes]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
