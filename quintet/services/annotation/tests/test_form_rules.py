"""Pure rules of turned boxes, ellipses, masks and skeletons: pixels and runs, between keyframes, how alike two are."""

import tracemalloc
from math import acos, cos, pi, sin, sqrt, tau
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from quintet.services.annotation.shapes.between import keyframes, seen, shape_at
from quintet.services.annotation.shapes.closeness import closeness
from quintet.services.annotation.shapes.cutting import cut_track
from quintet.services.annotation.shapes.figures import box_around, outline_of, rotation_of
from quintet.services.annotation.shapes.likeness import likeness, near
from quintet.services.annotation.shapes.marks import Element, FullForm, FullKeyframe, Keyframe, Shape, Track
from quintet.services.annotation.shapes.outlines import covered, largest_outline, outlines
from quintet.services.annotation.shapes.spans import (
    bitmap_of,
    common_area,
    mask_of,
    spans_of_bitmap,
    spans_of_mask,
    turned,
)

quickly = settings(max_examples=60, deadline=None)
Bitmap = NDArray[np.bool_]


@some.composite
def bitmaps(draw: some.DrawFn, *, is_square: bool = False) -> Bitmap:
    rows = 6 if is_square else draw(some.integers(1, 8))
    columns = 6 if is_square else draw(some.integers(1, 8))
    bits = draw(some.lists(some.booleans(), min_size=rows * columns, max_size=rows * columns))
    bits[draw(some.integers(0, len(bits) - 1))] = True
    return np.array(bits).reshape(rows, columns)


def _filled(outline: list[float], shape: tuple[int, ...]) -> Bitmap:
    """Each pixel whose middle lies inside, by the sides that cross its row to the left of it."""
    found = np.zeros(shape, bool)
    corners = list(zip(outline[::2], outline[1::2], strict=True))
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if ax == bx:
            found[int(min(ay, by)) : int(max(ay, by)), int(ax) :] ^= True
    return found


@given(bitmaps())
@quickly
def test_pixels_become_runs_and_runs_pixels(bitmap: Bitmap) -> None:
    mask = mask_of(spans_of_bitmap(bitmap))
    left, top, right, bottom = (int(value) for value in mask[-4:])
    assert sum(mask[:-4]) == (right - left + 1) * (bottom - top + 1)
    spans = spans_of_mask(mask)
    assert (bitmap_of(spans, 0, 0, bitmap.shape[1], bitmap.shape[0]) == bitmap).all()
    assert spans.area == bitmap.sum()
    assert box_around(_figure("mask", mask)) == (*spans.box,)
    columns = turned(spans)
    assert (bitmap_of(columns, 0, 0, bitmap.shape[0], bitmap.shape[1]) == bitmap.T).all()


@given(bitmaps())
@quickly
def test_outlines_enclose_the_pixels_and_their_holes(bitmap: Bitmap) -> None:
    found = outlines(bitmap)
    filled = np.zeros(bitmap.shape, bool)
    for outline in found:
        filled |= _filled(outline, bitmap.shape)
    assert (filled & bitmap == bitmap).all()
    assert (filled | ~_outside(bitmap) == ~_outside(bitmap)).all(), "nothing beyond the holes"
    assert largest_outline(spans_of_bitmap(bitmap)) in found


