"""How COCO tells figures that CVAT 1.x has not: masks as runs of pixels, skeletons as keypoints, the others as polygons
with what they were among the attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

from quintet.services.annotation.errors import Misfit
from quintet.services.annotation.formats.areas import coco_counts, spans_of_coco, united
from quintet.services.annotation.formats.document import Picture
from quintet.services.annotation.formats.reading import corners
from quintet.services.annotation.shapes.checks import LabelRule
from quintet.services.annotation.shapes.figures import ELLIPSE_CORNERS, elements_of, form_of, rotation_of, turned
from quintet.services.annotation.shapes.forms import Skeleton
from quintet.services.annotation.shapes.marks import Element, Keyframe, Shape
from quintet.services.annotation.shapes.spans import mask_of

Figure = Shape | Keyframe
# COCO's words for how a keypoint is seen.
_NOT_THERE, _HIDDEN, _SEEN = 0, 1, 2


def category_said(rule: LabelRule) -> dict[str, object]:
    """What a category says of its skeletons; nodes are counted from 1."""
    if rule.skeleton is None:
        return {}
    edges = [[first + 1, second + 1] for first, second in rule.skeleton.edges]
    return {"keypoints": [*rule.skeleton.nodes], "skeleton": edges}


def attributes_said(figure: Figure) -> dict[str, object]:
    """By what an importer knows a polygon again: CVAT 2's `rotation`, and `form` of an ellipse."""
    said: dict[str, object] = {"rotation": rotation_of(figure)} if rotation_of(figure) else {}
    return {"form": "ellipse", **said} if form_of(figure) == "ellipse" else said


def runs_of(figures: Sequence[Figure], picture: Picture) -> tuple[dict[str, object], int, list[int]]:
    """All of them as one mask: COCO's segmentation, its area and box. Pixels beyond the frame are left out."""
    spans = united(figures, picture)
    left, top, right, bottom = spans.box if len(spans.rows) else (0, 0, 0, 0)
    counts = coco_counts(spans, picture)
    segmentation: dict[str, object] = {"counts": counts, "size": [picture.height, picture.width]}
    return segmentation, spans.area, [left, top, right - left, bottom - top]


def keypoints_of(figure: Figure, skeleton: Skeleton | None) -> tuple[list[float], int]:
    """x, y and how it is seen of each node, in the category's order; and how many are there."""
    there = {node.label: node for node in elements_of(figure) if not node.outside}
    found: list[float] = []
    for name in skeleton.nodes if skeleton is not None else ():
        node = there.get(name)
        if node is None:
            found += [0, 0, _NOT_THERE]
        else:
            found += [*(round(value, 2) for value in node.points), _HIDDEN if node.occluded else _SEEN]
    return found, sum(each != _NOT_THERE for each in found[2::3])


def skeleton_said(annotation: Mapping[str, Any], names: Sequence[object]) -> dict[str, Any] | None:
    """The skeleton that an annotation tells by keypoints; None where it tells none. Raises Misfit."""
    keypoints = annotation.get("keypoints") or ()
    if not any(keypoints):
        return None
    if len(keypoints) != 3 * len(names):
        raise Misfit("bad_points", "An annotation has three numbers for each keypoint of its category.")
    numbers = corners(keypoints)
    elements = [
        Element(
            label=str(name), points=numbers[place : place + 2], occluded=numbers[place + 2] == _HIDDEN,
            outside=numbers[place + 2] == _NOT_THERE,
        )
        for name, place in zip(names, range(0, len(numbers), 3), strict=True)
    ]  # fmt: skip
    return {"type": "skeleton", "points": [], "elements": elements}


def mask_said(segmentation: Mapping[str, Any], picture: Picture) -> dict[str, Any]:
    """The mask that runs of pixels tell. Raises Misfit."""
    return {"type": "mask", "points": mask_of(spans_of_coco(segmentation["counts"], segmentation["size"], picture))}


def form_said(corners_said: list[float], form: object, rotation: float) -> dict[str, Any]:
    """What a polygon was before it was written, by what its attributes say."""
    if not rotation and form != "ellipse":
        return {"type": "polygon", "points": corners_said}
    count = len(corners_said) // 2
    center = sum(corners_said[::2]) / max(1, count), sum(corners_said[1::2]) / max(1, count)
    upright = turned(corners_said, center, -rotation)
    turn = {"rotation": rotation} if rotation else {}
    if form == "ellipse" and count == ELLIPSE_CORNERS:
        # The first corner is the right end, and at three quarters of the way is the upper one.
        right, top = upright[0], upright[2 * (ELLIPSE_CORNERS * 3 // 4) + 1]
        return {"type": "ellipse", "points": [*center, right, top], **turn}
    if count == 4:
        xs, ys = upright[::2], upright[1::2]
        return {"type": "rectangle", "points": [min(xs), min(ys), max(xs), max(ys)], **turn}
    return {"type": "polygon", "points": corners_said}
