"""What is wrong with figures that CVAT 1.x has not, in words fit for the client."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintet.services.annotation.shapes.figures import elements_of, rotation_of
from quintet.services.annotation.shapes.marks import Element, FullKeyframe, FullShape

FullFigure = FullShape | FullKeyframe
Fault = str | dict[str, Any]

# In pixels. What is larger cannot be reckoned with: areas would have no end.
FARTHEST = 1e8
FAR = "That is far outside of any frame."
# As far as the widest JPEG reaches: so many rows are the most that a mask is ever unfolded into.
MASK_SIDE = 65_536
_MASK_SAID = "A mask has counts of pixels, background first, then its left, top, right and bottom pixel."


@dataclass(frozen=True)
class Skeleton:
    """What a label's skeletons are made of.

    nodes   names, and where each stands in a drawing of the whole, 0 … 1 from left and top
    edges   which nodes are joined, by place from 0
    """

    nodes: Mapping[str, tuple[float, float]]
    edges: Sequence[tuple[int, int]]


def skeleton_of(said: Any) -> Skeleton | None:
    """As a label holds it: {"nodes": [{"name": …, "x": …, "y": …}], "edges": [[0, 1], …]}, or None."""
    if not said:
        return None
    nodes = {node["name"]: (float(node["x"]), float(node["y"])) for node in said["nodes"]}
    return Skeleton(nodes, [(first, second) for first, second in said["edges"]])


def fault_of_form(figure: FullFigure, skeleton: Skeleton | None) -> Fault | None:
    """The first complaint about rotation, elements, and the numbers of ellipses and masks; or None."""
    if rotation_of(figure) and figure.type not in ("rectangle", "ellipse"):
        return {"rotation": ["Only rectangles and ellipses are turned."]}
    if not 0 <= rotation_of(figure) < 360:
        return {"rotation": ["Ensure this value is at least 0 and less than 360."]}
    if figure.type == "skeleton":
        return _fault_of_skeleton(figure, skeleton)
    if elements_of(figure):
        return {"elements": ["Only skeletons have elements."]}
    if figure.type == "ellipse":
        return _fault_of_ellipse(figure.points)
    return _fault_of_mask(figure.points) if figure.type == "mask" else None


def _fault_of_ellipse(points: Sequence[float]) -> Fault | None:
    if len(points) != 4:
        return {"points": ["An ellipse has 4 numbers: cx, cy, right x, top y."]}
    x, y, right, top = points
    if not (right > x and top < y):
        return {"points": ["An ellipse's right x is more than its cx, its top y less than its cy."]}
    return None


def _fault_of_mask(points: Sequence[float]) -> Fault | None:
    if len(points) < 6 or not all(value >= 0 and value.is_integer() for value in points):
        return {"points": [_MASK_SAID]}
    left, top, right, bottom = points[-4:]
    if not (left <= right < MASK_SIDE and top <= bottom < MASK_SIDE):
        return {"points": [f"A mask's box is left ≤ right and top ≤ bottom, from 0 to {MASK_SIDE - 1}."]}
    if sum(points[:-4]) != (right - left + 1) * (bottom - top + 1):
        return {"points": ["The counts of a mask add up to the pixels of its box."]}
    return None if any(points[1:-4:2]) else {"points": ["A mask marks at least one pixel."]}


def _fault_of_skeleton(figure: FullFigure, skeleton: Skeleton | None) -> Fault | None:
    if skeleton is None:
        return {"type": ["The label has no skeleton."]}
    elements, said = elements_of(figure), set[str]()
    for place, element in enumerate(elements):
        if fault := _fault_of_node(element, skeleton, said):
            return {"elements": [{}] * place + [fault]}
        said.add(element.label)
    is_hidden = isinstance(figure, FullKeyframe) and figure.outside
    if not elements or not (is_hidden or any(_is_seen(element) for element in elements)):
        return {"elements": ["A skeleton has at least one node that is to be seen."]}
    return None


def _fault_of_node(element: Element, skeleton: Skeleton, said: Collection[str]) -> dict[str, Any] | None:
    if element.label not in skeleton.nodes:
        return {"label": [f'"{element.label}" is not a node of the label.']}
    if element.label in said:
        return {"label": [f'"{element.label}" is there more than once.']}
    if len(element.points) != 2:
        return {"points": ["A node has 2 numbers: x, y."]}
    return None if all(abs(value) <= FARTHEST for value in element.points) else {"points": [FAR]}


def _is_seen(element: Element) -> bool:
    return not element.outside
