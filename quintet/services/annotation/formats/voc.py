"""PASCAL VOC 1.1: an XML per image, rectangles alone; and lists of images by label, where tags are told."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.areas import upright_box
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.formats.markup import in_text, one_line, parse
from quintet.services.annotation.formats.reading import Parcel, Target, number
from quintet.services.annotation.shapes.checks import LabelRule, Rules
from quintet.services.annotation.shapes.marks import Marks, Shape, Tag, no_marks

_BOX = ("xmin", "ymin", "xmax", "ymax")
_DETAILS = ("pose", "truncated", "difficult", "occluded")
_LISTS = ("ImageSets", "Main")


def label_map(rules: Rules) -> str:
    """`labelmap.txt`: name, colour, parts, actions; the background first."""
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    lines += [f"{one_line(rule.name)}:{','.join(map(str, color_of(rule.color)))}::" for rule in rules.values()]
    return "\n".join(lines) + "\n"


def color_of(color: str) -> tuple[int, int, int]:
    """Red, green, blue of "#rrggbb"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def write(document: Document, archive: Archive) -> None:
    """Rectangles; and tags, as far as the lists by label can tell of them."""
    archive.write("labelmap.txt", label_map(document.labels))
    found, at = figures(document), -1
    on_frame: list[Figure] = []
    holding: dict[int, set[int]] = {label: set() for label in document.labels}
    for tag in document.marks.tags:
        holding[tag.label_id].add(tag.frame)
    for frame, picture in document.shown():
        if at < frame:
            at, on_frame = next(found, (len(document.pictures), []))
        boxes = [figure for figure in on_frame if figure.shape.type == "rectangle"] if at == frame else []
        for figure in boxes:
            holding[figure.label].add(frame)
        archive.write(f"Annotations/{picture.stem}.xml", _annotation(document, picture, boxes))
    names = "".join(f"{one_line(picture.stem)}\n" for _, picture in document.shown())
    for kind in ("Main", "Layout", "Action"):
        archive.write(f"ImageSets/{kind}/default.txt", names)
    for label, rule in document.labels.items():
        lines = (
            f"{one_line(picture.stem)} {'1' if frame in holding[label] else '-1'}\n"
            for frame, picture in document.shown()
        )
        archive.write(f"ImageSets/Main/{_called(rule)}_default.txt", "".join(lines))
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        name = picture.stem + ending if document.is_video else picture.name
        archive.write(f"JPEGImages/{name}", content, stored=True)


def _called(rule: LabelRule) -> str:
    """A label in the name of its list."""
    return PurePosixPath(rule.name).name or "_"


def _annotation(document: Document, picture: Picture, boxes: list[Figure]) -> str:
    objects = "".join(_object(document, figure) for figure in boxes)
    name = picture.name if not document.is_video else f"{picture.stem}.png"
    return (
        f"<annotation>\n  <folder></folder>\n  <filename>{in_text(name)}</filename>\n  <source>\n"
        "    <database>Unknown</database>\n    <annotation>Unknown</annotation>\n    <image>Unknown</image>\n"
        f"  </source>\n  <size>\n    <width>{picture.width}</width>\n    <height>{picture.height}</height>\n"
        f"    <depth></depth>\n  </size>\n  <segmented>0</segmented>\n{objects}</annotation>\n"
    )


def _object(document: Document, figure: Figure) -> str:
    rule = document.labels[figure.label]
    box = "".join(
        f"      <{name}>{value:.2f}</{name}>\n" for name, value in zip(_BOX, upright_box(figure.shape), strict=True)
    )  # fmt: skip
    said = "".join(
        f"      <attribute>\n        <name>{in_text(rule.specs[place].name)}</name>\n"
        f"        <value>{in_text(value)}</value>\n      </attribute>\n"
        for place, value in figure.attributes.items()
        if place in rule.specs
    )
    return (
        f"  <object>\n    <name>{in_text(rule.name)}</name>\n    <truncated>0</truncated>\n"
        f"    <occluded>{int(figure.shape.occluded)}</occluded>\n    <difficult>0</difficult>\n"
        f"    <bndbox>\n{box}    </bndbox>\n    <attributes>\n{said}    </attributes>\n  </object>\n"
    )


