"""Where figures are, of whatever form: outlines, boxes, nodes."""

from collections.abc import Sequence
from math import cos, hypot, radians, sin, tau

from quintet.services.annotation.shapes.marks import FULL, FULL_TYPES, Element, FullForm, Keyframe, Shape
from quintet.services.annotation.shapes.outlines import largest_outline
from quintet.services.annotation.shapes.spans import spans_of_mask

Figure = Shape | Keyframe
Box = tuple[float, float, float, float]

# How many corners stand for an ellipse; of a circle they enclose half a percent less.
ELLIPSE_CORNERS = 36
_BEYOND = frozenset({"ellipse", "mask", "skeleton"})


def form_of(figure: Figure) -> FullForm:
    """What it is, whoever sent it."""
    return figure.type


def rotation_of(figure: Figure) -> float:
    """Degrees, clockwise; 0 of what is not turned."""
    said = figure.rotation if isinstance(figure, FULL) else 0.0
    return said if isinstance(said, float) else 0.0


def elements_of(figure: Figure) -> list[Element]:
    """A skeleton's nodes; none of anything else."""
    said = figure.elements if isinstance(figure, FULL) else []
    return said if isinstance(said, list) else []


def is_beyond(figure: Figure) -> bool:
    """Whether CVAT 1.x has no word for it."""
    return type(figure) in FULL_TYPES and (form_of(figure) in _BEYOND or rotation_of(figure) != 0)


def turned(points: Sequence[float], center: tuple[float, float], degrees: float) -> list[float]:
    """Points after a turn about the centre; clockwise, as y grows downwards."""
    if not degrees:
        return list(points)
    (x0, y0), along, across = center, cos(radians(degrees)), sin(radians(degrees))
    found: list[float] = []
    for x, y in zip(points[::2], points[1::2], strict=True):
        found += [
            round(x0 + (x - x0) * along - (y - y0) * across, 3),
            round(y0 + (x - x0) * across + (y - y0) * along, 3),
        ]
    return found


def corners_of_box(points: Sequence[float], degrees: float = 0) -> list[float]:
    """A rectangle's corners, those that were its left and right upper ones first.

    >>> corners_of_box([0, 0, 4, 2], 90)
    [3.0, -1.0, 3.0, 3.0, 1.0, 3.0, 1.0, -1.0]
    """
    left, top, right, bottom = points
    corners = [left, top, right, top, right, bottom, left, bottom]
    return turned(corners, ((left + right) / 2, (top + bottom) / 2), degrees)


def corners_of_ellipse(points: Sequence[float], degrees: float = 0) -> list[float]:
    """Corners on an ellipse, clockwise from what was its right end.

    >>> corners_of_ellipse([10, 10, 15, 8])[:2], corners_of_ellipse([10, 10, 15, 8], 90)[:2]
    ([15.0, 10.0], [10.0, 15.0])
    """
    x0, y0, right, top = points
    found: list[float] = []
    for place in range(ELLIPSE_CORNERS):
        angle = tau * place / ELLIPSE_CORNERS
        found += [round(x0 + (right - x0) * cos(angle), 3), round(y0 + (y0 - top) * sin(angle), 3)]
    return turned(found, (x0, y0), degrees)


def outline_of(figure: Figure) -> list[float]:
    """The corners of what encloses an area; of a mask those of its largest piece, without its holes."""
    form, points = form_of(figure), figure.points
    if form == "rectangle":
        return corners_of_box(points, rotation_of(figure))
    if form == "ellipse":
        return corners_of_ellipse(points, rotation_of(figure))
    return largest_outline(spans_of_mask(points)) if form == "mask" else points


def nodes_of(figure: Figure) -> list[float]:
    """Where a skeleton's nodes are that are to be seen; where none is, all of them."""
    elements = elements_of(figure)
    seen = [element for element in elements if not element.outside] or elements
    return [value for element in seen for value in element.points]


def numbers_of(figure: Figure) -> list[float]:
    """All that says where it is, in one row: points, nodes, angle."""
    if type(figure) not in FULL_TYPES:
        return figure.points
    nodes = [value for element in elements_of(figure) for value in (*element.points, float(element.outside))]
    return [*figure.points, *nodes, rotation_of(figure)]


def box_around(figure: Figure) -> Box:
    """Left, top, right, bottom of all of it."""
    form, points = form_of(figure), figure.points
    if form == "mask":
        left, top, right, bottom = points[-4:]
        return left, top, right + 1, bottom + 1
    if form == "ellipse":
        return _box_around_ellipse(points, rotation_of(figure))
    if is_beyond(figure):
        points = nodes_of(figure) if form == "skeleton" else outline_of(figure)
    xs, ys = points[::2], points[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _box_around_ellipse(points: Sequence[float], degrees: float) -> Box:
    x0, y0, right, top = points
    along, across = cos(radians(degrees)), sin(radians(degrees))
    wide, high = hypot((right - x0) * along, (y0 - top) * across), hypot((right - x0) * across, (y0 - top) * along)
    return x0 - wide, y0 - high, x0 + wide, y0 + high
