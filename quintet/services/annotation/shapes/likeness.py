"""How alike two figures are, and who belongs to whom among many."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise, product
from math import dist, exp
from typing import TypeVar

from quintet.services.annotation.shapes.figures import (
    Box,
    Figure,
    box_around,
    elements_of,
    form_of,
    is_beyond,
    outline_of,
    rotation_of,
)
from quintet.services.annotation.shapes.scanlines import likeness_on_lines
from quintet.services.annotation.shapes.spans import common_area, spans_of_mask

A = TypeVar("A")
B = TypeVar("B")
Point = tuple[float, float]

# Where many figures lie on one another, an exact assignment would take too long; the most alike then come first.
_EXACT_UP_TO = 60
# Numbers of the one times those of the other: each side meets each, and each crossing meets all sides again.
_EXACT_UP_TO_NUMBERS = 100 * 100
# How far apart two people put the same node of a skeleton, by the square root of its size.
_NODE_TOLERANCE = 0.09


def likeness(one: Figure, other: Figure) -> float:
    """Common area by joint area, 0 … 1, of two of one form that encloses an area, turned or not; of two skeletons how
    near their nodes are; other figures are alike when they are the same."""
    if one.type != other.type:
        return 0.0
    if is_beyond(one) or is_beyond(other):
        return _likeness_of_forms(one, other)
    if one.points == other.points:
        return 1.0
    if one.type not in ("rectangle", "polygon"):
        return 0.0
    first, second = box_of(one.points), box_of(other.points)
    common = max(0.0, min(first[2], second[2]) - max(first[0], second[0])) * max(
        0.0, min(first[3], second[3]) - max(first[1], second[1])
    )
    if not common:
        return 0.0
    if one.type == "polygon":
        return _likeness_of_polygons(one.points, other.points)
    return common / (_area_of_box(first) + _area_of_box(second) - common)


def _likeness_of_forms(one: Figure, other: Figure) -> float:
    if elements_of(one):
        return _likeness_of_skeletons(one, other)
    if form_of(one) == "mask":
        return _likeness_of_masks(one, other)
    if one.points == other.points and rotation_of(one) == rotation_of(other):
        return 1.0
    return likeness_of_outlines(one, other)


def likeness_of_outlines(one: Figure, other: Figure) -> float:
    """Common area by joint area of two that enclose an area, whatever their forms; of a mask its largest piece."""
    if _are_apart(one, other):
        return 0.0
    return _likeness_of_polygons(outline_of(one), outline_of(other))


def _are_apart(one: Figure, other: Figure) -> bool:
    a, b = box_around(one), box_around(other)
    return min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


def _likeness_of_masks(one: Figure, other: Figure) -> float:
    if _are_apart(one, other):
        return 0.0
    first, second = spans_of_mask(one.points), spans_of_mask(other.points)
    common = common_area(first, second)
    return common / (first.area + second.area - common)


def _likeness_of_skeletons(one: Figure, other: Figure) -> float:
    """On the average of the nodes that either shows; nothing where only one does.

    Source  COCO's likeness of keypoints, with one tolerance for all nodes
    """
    first, second = (
        {each.label: each.points for each in elements_of(side) if not each.outside} for side in (one, other)
    )  # fmt: skip
    left, top, right, bottom = box_around(one)
    near = 2 * max(1.0, (right - left) * (bottom - top)) * (2 * _NODE_TOLERANCE) ** 2
    scores = [exp(-(dist(first[name], second[name]) ** 2) / near) for name in first.keys() & second.keys()]
    return sum(scores) / len(first.keys() | second.keys()) if scores else float(first == second)


def box_of(points: Sequence[float]) -> Box:
    """Left, top, right, bottom."""
    xs, ys = points[::2], points[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _area_of_box(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _paired(points: Sequence[float]) -> list[Point]:
    return list(zip(points[::2], points[1::2], strict=False))


def area_of(points: Sequence[float]) -> float:
    """Of a polygon.

    >>> area_of([0, 0, 4, 0, 4, 3])
    6.0
    """
    return abs(_signed_area(_paired(points)))


def _signed_area(corners: Sequence[Point]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*corners, corners[0]])) / 2


def _likeness_of_polygons(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) * len(other) > _EXACT_UP_TO_NUMBERS:
        return likeness_on_lines(one, other)
    return _exact_likeness(_paired(one), _paired(other))


def _exact_likeness(one: Sequence[Point], other: Sequence[Point]) -> float:
    """Exact for any polygons without crossings: between neighbouring corners and crossings in y all sides are straight,
    so the common width there is a trapezoid's."""
    levels = sorted({y for _, y in (*one, *other)} | set(_crossings(one, other)))
    common = first = second = 0.0
    for low, high in pairwise(levels):
        if high - low < 1e-9:
            continue
        spans_one, spans_other = (_spans(corners, (low + high) / 2) for corners in (one, other))
        first += (high - low) * sum(right - left for left, right in spans_one)
        second += (high - low) * sum(right - left for left, right in spans_other)
        common += (high - low) * sum(
            max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in spans_one for b in spans_other
        )  # fmt: skip
    joint = first + second - common
    return common / joint if joint > 0 else 0.0


