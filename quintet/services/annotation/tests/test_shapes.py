"""Pure rules: what lies between keyframes, what belongs together, how a task is cut into jobs and merged again."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as some

from quintet.services.annotation.shapes.between import keyframes, seen, shape_at
from quintet.services.annotation.shapes.cutting import cut_track
from quintet.services.annotation.shapes.likeness import assignment, likeness, matches, near
from quintet.services.annotation.shapes.marks import Form, Keyframe, Marks, Shape, Tag, Track, packed, unpacked
from quintet.services.annotation.shapes.merging import Part, merge

quickly = settings(max_examples=40, deadline=None)
_coordinates = some.floats(0, 1000, width=32)


@some.composite
def tracks(draw: some.DrawFn, last: int = 30) -> Track:
    frames = draw(some.sets(some.integers(0, last), min_size=1, max_size=6))
    form: Form = draw(some.sampled_from(["rectangle", "polygon", "polyline", "points", "cuboid"]))
    shapes = [_keyframe(form, frame, draw(_points(form)), outside=draw(some.booleans())) for frame in sorted(frames)]
    return _track(*shapes)


def _points(form: Form) -> some.SearchStrategy[list[float]]:
    least, most = {"rectangle": (2, 2), "cuboid": (8, 8), "polygon": (3, 7), "polyline": (2, 7), "points": (1, 4)}[form]
    return some.integers(least, most).flatmap(
        lambda count: some.lists(_coordinates, min_size=2 * count, max_size=2 * count)
    )


def _keyframe(form: Form, frame: int, points: list[float], *, outside: bool = False) -> Keyframe:
    return Keyframe(type=form, occluded=False, points=points, frame=frame, outside=outside, attributes=[])


def _track(*shapes: Keyframe, id: int | None = None, label: int = 1) -> Track:
    return Track(id=id, frame=shapes[0].frame, label_id=label, group=0, shapes=list(shapes), attributes=[])


def _box(frame: int, x: float, *, id: int | None = None, label: int = 1) -> Shape:
    return Shape(
        type="rectangle", occluded=False, points=[x, 0, x + 100, 100], id=id, frame=frame, label_id=label, group=0,
        attributes=[],
    )  # fmt: skip


def _marks(
    *, tags: list[Tag] | None = None, shapes: list[Shape] | None = None, tracks: list[Track] | None = None
) -> Marks:
    return Marks(version=3, tags=tags or [], shapes=shapes or [], tracks=tracks or [])


@given(some.lists(some.floats(allow_nan=False), max_size=80))
def test_points_are_packed_without_loss(points: list[float]) -> None:
    assert unpacked(packed(points)) == points


def test_boxes_move_in_a_straight_line_and_stay_where_they_were_last_seen() -> None:
    ordered = keyframes(_track(_keyframe("rectangle", 0, [0, 0, 10, 10]), _keyframe("rectangle", 4, [4, 8, 14, 18])))
    assert shape_at(ordered, 1).points == [1, 2, 11, 12]  # type: ignore[union-attr]
    assert shape_at(ordered, 9).points == [4, 8, 14, 18]  # type: ignore[union-attr]
    line = keyframes(_track(_keyframe("polyline", 0, [0, 0, 10, 10])))
    assert shape_at(line, 1) is None


def test_before_an_outside_keyframe_the_last_one_holds_and_after_it_there_is_nothing() -> None:
    ordered = keyframes(
        _track(_keyframe("rectangle", 1, [0, 0, 10, 10]), _keyframe("rectangle", 4, [9, 9, 19, 19], outside=True))
    )
    assert [frame for frame in range(8) if shape_at(ordered, frame)] == [1, 2, 3]
    assert shape_at(ordered, 3).points == [0, 0, 10, 10]  # type: ignore[union-attr]


def test_polygons_with_different_numbers_of_corners_change_gradually() -> None:
    square, with_a_corner_more = [0.0, 0, 10, 0, 10, 10, 0, 10], [0.0, 0, 10, 0, 20, 5, 10, 10, 0, 10]
    ordered = keyframes(_track(_keyframe("polygon", 0, square), _keyframe("polygon", 10, with_a_corner_more)))
    halfway = shape_at(ordered, 5)
    assert halfway is not None
    assert 6 <= len(halfway.points) <= 12
    assert len(halfway.points) % 2 == 0
    assert 10 <= max(halfway.points) <= 20


@given(tracks())
@quickly
def test_frame_by_frame_and_all_at_once_say_the_same(track: Track) -> None:
    ordered = keyframes(track)
    one_by_one = [shape for frame in range(40) if (shape := shape_at(ordered, frame)) is not None]
    assert [shape for shape, _ in seen(ordered, 0, 39)] == one_by_one
    assert [shape for shape, _ in seen(ordered, 7, 21)] == [shape for shape in one_by_one if 7 <= shape.frame <= 21]
    for shape in one_by_one:
        assert len(shape.points) % 2 == 0
        assert all(-0.01 <= value <= 1000.01 for value in shape.points)


@given(tracks(), some.integers(0, 30), some.integers(0, 30))
@quickly
def test_a_part_of_a_track_shows_what_the_whole_shows(track: Track, start: int, length: int) -> None:
    stop = start + length
    shown = [shape.points for shape, _ in seen(keyframes(track), start, stop)]
    part = cut_track(track, start, stop)
    assert (part is None) == (not shown)
    if part is not None and part.shapes[0].type in ("rectangle", "cuboid"):
        again = [shape.points for shape, _ in seen(keyframes(part), start, stop)]
        assert len(again) == len(shown)
        for one, other in zip(again, shown, strict=True):
            assert all(abs(a - b) < 1e-6 for a, b in zip(one, other, strict=True))
    if part is not None:
        assert all(start <= shape.frame <= stop for shape in part.shapes) or part is track


@given(some.integers(1, 4).flatmap(lambda rows: some.lists(
    some.lists(some.floats(0, 1), min_size=rows, max_size=rows), min_size=1, max_size=5
)))  # fmt: skip
@quickly
def test_assignment_costs_no_more_than_any_other(costs: list[list[float]]) -> None:
    rows, columns = len(costs), len(costs[0])
    found = assignment(costs)
    assert len(found) == min(rows, columns)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    if rows <= columns:
        best = min(sum(costs[i][p[i]] for i in range(rows)) for p in permutations(range(columns), rows))
    else:
        best = min(sum(costs[p[j]][j] for j in range(columns)) for p in permutations(range(rows), columns))
    assert abs(sum(costs[i][j] for i, j in found) - best) < 1e-9


def test_likeness_is_common_area_by_joint_area() -> None:
    assert likeness(_box(0, 0), _box(0, 50)) == 1 / 3
    square = _keyframe("polygon", 0, [0, 0, 10, 0, 10, 10, 0, 10])
    half = _keyframe("polygon", 0, [0, 0, 10, 0, 0, 10])
    assert abs(likeness(square, half) - 0.5) < 1e-9
    assert likeness(square, _keyframe("rectangle", 0, [0, 0, 10, 10])) == 0


@given(some.lists(some.tuples(_coordinates, some.floats(0, 90, width=32)), min_size=2, max_size=9))
@quickly
def test_what_is_alike_is_near(boxes: list[tuple[float, float]]) -> None:
    figures = [_keyframe("rectangle", 0, [left, 0, left + width, 10]) for left, width in boxes]
    close = set(near(figures, figures))
    for i, one in enumerate(figures):
        for j, other in enumerate(figures):
            assert (i, j) in close or likeness(one, other) < 0.75


def test_crowds_are_matched_without_weighing_all_against_all() -> None:
    crowd = [_box(0, 0.1 * place) for place in range(100)]
    assert len(matches(crowd, crowd, likeness, least=0.75)) == 100


def test_what_two_jobs_marked_is_shown_once_and_knows_its_copies() -> None:
    tag = Tag(id=1, frame=8, label_id=1, group=0, attributes=[])
    copy = Tag(id=2, frame=8, label_id=1, group=0, attributes=[])
    one = Part(0, 9, _marks(tags=[tag], shapes=[_box(8, 0, id=11), _box(9, 300, id=12)]))
    other = Part(
        7, 16, _marks(tags=[copy], shapes=[_box(8, 3, id=21), _box(9, 300, id=22, label=2), _box(12, 0, id=23)])
    )
    merged = merge([one, other], overlap=3, size=17)
    assert [shape.id for shape in merged.marks.shapes] == [11, 12, 22, 23]
    assert [each.id for each in merged.marks.tags] == [1]
    assert merged.rows_behind("shapes", [11]) == {11, 21}
    assert merged.rows_behind("tags", [1]) == {1, 2}


def test_tracks_of_neighbours_become_one_or_end() -> None:
    goes_on = _track(_keyframe("rectangle", 2, [0, 0, 9, 9]), _keyframe("rectangle", 9, [7, 0, 16, 9]), id=1)
    ends = _track(_keyframe("rectangle", 0, [500, 0, 600, 90]), id=2)
    later = _track(_keyframe("rectangle", 7, [5, 0, 14, 9]), _keyframe("rectangle", 12, [10, 0, 19, 9]), id=3)
    parts = [Part(0, 9, _marks(tracks=[goes_on, ends])), Part(7, 16, _marks(tracks=[later]))]
    first, second = merge(parts, overlap=3, size=17).marks.tracks
    assert (first.id, [shape.frame for shape in first.shapes]) == (1, [2, 7, 9, 12])
    assert [(shape.frame, shape.outside) for shape in second.shapes] == [(0, False), (10, True)]


@given(some.lists(tracks(), max_size=3))
@quickly
def test_one_job_is_its_task(several: list[Track]) -> None:
    marks = _marks(tracks=several)
    assert merge([Part(0, 40, marks)], overlap=0, size=41).marks == marks


@given(tracks(last=29).filter(lambda track: track.shapes[0].type == "rectangle"))
@quickly
def test_a_track_cut_into_jobs_and_merged_again_shows_the_same(track: Track) -> None:
    """Also where the last job has one frame alone and the track ends before it."""
    track.shapes = [
        _keyframe("rectangle", s.frame, [s.frame, 0, s.frame + 200, 100], outside=s.outside) for s in track.shapes
    ]
    segments = [(0, 14), (10, 24), (20, 29), (29, 29)]
    parts = [
        Part(start, stop, _marks(tracks=[piece] if (piece := cut_track(track, start, stop)) else []))
        for start, stop in segments
    ]
    merged = merge(parts, overlap=5, size=30)
    assert len(merged.marks.tracks) <= len([part for part in parts if part.marks.tracks])
    shown = {(shape.frame, tuple(round(v, 6) for v in shape.points)) for shape, _ in seen(keyframes(track), 0, 29)}
    again = {
        (shape.frame, tuple(round(v, 6) for v in shape.points))
        for one in merged.marks.tracks
        for shape, _ in seen(keyframes(one), 0, 29)
    }
    assert again == shown
