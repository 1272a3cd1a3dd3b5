"""CVAT XML 1.1: for images (frames with shapes) and for video (tracks with keyframes). Written in one pass."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec.structs import replace

from quintet.services.annotation.formats.cvat_forms import coordinates, nodes
from quintet.services.annotation.formats.document import Archive, Document, Figure, TextSink, figures
from quintet.services.annotation.formats.markup import in_attribute, in_text
from quintet.services.annotation.shapes.between import keyframes, seen
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.figures import is_beyond
from quintet.services.annotation.shapes.marks import (
    FULL_TYPES,
    Keyframe,
    Shape,
    Tag,
    Track,
    values_of,
)
from quintet.services.annotation.shapes.plainly import as_keyframe

BOX = ("xtl", "ytl", "xbr", "ybr")
CUBOID = tuple(
    f"{corner}{face}" for face in (1, 2) for corner in ("xtl", "ytl", "xbl", "ybl", "xtr", "ytr", "xbr", "ybr")
)
_ELEMENTS = {"rectangle": "box"}


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
                f'  <image id="{document.source_number(frame)}" name="{in_attribute(picture.name)}" '
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
    there = as_keyframe(shape)
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
            yield f"{indent}<{name}>{in_text(str(value))}</{name}>\n"


class _Writer:
    """One element after another; what many of them share is written once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._labels = {label: in_attribute(rule.name) for label, rule in document.labels.items()}
        self._names = {spec.id: spec.name for rule in document.labels.values() for spec in rule.specs.values()}

    def shape(self, figure: Figure) -> str:
        shape = figure.shape
        element, where, said = _ELEMENTS.get(shape.type, shape.type), _coordinates(shape), self._said(figure.attributes)
        depth = f' z_order="{shape.z_order}"' if self._document.with_z_order else ""
        group = f' group_id="{figure.group}"' if figure.group else ""
        if type(shape) in FULL_TYPES:
            said = nodes(shape, in_attribute) + said
        return (
            f'    <{element} label="{self._labels[figure.label]}" occluded="{int(shape.occluded)}" '
            f'source="{figure.source}" {where}{depth}{group}>\n{said}    </{element}>\n'
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
        if type(shape) in FULL_TYPES:
            said = nodes(shape, in_attribute) + said
        return (
            f'    <{element} frame="{self._document.source_number(shape.frame)}" outside="{int(shape.outside)}" '
            f'occluded="{int(shape.occluded)}" keyframe="{int(is_keyframe)}" {_coordinates(shape)}{depth}>\n'
            f"{said}    </{element}>\n"
        )

    def _said(self, attributes: Mapping[int, str]) -> str:
        return "".join(
            f'      <attribute name="{in_attribute(self._names[number])}">{in_text(value)}</attribute>\n'
            for number, value in attributes.items()
            if number in self._names
        )


def _coordinates(shape: Shape | Keyframe) -> str:
    if type(shape) in FULL_TYPES and is_beyond(shape):
        return coordinates(shape)
    if shape.type == "rectangle":
        return 'xtl="{:.2f}" ytl="{:.2f}" xbr="{:.2f}" ybr="{:.2f}"'.format(*tuple(shape.points))
    if shape.type == "cuboid":
        return " ".join(f'{name}="{value:.2f}"' for name, value in zip(CUBOID, shape.points, strict=True))
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
