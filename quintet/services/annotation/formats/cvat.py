"""CVAT XML 1.1: for images (frames with shapes) and for video (tracks with keyframes). Written and read in one pass."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any
from xml.parsers import expat

from msgspec.structs import replace

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.document import Archive, Document, Figure, TextSink, figures
from quintet.services.annotation.formats.reading import Parcel, Target, corners, number, whole
from quintet.services.annotation.shapes.between import keyframes, seen
from quintet.services.annotation.shapes.checks import LabelRule, Rules
from quintet.services.annotation.shapes.marks import (
    MOST,
    SOURCES,
    Attribute,
    Keyframe,
    Marks,
    Shape,
    Tag,
    Track,
    no_marks,
    values_of,
)

_BOX = ("xtl", "ytl", "xbr", "ybr")
_CUBOID = tuple(
    f"{corner}{face}" for face in (1, 2) for corner in ("xtl", "ytl", "xbl", "ybl", "xtr", "ytr", "xbr", "ybr")
)
_ELEMENTS = {"rectangle": "box"}
_FORMS = {"box": "rectangle", "polygon": "polygon", "polyline": "polyline", "points": "points", "cuboid": "cuboid"}
# What XML cannot hold, and what it holds only in disguise.
_DISGUISED = {place: None for place in range(32) if place not in (9, 10, 13)} | {
    ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", 9: "&#9;", 10: "&#10;", 13: "&#13;",
    0xFFFE: None, 0xFFFF: None,
}  # fmt: skip
_IN_TEXT = {**_DISGUISED, 9: "\t", 10: "\n", ord('"'): '"'}


@lru_cache(4096)
def _attribute(said: str) -> str:
    return said.translate(_DISGUISED)


@lru_cache(4096)
def _text(said: str) -> str:
    return said.translate(_IN_TEXT)


def write_images(document: Document, archive: Archive) -> None:
    """`annotations.xml` with one element per frame, and the images in `images/`."""
    with archive.open("annotations.xml") as sink:
        _write_head(sink, document)
        found, at = figures(document), -1
        tags: dict[int, list[Tag]] = {}
        for tag in document.marks.tags:
            tags.setdefault(tag.frame, []).append(tag)
        on_frame: list[Figure] = []
        writer = _Writer(document)
        for frame, picture in document.shown():
            if at < frame:
                at, on_frame = next(found, (len(document.pictures), []))
            sink.write(
                f'  <image id="{document.source_number(frame)}" name="{_attribute(picture.name)}" '
                f'width="{picture.width}" height="{picture.height}">\n'
            )
            if at == frame:
                for figure in sorted(on_frame, key=lambda figure: figure.shape.z_order):
                    sink.write(writer.shape(figure))
            for tag in tags.get(frame, ()):
                sink.write(writer.tag(tag))
            sink.write("  </image>\n")
        sink.write("</annotations>\n")
    _write_pictures(document, archive)


def write_video(document: Document, archive: Archive) -> None:
    """`annotations.xml` with one element per track; a plain shape is a track of one frame."""
    with archive.open("annotations.xml") as sink:
        _write_head(sink, document)
        writer, last = _Writer(document), len(document.pictures) - 1
        singles = (_single(shape, last) for shape in sorted(document.marks.shapes, key=lambda shape: shape.frame))
        for place, track in enumerate(chain(document.marks.tracks, singles)):
            sink.write(writer.track_head(track, place))
            for shape, is_keyframe in _written_frames(track, document):
                sink.write(writer.keyframe(shape, track.label_id, is_keyframe))
            sink.write("  </track>\n")
        sink.write("</annotations>\n")
    _write_pictures(document, archive)


def _written_frames(track: Track, document: Document) -> list[tuple[Keyframe, bool]]:
    ordered = keyframes(track)
    gone = [(shape, True) for shape in ordered if shape.outside]
    pairs = sorted([*seen(ordered, 0, len(document.pictures) - 1), *gone], key=lambda pair: pair[0].frame)
    return _without_deleted(pairs, document) if document.deleted else pairs


def _without_deleted(pairs: list[tuple[Keyframe, bool]], document: Document) -> list[tuple[Keyframe, bool]]:
    """What a keyframe on a deleted frame said is said by its neighbours, so that all others read as they were."""
    kept = {shape.frame: (shape, is_keyframe) for shape, is_keyframe in pairs if shape.frame not in document.deleted}
    shown = sorted(kept)
    for shape, is_keyframe in pairs:
        if not is_keyframe or shape.frame not in document.deleted:
            continue
        place = bisect_left(shown, shape.frame)
        for frame in shown[max(0, place - 1) : place + 1]:
            kept[frame] = kept[frame][0], True
        there = next((n for n in range(shape.frame, len(document.pictures)) if n not in document.deleted), None)
        if shape.outside and there is not None:
            kept.setdefault(there, (replace(shape, frame=there), True))
    return [kept[frame] for frame in sorted(kept)]


def _single(shape: Shape, last: int) -> Track:
    there = Keyframe(
        type=shape.type, occluded=shape.occluded, z_order=shape.z_order, points=shape.points, frame=shape.frame,
        outside=False, attributes=shape.attributes,
    )  # fmt: skip
    gone = [replace(there, frame=shape.frame + 1, outside=True)] if shape.frame < last else []
    return Track(
        frame=shape.frame, label_id=shape.label_id, group=shape.group, source=shape.source, shapes=[there, *gone],
        attributes=[],
    )  # fmt: skip


def _write_pictures(document: Document, archive: Archive) -> None:
    for frame, ending, content in document.images():
        name = document.pictures[frame].name if not document.is_video else document.pictures[frame].stem + ending
        archive.write(f"images/{name}", content, stored=True)


def _write_head(sink: TextSink, document: Document) -> None:
    sink.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n')
    for line in _elements(document.meta, "    "):
        sink.write(line)
    sink.write("  </meta>\n")


def _elements(said: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in said.items():
        if isinstance(value, Mapping):
            yield f"{indent}<{name}>\n"
            yield from _elements(value, indent + "  ")
            yield f"{indent}</{name}>\n"
        elif isinstance(value, list):
            for each in value:
                yield from _elements({name: each}, indent)
        else:
            yield f"{indent}<{name}>{_text(str(value))}</{name}>\n"


class _Writer:
    """One element after another; what many of them share is written once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._labels = {label: _attribute(rule.name) for label, rule in document.labels.items()}
        self._names = {spec.id: spec.name for rule in document.labels.values() for spec in rule.specs.values()}

    def shape(self, figure: Figure) -> str:
        shape = figure.shape
        element, where = _ELEMENTS.get(shape.type, shape.type), _coordinates(shape)
        depth = f' z_order="{shape.z_order}"' if self._document.with_z_order else ""
        group = f' group_id="{figure.group}"' if figure.group else ""
        return (
            f'    <{element} label="{self._labels[figure.label]}" occluded="{int(shape.occluded)}" '
            f'source="{figure.source}" {where}{depth}{group}>\n{self._said(figure.attributes)}    </{element}>\n'
        )

    def tag(self, tag: Tag) -> str:
        group = f' group_id="{tag.group}"' if tag.group else ""
        said = self._said(values_of(tag.attributes))
        return f'    <tag label="{self._labels[tag.label_id]}" source="{tag.source}"{group}>\n{said}    </tag>\n'

    def track_head(self, track: Track, place: int) -> str:
        self._fixed = self._said(values_of(track.attributes))
        group = f' group_id="{track.group}"' if track.group else ""
        return f'  <track id="{place}" label="{self._labels[track.label_id]}" source="{track.source}"{group}>\n'

    def keyframe(self, shape: Keyframe, label: int, is_keyframe: bool) -> str:
        element = _ELEMENTS.get(shape.type, shape.type)
        depth = f' z_order="{shape.z_order}"' if self._document.with_z_order else ""
        said = self._fixed + self._said(values_of(shape.attributes))
        return (
            f'    <{element} frame="{self._document.source_number(shape.frame)}" outside="{int(shape.outside)}" '
            f'occluded="{int(shape.occluded)}" keyframe="{int(is_keyframe)}" {_coordinates(shape)}{depth}>\n'
            f"{said}    </{element}>\n"
        )

    def _said(self, attributes: Mapping[int, str]) -> str:
        return "".join(
            f'      <attribute name="{_attribute(self._names[number])}">{_text(value)}</attribute>\n'
            for number, value in attributes.items()
            if number in self._names
        )


