"""LabelMe 3.0: an XML per image, outlines of rectangles and polygons."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.areas import encloses, polygons_of
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.formats.markup import in_text, parse
from quintet.services.annotation.formats.reading import Parcel, Target, number, whole
from quintet.services.annotation.shapes.marks import Marks, Shape, no_marks

_FOLDER = "default"


def write(document: Document, archive: Archive) -> None:
    """Rectangles, and all else that encloses an area as polygons; a group is told by its parts."""
    found, at = figures(document), -1
    on_frame: list[Figure] = []
    for frame, picture in document.shown():
        if at < frame:
            at, on_frame = next(found, (len(document.pictures), []))
        drawn = [
            piece
            for place, each in enumerate(on_frame if at == frame else ())
            if encloses(each)
            for piece in polygons_of(each, group=-1 - place)
        ]
        archive.write(f"{_FOLDER}/{picture.stem}.xml", _annotation(document, picture, drawn))
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        name = picture.stem + ending if document.is_video else picture.name
        archive.write(f"{_FOLDER}/{name}", content, stored=True)


def _annotation(document: Document, picture: Picture, drawn: list[Figure]) -> str:
    groups: dict[int, list[int]] = {}
    for place, figure in enumerate(drawn):
        if figure.group:
            groups.setdefault(figure.group, []).append(place)
    objects = "".join(_object(document, figure, place, groups) for place, figure in enumerate(drawn))
    name = picture.name if not document.is_video else f"{picture.stem}.png"
    return (
        f"<annotation>\n  <filename>{in_text(name)}</filename>\n  <folder></folder>\n  <source>\n"
        "    <sourceImage></sourceImage>\n    <sourceAnnotation>Quintet</sourceAnnotation>\n  </source>\n"
        f"  <imagesize>\n    <nrows>{picture.height}</nrows>\n    <ncols>{picture.width}</ncols>\n  </imagesize>\n"
        f"{objects}</annotation>\n"
    )


def _object(document: Document, figure: Figure, place: int, groups: Mapping[int, list[int]]) -> str:
    rule, points = document.labels[figure.label], figure.shape.points
    is_box = figure.shape.type == "rectangle"
    if is_box:
        left, top, right, bottom = points
        points = [left, top, right, top, right, bottom, left, bottom]
    outline = "".join(
        f"      <pt>\n        <x>{x:.2f}</x>\n        <y>{y:.2f}</y>\n      </pt>\n"
        for x, y in zip(points[::2], points[1::2], strict=False)
    )
    said = ", ".join(
        f"{rule.specs[each].name}={_quoted(value)}" for each, value in figure.attributes.items() if each in rule.specs
    )
    first, *others = groups.get(figure.group, [place]) if figure.group else [place]
    parts = ",".join(map(str, others)) if place == first else ""
    whole_ = "" if place == first else str(first)
    kind = "    <type>bounding_box</type>\n" if is_box else ""
    return (
        f"  <object>\n    <name>{in_text(rule.name)}</name>\n    <deleted>0</deleted>\n    <verified>0</verified>\n"
        f"    <occluded>{'yes' if figure.shape.occluded else 'no'}</occluded>\n    <date></date>\n"
        f"    <id>{place}</id>\n"
        f"    <parts>\n      <hasparts>{parts}</hasparts>\n      <ispartof>{whole_}</ispartof>\n    </parts>\n{kind}"
        f"    <polygon>\n{outline}      <username></username>\n    </polygon>\n"
        f"    <attributes>{in_text(said)}</attributes>\n  </object>\n"
    )


def _quoted(value: str) -> str:
    if not re.search(r'[",=\\]|^\s|\s$', value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_SAID = re.compile(r'\s*([^=,]+?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*?))\s*(?:,|$)')


def _attributes(text: str) -> dict[str, str]:
    """
    >>> _attributes('model="a, b", parked=true')
    {'model': 'a, b', 'parked': 'true'}
    """
    found: dict[str, str] = {}
    for name, quoted, plain in _SAID.findall(text):
        found[name] = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
    return found


def read(parcel: Parcel, target: Target) -> Marks:
    """Raises BadFile."""
    marks, groups, names = no_marks(), 0, parcel.names(".xml")
    if not names:
        raise BadFile("There is no XML in the archive.")
    for name in names:
        path = PurePosixPath(name)
        inner = str(PurePosixPath(*path.parts[1:])) if len(path.parts) > 1 else name
        reader = _Reader()
        parse(parcel.pieces(name), reader.begin, reader.end, reader.text, root="annotation")
        objects = [each for each in reader.objects if each["deleted"] != "1"]
        frame = target.frame_of(inner, name, reader.filename) if objects else None
        if frame is None:
            target.report.lose(len(objects))
            continue
        read_: list[tuple[dict[str, Any], Shape]] = []
        for said in objects:
            with target.report.bearing("shape"):
                read_.append((said, _shape(said, target, frame)))
        groups = _join(read_, groups)
        marks.shapes += [shape for _, shape in read_]
    return marks


def _shape(said: Mapping[str, Any], target: Target, frame: int) -> Shape:
    rule, points = target.label(said["name"]), [number(each) for each in said["points"]]
    is_box = said["type"] == "bounding_box" and len(points) == 8
    if is_box:
        points = [min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2])]
    return Shape(
        type="rectangle" if is_box else "polygon", occluded=said["occluded"] == "yes", points=points, frame=frame,
        label_id=rule.id, group=0, attributes=target.attributes(rule, _attributes(said["attributes"])),
    )  # fmt: skip


def _join(objects: list[tuple[dict[str, Any], Shape]], groups: int) -> int:
    by_id = {said["id"]: shape for said, shape in objects}
    for said, shape in objects:
        whole_ = by_id.get(said["ispartof"])
        if whole_ is not None and whole_ is not shape:
            if not whole_.group:
                groups += 1
                whole_.group = whole(groups)
            shape.group = whole_.group
    return groups


class _Reader:
    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.filename = self._held = ""

    def begin(self, element: str, _: Mapping[str, str]) -> None:
        self._held = ""
        if element == "object":
            fields = dict.fromkeys(("name", "deleted", "occluded", "id", "ispartof", "type", "attributes"), "")
            self.objects.append({**fields, "points": []})

    def text(self, said: str) -> None:
        self._held += said

    def end(self, element: str) -> None:
        if not self.objects:
            self.filename = self._held.strip() if element == "filename" else self.filename
            return
        if element in ("x", "y"):
            self.objects[-1]["points"].append(self._held.strip())
        elif element in self.objects[-1] and element != "points":
            self.objects[-1][element] = self._held.strip()