def read(parcel: Parcel, target: Target) -> Marks:
    """What stands in a list by label, and is no object of that image, is a tag. Raises BadFile."""
    marks = no_marks()
    seen: dict[str, _Reader] = {}
    if not any({"Annotations", _LISTS[0]} & set(PurePosixPath(name).parts[:-1]) for name in parcel.names()):
        raise BadFile("There is no folder Annotations in the archive.")
    for name in parcel.names(".xml"):
        path = PurePosixPath(name)
        if "Annotations" in path.parts:
            inner = PurePosixPath(*path.parts[path.parts.index("Annotations") + 1 :])
            reader = seen[str(inner.with_suffix(""))] = _Reader(target, str(inner))
            parse(parcel.pieces(name), reader.begin, reader.end, reader.text, root="annotation")
            marks.shapes += reader.shapes
    marks.tags += _tags(parcel, target, seen)
    return marks


def _tags(parcel: Parcel, target: Target, seen: "Mapping[str, _Reader]") -> list[Tag]:
    by_list: dict[str, list[LabelRule]] = {}
    for rule in target.labels.values():
        by_list.setdefault(_called(rule), []).append(rule)
    # An image stands in several lists of a label where the sets have an image in common, as train and trainval do.
    found: dict[tuple[str, int], Tag] = {}
    for name in parcel.names(".txt"):
        path = PurePosixPath(name)
        rules = by_list.get(path.stem.rpartition("_")[0], ()) if path.parts[-3:-1] == _LISTS else ()
        if len(rules) == 1:
            for image in _listed(parcel.text(name)):
                if (image, rules[0].id) not in found and (tag := _tag(image, rules[0], target, seen)) is not None:
                    found[image, rules[0].id] = tag
    return list(found.values())


def _listed(text: str) -> Iterator[str]:
    """Images that hold the label for sure: after others stands -1, or 0 where it is hard to see."""
    for line in text.splitlines():
        image, _, said = line.strip().rpartition(" ")
        if said == "1":
            yield image.strip()


def _tag(image: str, rule: LabelRule, target: Target, seen: "Mapping[str, _Reader]") -> Tag | None:
    reader = seen.get(image)
    if reader is not None and rule.name in reader.names:
        return None
    # An item is told of once.
    frame = reader.frame if reader is not None and reader.names else target.frame_of(image)
    if frame is None:
        target.report.lose()
        return None
    return Tag(frame=frame, label_id=rule.id, group=0, attributes=[])


class _Reader:
    """Objects that stand directly in the annotation; their parts are not read."""

    def __init__(self, target: Target, name: str) -> None:
        self.shapes: list[Shape] = []
        # Labels of all objects, whether these fit or not, and their frame.
        self.names = set[str]()
        self.frame: int | None = None
        self._target, self._name, self._path = target, name, list[str]()
        self._held, self._fields, self._said = "", dict[str, str](), dict[str, str]()
        self._attribute = self._filename = ""

    def begin(self, element: str, _: Mapping[str, str]) -> None:
        self._path.append(element)
        self._held = ""
        if self._path[1:] == ["object"]:
            self._fields, self._said = {}, {}

    def text(self, said: str) -> None:
        self._held += said

    def end(self, element: str) -> None:
        inside = self._path[2:] if self._path[1:2] == ["object"] else None
        if self._path[1:] == ["object"]:
            self._add()
        elif inside == ["attributes", "attribute", "name"]:
            self._attribute = self._held
        elif inside == ["attributes", "attribute", "value"]:
            self._said[self._attribute] = self._held
        elif inside is not None and (len(inside) == 1 or inside[:1] == ["bndbox"]):
            self._fields[element] = self._held.strip()
        elif self._path[1:] == ["filename"]:
            self._filename = self._held.strip()
        self._path.pop()

    def _add(self) -> None:
        self.names.add(self._fields.get("name", ""))
        self.frame = frame = self._target.frame_of(self._name, self._filename)
        if frame is None:
            self._target.report.lose()
            return
        with self._target.report.bearing("shape"):
            rule = self._target.label(self._fields.get("name", ""))
            self.shapes.append(
                Shape(
                    type="rectangle", occluded=self._fields.get("occluded") == "1", label_id=rule.id, group=0,
                    points=[number(self._fields.get(name)) for name in _BOX], frame=frame,
                    attributes=self._target.attributes(rule, {**self._details(rule), **self._said}),
                )
            )  # fmt: skip

    def _details(self, rule: LabelRule) -> dict[str, str]:
        """What the format knows of every object, for labels that have an attribute of that name."""
        kinds = {spec.name: spec.input_type for spec in rule.specs.values() if spec.name in _DETAILS}
        said = {name: self._fields[name] for name in kinds if self._fields.get(name)}
        words = {"0": "false", "1": "true"}
        return {name: words.get(value, value) if kinds[name] == "checkbox" else value for name, value in said.items()}