def _coordinates(shape: Shape | Keyframe) -> str:
    if shape.type == "rectangle":
        return 'xtl="{:.2f}" ytl="{:.2f}" xbr="{:.2f}" ybr="{:.2f}"'.format(*tuple(shape.points))
    if shape.type == "cuboid":
        return " ".join(f'{name}="{value:.2f}"' for name, value in zip(_CUBOID, shape.points, strict=True))
    points = ";".join(f"{x:.2f},{y:.2f}" for x, y in zip(shape.points[::2], shape.points[1::2], strict=False))
    return f'points="{points}"'


def label_meta(rules: Rules) -> dict[str, object]:
    """What the XML says of labels."""
    return {
        "label": [
            {
                "name": rule.name,
                "color": rule.color,
                "attributes": {
                    "attribute": [
                        {
                            "name": spec.name, "mutable": spec.mutable, "input_type": spec.input_type,
                            "default_value": spec.default, "values": "\n".join(spec.values),
                        }
                        for spec in rule.specs.values()
                    ]
                },
            }
            for rule in rules.values()
        ]
    }  # fmt: skip


def read(parcel: Parcel, target: Target) -> Marks:
    """Either kind, alone or in a ZIP. Raises BadFile."""
    name = parcel.find("annotations.xml") if parcel.has("annotations.xml") else next(iter(parcel.names(".xml")), "")
    if parcel.is_zip and not name:
        raise BadFile("There is no annotations.xml in the archive.")
    reader = _Reader(target)
    parse(parcel.pieces(name), reader.begin, reader.end, reader.text)
    return reader.marks


