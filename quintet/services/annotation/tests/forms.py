"""Figures that CVAT 1.x has not, for tests."""

from typing import Any

from quintet.services.annotation.models import Label
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe

ALL = "?forms=all"
SKELETON: dict[str, Any] = {
    "nodes": [
        {"name": "head", "x": 0.5, "y": 0.1}, {"name": "hand", "x": 0.9, "y": 0.5}, {"name": "foot", "x": 0.5, "y": 0.9}
    ],
    "edges": [[0, 1], [0, 2]],
}  # fmt: skip
# Three by two pixels at 10, 20; the middle one of the upper row is not marked.
MASK = [0, 1, 1, 4, 10, 20, 12, 21]


def with_skeleton(drawn: Drawable) -> Drawable:
    """Persons have one."""
    Label.objects.filter(pk=drawn.person).update(skeleton=SKELETON)
    return drawn


def node(label: str, *points: float, **said: Any) -> dict[str, Any]:
    return {"label": label, "points": list(points), "occluded": False, "outside": False, **said}


def nodes(x: float = 0) -> list[dict[str, Any]]:
    """A head, a hidden hand, and a foot that is not to be seen."""
    return [node("head", x + 50, 10), node("hand", x + 60.5, 20, occluded=True), node("foot", x + 50, 40, outside=True)]


def turned_box(label: int, frame: int = 0, **said: Any) -> dict[str, Any]:
    """40 by 20 about (100, 100), turned by 90 degrees: it stands on its end."""
    return box(label, frame, (80, 90, 120, 110), **{"rotation": 90, **said})


def ellipse(label: int, frame: int = 0, **said: Any) -> dict[str, Any]:
    """About (200, 100), 30 to each side, 10 up and down."""
    return box(label, frame, (200, 100, 230, 90), **{"type": "ellipse", **said})


def mask(label: int, frame: int = 0, **said: Any) -> dict[str, Any]:
    return {**box(label, frame, MASK), "type": "mask", **said}


def skeleton(label: int, frame: int = 0, **said: Any) -> dict[str, Any]:
    return box(label, frame, (), **{"type": "skeleton", "elements": nodes(), **said})


def full_keyframe(frame: int, form: str, points: Any = (), **said: Any) -> dict[str, Any]:
    return keyframe(frame, points, **{"type": form, **said})
