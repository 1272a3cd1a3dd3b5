"""CVAT XML 1.1 comes in, for images or for video, in one pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.cvat import BOX, CUBOID
from quintet.services.annotation.formats.cvat_forms import FORMS, form_said, rotation_said
from quintet.services.annotation.formats.markup import parse
from quintet.services.annotation.formats.reading import Parcel, Target, corners, number, whole
from quintet.services.annotation.shapes.checks import LabelRule
from quintet.services.annotation.shapes.marks import (
    MOST,
    SOURCES,
    Attribute,
    FullKeyframe,
    FullShape,
    Keyframe,
    Marks,
    Shape,
    Tag,
    Track,
    no_marks,
)

_NEW = {"rotation", "elements"}
_FORMS = {
    "box": "rectangle", "polygon": "polygon", "polyline": "polyline", "points": "points", "cuboid": "cuboid", **FORMS
}  # fmt: skip


def read(parcel: Parcel, target: Target) -> Marks:
    """Either kind, alone or in a ZIP. Raises BadFile."""
    name = parcel.find("annotations.xml") if parcel.has("annotations.xml") else next(iter(parcel.names(".xml")), "")
    if parcel.is_zip and not name:
        raise BadFile("There is no annotations.xml in the archive.")
    reader = _Reader(target)
    parse(parcel.pieces(name), reader.begin, reader.end, reader.text, root="annotations")
    return reader.marks


class _Reader:
    """Puts elements together. A shape is known when its element ends, since attributes stand inside."""

    def __init__(self, target: Target) -> None:
        self.marks, self._target, self._report = no_marks(), target, target.report
        self._is_in_image = False
        self._frame: int | None = None
        self._track: dict[str, str] | None = None
        self._rule: LabelRule | None = None
        self._keyframes: list[Keyframe] = []
        self._fixed: dict[str, str] = {}
        self._element: dict[str, str] = {}
        self._said: dict[str, str] = {}
        # Of a skeleton: its nodes, and the one that has not ended yet.
        self._nodes: list[dict[str, str]] | None = None
        self._node: dict[str, str] | None = None
        self._name: str | None = None
        self._held = ""

    def begin(self, element: str, given: dict[str, str]) -> None:
        if self._nodes is not None and element in _FORMS:
            self._node = given
            self._nodes.append(given)
        elif self._node is not None:
            return  # What is said of a node alone has no place here.
        elif element == "image":
            self._begin_image(given)
        elif element == "track":
            self._begin_track(given)
        elif element == "attribute" and "name" in given:
            self._name, self._held = given["name"], ""
        elif element in _FORMS or element == "tag":
            self._element, self._said = given, {}
            self._nodes = [] if element == "skeleton" else None

    def text(self, said: str) -> None:
        if self._name is not None:
            self._held += said

    def end(self, element: str) -> None:
        if self._node is not None:
            self._node = None if element in _FORMS else self._node
        elif element == "attribute" and self._name is not None:
            self._said[self._name], self._name = self._held, None
        elif element == "track" and self._track is not None:
            self._end_track()
        elif element == "image":
            self._is_in_image = False
        elif self._track is not None and element in _FORMS:
            with self._report.bearing("keyframe"):
                self._add_keyframe(element)
        elif self._is_in_image and (element in _FORMS or element == "tag"):
            self._add(element)
        if element == "skeleton":
            self._nodes = None

    def _begin_image(self, given: dict[str, str]) -> None:
        said = given.get("id", "")
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
        self._is_in_image = True
        self._frame = self._target.frame_of(given.get("name", "") or f"image {said}", number=number)

    def _begin_track(self, given: dict[str, str]) -> None:
        self._track, self._rule, self._keyframes, self._fixed = given, None, [], {}
        self._report.at(f"track {given.get('id', '')}")
        with self._report.bearing("track"):
            self._rule = self._target.label(given.get("label", ""))

    def _add(self, element: str) -> None:
        if self._frame is None:
            self._report.lose()
            return
        with self._report.bearing("tag" if element == "tag" else "shape"):
            thing = self._thing(self._target.label(self._element.get("label", "")), self._element)
            if element == "tag":
                self.marks.tags.append(Tag(frame=self._frame, **thing))
            else:
                figure = self._figure(element)
                made = FullShape if figure.keys() & _NEW or element in FORMS else Shape
                self.marks.shapes.append(made(frame=self._frame, **thing, **figure))

    def _thing(self, rule: LabelRule, given: dict[str, str], *, mutable: bool | None = None) -> dict[str, Any]:
        source = given.get("source", "manual")
        return {
            "label_id": rule.id,
            "group": whole(given.get("group_id", 0)),
            "source": source if source in SOURCES else "manual",
            "attributes": self._target.attributes(rule, self._said, mutable=mutable),
        }

    def _figure(self, element: str) -> dict[str, Any]:
        given = self._element
        return {
            "occluded": given.get("occluded") == "1",
            "z_order": max(-MOST, min(MOST, int(number(given.get("z_order", 0))))),
            **(form_said(element, given, self._nodes or ()) if element in FORMS else _plain(element, given)),
        }

    def _add_keyframe(self, element: str) -> None:
        self._fixed.update(self._said)
        if self._rule is None or self._element.get("keyframe") != "1":
            return
        changing: list[Attribute] = self._target.attributes(self._rule, self._said, mutable=True)
        frame, figure = self._target.frame_numbered(whole(self._element.get("frame"))), self._figure(element)
        made = FullKeyframe if figure.keys() & _NEW or element in FORMS else Keyframe
        # CVAT 2 says of a skeleton that is gone that its nodes are.
        is_gone = bool(self._nodes) and all(node.get("outside") == "1" for node in self._nodes or ())
        is_outside = self._element.get("outside") == "1" or is_gone
        self._keyframes.append(made(frame=frame, outside=is_outside, attributes=changing, **figure))

    def _end_track(self) -> None:
        assert self._track is not None
        if self._keyframes and self._rule is not None:
            self._said = self._fixed
            self._keyframes.sort(key=lambda shape: shape.frame)
            with self._report.bearing("track"):
                thing = self._thing(self._rule, self._track, mutable=False)
                self.marks.tracks.append(Track(frame=self._keyframes[0].frame, shapes=self._keyframes, **thing))
        self._track = None


def _plain(element: str, given: Mapping[str, str]) -> dict[str, Any]:
    turn = rotation_said(given) if "rotation" in given and element == "box" else {}
    return {"type": _FORMS[element], "points": _points(element, given), **turn}


def _points(element: str, given: Mapping[str, str]) -> list[float]:
    names: Sequence[str] = BOX if element == "box" else CUBOID if element == "cuboid" else ()
    if names:
        return corners(given.get(name) for name in names)
    return corners(each for pair in given.get("points", "").split(";") for each in pair.split(","))