def _outside(bitmap: Bitmap) -> Bitmap:
    """What is reached from the border over unmarked pixels, corners included."""
    rows, columns = bitmap.shape[0] + 2, bitmap.shape[1] + 2
    reached, is_free = np.zeros((rows, columns), bool), ~np.pad(bitmap, 1)
    reached[0, 0] = True
    for _ in range(reached.size):
        around = np.pad(reached, 1)
        grown = is_free & np.logical_or.reduce(
            [around[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
        )
        if (grown == reached).all():
            break
        reached = grown
    return reached[1:-1, 1:-1]


@given(bitmaps(is_square=True), bitmaps(is_square=True))
@quickly
def test_masks_are_as_alike_as_their_pixels(one: Bitmap, other: Bitmap) -> None:
    first, second = (_figure("mask", mask_of(spans_of_bitmap(each))) for each in (one, other))
    assert common_area(spans_of_bitmap(one), spans_of_bitmap(other)) == (one & other).sum()
    assert likeness(first, second) == (one & other).sum() / (one | other).sum()
    assert (0, 0) in set(near([first], [second])) or likeness(first, second) < 0.75


def _figure(form: FullForm, points: list[float], frame: int = 0, **said: Any) -> FullKeyframe:
    return FullKeyframe(
        type=form, points=points, frame=frame, occluded=False, outside=said.pop("outside", False), attributes=[], **said
    )


def _track(*shapes: Keyframe) -> Track:
    return Track(frame=shapes[0].frame, label_id=1, group=0, shapes=list(shapes), attributes=[])


def _node(label: str, x: float, *, outside: bool = False) -> Element:
    return Element(label=label, points=[x, 0.0], outside=outside)


@pytest.mark.parametrize(("first", "second", "between"), [(350.0, 30.0, 10.0), (30.0, 350.0, 10.0), (0.0, 90.0, 45.0)])
def test_boxes_turn_the_shorter_way(first: float, second: float, between: float) -> None:
    box = [0.0, 0.0, 10.0, 20.0]
    ordered = [_figure("rectangle", box, 0, rotation=first), _figure("rectangle", box, 4, rotation=second)]
    halfway = shape_at(ordered, 2)
    assert halfway is not None
    assert (halfway.points, rotation_of(halfway)) == (box, between)
    held = shape_at(ordered, 9)
    assert held is not None
    assert rotation_of(held) == second


def test_a_box_that_is_not_turned_yet_turns_too() -> None:
    plain = Keyframe(type="rectangle", points=[0, 0, 9, 9], frame=0, occluded=False, outside=False, attributes=[])
    halfway = shape_at([plain, _figure("rectangle", [2.0, 0.0, 11.0, 9.0], 2, rotation=20.0)], 1)
    assert halfway is not None
    assert (halfway.points, rotation_of(halfway)) == ([1, 0, 10, 9], 10)


def test_ellipses_move_masks_hold_and_skeletons_go_node_by_node() -> None:
    ellipse = shape_at([_figure("ellipse", [0.0, 0, 5, -5]), _figure("ellipse", [10.0, 0, 25, -5], 2)], 1)
    assert ellipse is not None
    assert ellipse.points == [5, 0, 15, -5]
    masks = [_figure("mask", [0.0, 1, 0, 0, 0, 0]), _figure("mask", [0.0, 1, 4, 4, 4, 4], 2)]
    held = [shape.points[-4:] for shape, _ in seen(masks, 0, 4)]
    assert held == [[0] * 4, [0] * 4, [4] * 4, [4] * 4, [4] * 4]
    before = [_node("a", 0), _node("b", 0, outside=True), _node("c", 0), _node("d", 0)]
    after = [_node("d", 8, outside=True), _node("b", 8), _node("a", 8)]
    moved = shape_at([_figure("skeleton", [], elements=before), _figure("skeleton", [], 4, elements=after)], 1)
    assert isinstance(moved, FullKeyframe)
    assert moved.elements == [_node("a", 2), _node("b", 0, outside=True), _node("c", 0), _node("d", 0)]


def test_what_was_cut_shows_the_same() -> None:
    box = [0.0, 0.0, 10.0, 20.0]
    whole = _track(_figure("rectangle", box, 0, rotation=300.0), _figure("rectangle", box, 8, rotation=60.0))
    piece = cut_track(whole, 3, 5)
    assert piece is not None
    assert [(shape.frame, rotation_of(shape)) for shape in piece.shapes] == [(3, 345), (5, 15)]
    assert [rotation_of(shape) for shape, _ in seen(keyframes(piece), 3, 5)] == [345, 0, 15]


def test_turned_boxes_and_ellipses_are_compared_by_what_they_cover() -> None:
    lying, standing = (_figure("rectangle", [0.0, 0, 40, 20], rotation=turn) for turn in (0.0, 90.0))
    assert abs(likeness(lying, standing) - 1 / 3) < 1e-9
    assert likeness(lying, _figure("rectangle", [0.0, 0, 40, 20], rotation=180.0)) > 0.999
    one, other = (_figure("ellipse", [x, 0.0, x + 10, -10]) for x in (0.0, 10.0))
    assert abs(likeness(one, other) - 0.243) < 0.01
    assert likeness(one, _figure("ellipse", [100.0, 0, 110, -10])) == 0
    left, top, right, bottom = box_around(_figure("ellipse", [0.0, 0, 30, -10], rotation=90.0))
    assert (round(left), round(top), round(right), round(bottom)) == (-10, -30, 10, 30)
    assert outline_of(lying) == [0, 0, 40, 0, 40, 20, 0, 20]


def test_what_two_people_drew_in_different_forms_is_close_when_it_covers_the_same() -> None:
    turned_box = _figure("rectangle", [0.0, 0, 40, 20], rotation=90.0)
    polygon = _figure("polygon", outline_of(turned_box))
    pixels = _figure("mask", [0.0, 800, 10, 0, 29, 39])
    assert closeness(turned_box, polygon, pixels=5) == closeness(polygon, turned_box, pixels=5) == 1
    assert closeness(pixels, _figure("rectangle", [10.0, 0, 30, 40]), pixels=5) == 1
    assert closeness(pixels, _figure("ellipse", [20.0, 20, 30, 0]), pixels=5) == pytest.approx(np.pi / 4, abs=0.01)
    assert closeness(pixels, _figure("points", [20.0, 20]), pixels=5) == 0


def test_skeletons_are_alike_when_their_nodes_are_near() -> None:
    def bones(x: float, **said: bool) -> FullKeyframe:
        return _figure("skeleton", [], elements=[_node("a", x), Element(label="b", points=[x + 50, 100.0], **said)])

    assert likeness(bones(0), bones(0)) == 1
    assert 0.9 < likeness(bones(0), bones(3)) < 1
    assert likeness(bones(0), bones(0, outside=True)) == 0.5
    assert likeness(bones(0), bones(500)) < 0.01


def test_two_polygons_with_thousands_of_corners_are_held_against_each_other_at_once() -> None:
    def ring(x: float) -> Shape:
        turns = [tau * place / 3000 for place in range(3000)]
        points = [value for turn in turns for value in (x + 100 * cos(turn), 200 + 100 * sin(turn))]
        return Shape(type="polygon", occluded=False, points=points, frame=0, label_id=1, group=0, attributes=[])

    # What two circles of radius 100 have in common whose middles are 100 apart.
    common = 2 * 100**2 * acos(0.5) - 50 * sqrt(4 * 100**2 - 100**2)
    assert likeness(ring(200), ring(300)) == pytest.approx(common / (2 * pi * 100**2 - common), abs=1e-4)
    assert likeness(ring(200), ring(200.0001)) == pytest.approx(1, abs=1e-4)
    assert likeness(ring(200), ring(401)) == 0


def test_painting_a_polygon_takes_memory_for_its_pixels_and_not_for_its_corners() -> None:
    zigzag = [value for place in range(2000) for value in (place * 2.0, 4000.0 * (place % 2))]
    tracemalloc.start()
    try:
        (rows, columns), inside = covered([*zigzag, 3999, -1, 0, -1], width=4000, height=4000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (rows, columns) == (slice(0, 4000), slice(0, 3999))
    assert inside.mean() == pytest.approx(0.5, abs=0.01)
    assert peak < 250e6