def parse(
    pieces: Iterable[bytes],
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """XML in pieces. Raises BadFile for what is none; entities are not looked up, there are none in these files."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.EntityDeclHandler = _refuse_entities
    try:
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as broken:
        raise BadFile(f"The XML cannot be read: {str(broken)[:100]}") from broken


def _refuse_entities(*_: object) -> None:
    raise BadFile("Entities have no place in annotations.")


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
        self._name: str | None = None
        self._held = ""

    def begin(self, element: str, given: dict[str, str]) -> None:
        if element == "image":
            self._begin_image(given)
        elif element == "track":
            self._begin_track(given)
        elif element == "attribute" and "name" in given:
            self._name, self._held = given["name"], ""
        elif element in _FORMS or element == "tag":
            self._element, self._said = given, {}

    def text(self, said: str) -> None:
        if self._name is not None:
            self._held += said

    def end(self, element: str) -> None:
        if element == "attribute" and self._name is not None:
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
                self.marks.shapes.append(Shape(frame=self._frame, **thing, **self._figure(element)))

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
            "type": _FORMS[element],
            "occluded": given.get("occluded") == "1",
            "z_order": max(-MOST, min(MOST, int(number(given.get("z_order", 0))))),
            "points": _points(element, given),
        }

    def _add_keyframe(self, element: str) -> None:
        self._fixed.update(self._said)
        if self._rule is None or self._element.get("keyframe") != "1":
            return
        changing: list[Attribute] = self._target.attributes(self._rule, self._said, mutable=True)
        self._keyframes.append(
            Keyframe(
                frame=self._target.frame_numbered(whole(self._element.get("frame"))),
                outside=self._element.get("outside") == "1", attributes=changing, **self._figure(element),
            )
        )  # fmt: skip

    def _end_track(self) -> None:
        assert self._track is not None
        if self._keyframes and self._rule is not None:
            self._said = self._fixed
            self._keyframes.sort(key=lambda shape: shape.frame)
            with self._report.bearing("track"):
                thing = self._thing(self._rule, self._track, mutable=False)
                self.marks.tracks.append(Track(frame=self._keyframes[0].frame, shapes=self._keyframes, **thing))
        self._track = None


def _points(element: str, given: Mapping[str, str]) -> list[float]:
    names: Sequence[str] = _BOX if element == "box" else _CUBOID if element == "cuboid" else ()
    if names:
        return corners(given.get(name) for name in names)
    return corners(each for pair in given.get("points", "").split(";") for each in pair.split(","))
