"""COCO 1.0: one JSON of images and instances, written as it goes."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.document import Archive, Document, Figure, figures
from quintet.services.annotation.formats.reading import Parcel, Target, corners, number
from quintet.services.annotation.shapes.checks import Spec
from quintet.services.annotation.shapes.likeness import area_of, box_of
from quintet.services.annotation.shapes.marks import Marks, Shape, no_marks

_FILE = "annotations/instances_default.json"
_HEAD = (
    b'{"licenses":[{"name":"","id":0,"url":""}],"info":{"contributor":"","date_created":"","description":"","url":"",'
    b'"version":"","year":""},"categories":'
)


def write(document: Document, archive: Archive) -> None:
    """Rectangles and polygons; those with the same group on a frame are one instance."""
    with archive.open(_FILE) as sink:
        categories = [
            {"id": place + 1, "name": rule.name, "supercategory": ""}
            for place, rule in enumerate(document.labels.values())
        ]
        sink.write(_HEAD.decode() + orjson.dumps(categories).decode() + ',"images":[')
        for place, (frame, picture) in enumerate(document.shown()):
            sink.write((",\n" if place else "\n") + _image(frame, picture.name, picture.width, picture.height))
        sink.write('],"annotations":[')
        writer, number_ = _Writer(document), 0
        for frame, on_frame in figures(document):
            for instance in _instances(on_frame):
                number_ += 1
                sink.write((",\n" if number_ > 1 else "\n") + writer.instance(number_, frame, instance))
        sink.write("]}\n")
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        archive.write(f"images/{picture.stem + ending if document.is_video else picture.name}", content, stored=True)


def _image(frame: int, name: str, width: int, height: int) -> str:
    return (
        f'{{"id":{frame + 1},"width":{width},"height":{height},"file_name":{orjson.dumps(name).decode()},'
        '"license":0,"flickr_url":"","coco_url":"","date_captured":0}'
    )


def _instances(on_frame: list[Figure]) -> Iterator[list[Figure]]:
    """One figure each, or those of a group."""
    groups: dict[int, list[Figure]] = {}
    for figure in on_frame:
        if figure.shape.type not in ("rectangle", "polygon"):
            continue
        if figure.group:
            groups.setdefault(figure.group, []).append(figure)
        else:
            yield [figure]
    yield from groups.values()


class _Writer:
    """Instances as JSON; what attributes say is put into words once for all that say the same."""

    def __init__(self, document: Document) -> None:
        self._labels, self._places = document.labels, document.label_places
        self._said: dict[tuple[Any, ...], str] = {}

    def instance(self, place: int, frame: int, figures: list[Figure]) -> str:
        if len(figures) == 1 and figures[0].shape.type == "rectangle":
            return self._box(place, frame, figures[0])
        boxes = [box_of(figure.shape.points) for figure in figures]
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
        polygons = [figure.shape.points for figure in figures if figure.shape.type == "polygon"]
        area = sum(map(area_of, polygons)) if polygons else (right - left) * (bottom - top)
        # What is largest tells what the whole is.
        leader = figures[0] if len(figures) == 1 else max(zip(figures, boxes, strict=True), key=_extent)[0]
        outline = "[" + ",".join(f"[{','.join(map(_short, points))}]" for points in polygons) + "]"
        return (
            f'{{"id":{place},"image_id":{frame + 1},"category_id":{self._places[leader.label] + 1},'
            f'"segmentation":{outline},"area":{_short(area)},'
            f'"bbox":[{_short(left)},{_short(top)},{_short(right - left)},{_short(bottom - top)}],'
            f'"iscrowd":0,"attributes":{self._attributes(leader)}}}'
        )

    def _box(self, place: int, frame: int, figure: Figure) -> str:
        """By far the most common."""
        left, top, right, bottom = figure.shape.points
        width, height = right - left, bottom - top
        where = f'"area":{width * height:.2f},"bbox":[{left:.2f},{top:.2f},{width:.2f},{height:.2f}]'
        return (
            f'{{"id":{place},"image_id":{frame + 1},"category_id":{self._places[figure.label] + 1},"segmentation":[],'
            f'{where},"iscrowd":0,"attributes":{self._attributes(figure)}}}'
        )

    def _attributes(self, figure: Figure) -> str:
        key = (figure.label, figure.shape.occluded, figure.track, figure.is_keyframe, *figure.attributes.items())
        if (said := self._said.get(key)) is None:
            specs = self._labels[figure.label].specs
            known: dict[str, object] = {"occluded": figure.shape.occluded}
            known |= {specs[n].name: _typed(value, specs[n]) for n, value in figure.attributes.items() if n in specs}
            if figure.track is not None:
                known |= {"track_id": figure.track, "keyframe": figure.is_keyframe}
            said = orjson.dumps(known).decode()
            if len(self._said) < 10_000:
                self._said[key] = said
        return said


def _extent(pair: tuple[Figure, tuple[float, float, float, float]]) -> float:
    left, top, right, bottom = pair[1]
    return (right - left) * (bottom - top)


def _short(value: float) -> str:
    return str(round(value, 2))


def _typed(value: str, spec: Spec) -> object:
    if spec.input_type == "checkbox":
        return value.lower() == "true"
    if spec.input_type == "number":
        try:
            return number(value)
        except BadFile:
            return value
    return value


def read(parcel: Parcel, target: Target) -> Marks:
    """A JSON, alone or in a ZIP: polygons where there are outlines, else rectangles. Raises BadFile."""
    names = parcel.names(".json") if parcel.is_zip else [""]
    if not names:
        raise BadFile("There is no JSON in the archive.")
    marks = no_marks()
    # Each file numbers its images and categories anew.
    for place, name in enumerate(sorted(names)):
        try:
            said = orjson.loads(parcel.read(name))
        except orjson.JSONDecodeError as broken:
            raise BadFile("The JSON cannot be read.") from broken
        try:
            marks.shapes += _Reader(said, target, len(marks.shapes) + place).shapes()
        except (KeyError, TypeError, AttributeError, IndexError) as missing:
            raise BadFile("The JSON is no COCO: it needs images, categories and annotations.") from missing
    return marks


class _Reader:
    def __init__(self, said: Mapping[str, Any], target: Target, groups: int) -> None:
        self._said, self._target, self._group = said, target, groups
        self._frames = {image["id"]: str(image["file_name"]) for image in said["images"]}
        self._labels = {category["id"]: str(category["name"]) for category in said["categories"]}

    def shapes(self) -> list[Shape]:
        found: list[Shape] = []
        for annotation in self._said["annotations"]:
            with self._target.report.bearing("shape"):
                try:
                    found += self._shapes(annotation)
                except (KeyError, TypeError, AttributeError, IndexError, ValueError) as missing:
                    raise Misfit("unreadable", "The annotation is none of COCO's.") from missing
        return found

    def _shapes(self, annotation: Mapping[str, Any]) -> list[Shape]:
        name = self._frames.get(annotation["image_id"])
        if name is None:
            raise Misfit("unreadable", f"The file has no image {str(annotation['image_id'])[:40]!r}.")
        frame = self._target.frame_of(name)
        if frame is None:
            self._target.report.lose()
            return []
        return self._of_instance(annotation, frame)

    def _of_instance(self, annotation: Mapping[str, Any], frame: int) -> list[Shape]:
        category = annotation["category_id"]
        if category not in self._labels:
            raise Misfit("unknown_label", f"The file has no category {str(category)[:40]!r}.")
        rule = self._target.label(self._labels[category])
        said = {name: _as_text(value) for name, value in (annotation.get("attributes") or {}).items()}
        outlines = self._outlines(annotation)
        self._group += len(outlines) > 1
        attributes = self._target.attributes(rule, said)
        return [
            Shape(
                type=form, points=points, frame=frame, label_id=rule.id,
                group=self._group if len(outlines) > 1 else 0,
                occluded=said.get("occluded") == "true", attributes=list(attributes),
            )
            for form, points in outlines
        ]  # fmt: skip

    def _outlines(self, annotation: Mapping[str, Any]) -> list[tuple[Any, list[float]]]:
        polygons = annotation.get("segmentation")
        # Runs of pixels (of crowds) have no outline; their box has.
        if isinstance(polygons, list) and polygons:
            return [("polygon", corners(polygon)) for polygon in polygons]
        left, top, width, height = corners(annotation["bbox"])
        return [("rectangle", [left, top, left + width, top + height])]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)
