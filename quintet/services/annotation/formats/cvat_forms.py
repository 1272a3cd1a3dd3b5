"""What CVAT 2 says in its XML of figures that CVAT 1.x has not: `rotation`, `ellipse`, `mask` and `skeleton`.

An importer of CVAT 1.x passes over elements it does not know and reads a box without its rotation; of a skeleton it
would take the nodes for points of labels that the task has not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quintet.services.annotation.formats.reading import corners, number
from quintet.services.annotation.shapes.figures import elements_of, form_of, rotation_of
from quintet.services.annotation.shapes.marks import Element, Keyframe, Shape

FORMS = {"ellipse": "ellipse", "mask": "mask", "skeleton": "skeleton"}


def coordinates(shape: Shape | Keyframe) -> str:
    """Attributes of an element; a skeleton's nodes say where they are themselves."""
    turn = f' rotation="{rotation_of(shape):.2f}"' if rotation_of(shape) else ""
    if form_of(shape) == "skeleton":
        return ""
    if form_of(shape) == "mask":
        *counts, left, top, right, bottom = (int(value) for value in shape.points)
        runs = ", ".join(map(str, counts))
        return f'rle="{runs}" left="{left}" top="{top}" width="{right - left + 1}" height="{bottom - top + 1}"'
    if form_of(shape) == "ellipse":
        x, y, x_end, y_end = shape.points
        return f'cx="{x:.2f}" cy="{y:.2f}" rx="{x_end - x:.2f}" ry="{y - y_end:.2f}"{turn}'
    return 'xtl="{:.2f}" ytl="{:.2f}" xbr="{:.2f}" ybr="{:.2f}"'.format(*tuple(shape.points)) + turn


def nodes(shape: Shape | Keyframe, disguised: Callable[[str], str]) -> str:
    """Elements inside of a skeleton's."""
    return "".join(
        f'      <points label="{disguised(node.label)}" outside="{int(node.outside)}" occluded="{int(node.occluded)}" '
        f'points="{node.points[0]:.2f},{node.points[1]:.2f}">\n      </points>\n'
        for node in elements_of(shape)
    )


def form_said(element: str, given: Mapping[str, str], inside: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Of an ellipse, mask or skeleton: type, points, rotation, elements. Raises Misfit.

    inside   attributes of a skeleton's nodes
    """
    if element == "skeleton":
        return {"type": "skeleton", "elements": [_node(each) for each in inside]}
    if element == "mask":
        left, top, width, height = corners(given.get(name) for name in ("left", "top", "width", "height"))
        counts = corners(given.get("rle", "").split(","))
        return {"type": "mask", "points": [*counts, left, top, left + width - 1, top + height - 1]}
    x, y, wide, high = corners(given.get(name) for name in ("cx", "cy", "rx", "ry"))
    return {"type": "ellipse", "points": [x, y, x + wide, y - high], **rotation_said(given)}


def rotation_said(given: Mapping[str, str]) -> dict[str, Any]:
    """Nothing where there is none. Raises Misfit."""
    turn = number(given.get("rotation", 0)) % 360
    return {"rotation": turn} if turn else {}


def _node(given: Mapping[str, str]) -> Element:
    return Element(
        label=given.get("label", ""), points=corners(given.get("points", "").split(",")),
        occluded=given.get("occluded") == "1", outside=given.get("outside") == "1",
    )  # fmt: skip