def _crossings(one: Sequence[Point], other: Sequence[Point]) -> list[float]:
    found = []
    for (ax, ay), (bx, by) in pairwise([*one, one[0]]):
        for (cx, cy), (dx, dy) in pairwise([*other, other[0]]):
            turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
            if not turn:
                continue
            along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
            across = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
            if 0 <= along <= 1 and 0 <= across <= 1:
                found.append(ay + along * (by - ay))
    return found


def _spans(corners: Sequence[Point], y: float) -> list[tuple[float, float]]:
    """What lies inside on a level on which no corner is."""
    xs = sorted(
        ax + (y - ay) * (bx - ax) / (by - ay)
        for (ax, ay), (bx, by) in pairwise([*corners, corners[0]])
        if (ay <= y) != (by <= y)
    )
    return list(zip(xs[::2], xs[1::2], strict=False))


def near(ones: Sequence[Figure], others: Sequence[Figure]) -> Iterator[tuple[int, int]]:
    """Pairs that may be alike to three quarters: their left sides are no farther apart than half of the first's width.

    Of a crowd on a frame these are few, where all pairs would be many.
    """
    lefts = sorted((box_around(other)[0], j) for j, other in enumerate(others))
    for i, one in enumerate(ones):
        left, _, right, _ = box_around(one)
        reach = (right - left) / 2
        begin = bisect_left(lefts, (left - reach, -1))
        for place in range(begin, len(lefts)):
            if lefts[place][0] > left + reach:
                break
            yield i, lefts[place][1]


def matches(
    ones: Sequence[A],
    others: Sequence[B],
    alike: Callable[[A, B], float],
    *,
    least: float,
    among: Iterable[tuple[int, int]] | None = None,
) -> list[tuple[int, int]]:
    """Which of `ones` belongs to which of `others`: at least so alike, each at most once, as alike as can be in all.

    among   the pairs that are looked at; None: all

    Only those that could belong together are weighed against one another.
    """
    pairs = product(range(len(ones)), range(len(others))) if among is None else among
    edges = {(i, j): score for i, j in pairs if (score := alike(ones[i], others[j])) >= least}
    found: list[tuple[int, int]] = []
    for rows, columns in _islands(edges):
        if len(rows) == len(columns) == 1:
            found.append((rows[0], columns[0]))
        elif max(len(rows), len(columns)) > _EXACT_UP_TO:
            found += _greedy({edge: score for edge, score in edges.items() if edge[0] in set(rows)})
        else:
            found += [
                (rows[i], columns[j])
                for i, j in assignment([[-edges.get((row, column), 0.0) for column in columns] for row in rows])
                if (rows[i], columns[j]) in edges
            ]
    return sorted(found)


def _islands(edges: dict[tuple[int, int], float]) -> list[tuple[list[int], list[int]]]:
    neighbours: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for i, j in edges:
        neighbours.setdefault(("one", i), []).append(("other", j))
        neighbours.setdefault(("other", j), []).append(("one", i))
    islands, reached = [], set[tuple[str, int]]()
    for start in neighbours:
        if start in reached:
            continue
        reached.add(start)
        island, waiting = [start], [start]
        while waiting:
            for near in neighbours[waiting.pop()]:
                if near not in reached:
                    reached.add(near)
                    island.append(near)
                    waiting.append(near)
        islands.append(
            (sorted(n for side, n in island if side == "one"), sorted(n for side, n in island if side == "other"))
        )
    return islands


def _greedy(edges: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    taken_ones, taken_others, found = set[int](), set[int](), []
    for (i, j), _ in sorted(edges.items(), key=lambda edge: (-edge[1], edge[0])):
        if i not in taken_ones and j not in taken_others:
            taken_ones.add(i)
            taken_others.add(j)
            found.append((i, j))
    return found


def assignment(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Each row with a column of its own (or each column with a row, where they are fewer) at the least sum of costs.

    Source  H. W. Kuhn's Hungarian method, in the form with potentials that takes rows one by one: O(rows² · columns)

    >>> assignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]])
    [(0, 1), (1, 0), (2, 2)]
    """
    if len(costs) > len(costs[0]):
        turned = [list(column) for column in zip(*costs, strict=True)]
        return sorted((j, i) for i, j in assignment(turned))
    rows, columns = len(costs), len(costs[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)
    for row in range(1, rows + 1):
        _place(row, costs, owner, row_price, column_price)
    return sorted((owner[column] - 1, column - 1) for column in range(1, columns + 1) if owner[column])


def _place(
    row: int, costs: Sequence[Sequence[float]], owner: list[int], row_price: list[float], column_price: list[float]
) -> None:
    """Give one more row a column, moving others along the cheapest path. Column 0 stands for none."""
    columns = len(column_price) - 1
    owner[0] = row
    slack, came_from, seen = [float("inf")] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
    column = 0
    while owner[column]:
        seen[column] = True
        current = owner[column]
        open_columns = [other for other in range(1, columns + 1) if not seen[other]]
        for other in open_columns:
            cost = costs[current - 1][other - 1] - row_price[current] - column_price[other]
            if cost < slack[other]:
                slack[other], came_from[other] = cost, column
        following = min(open_columns, key=lambda other: slack[other])
        step = slack[following]
        for other in range(columns + 1):
            if seen[other]:
                row_price[owner[other]] += step
                column_price[other] -= step
            else:
                slack[other] -= step
        column = following
    while column:
        owner[column], column = owner[came_from[column]], came_from[column]
