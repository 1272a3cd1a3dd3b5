"""COCO 1.0: one JSON of images and instances, written as it goes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.areas import AREAS, box_of_all
from quintet.services.annotation.formats.coco_forms import (
    attributes_said,
    category_said,
    form_said,
    keypoints_of,
    mask_said,
    runs_of,
    skeleton_said,
)
from quintet.services.annotation.formats.document import Archive, Document, Figure, figures
from quintet.services.annotation.formats.reading import Parcel, Target, corners, number
from quintet.services.annotation.shapes.checks import LabelRule, Spec
from quintet.services.annotation.shapes.figures import box_around, form_of, is_beyond, outline_of
from quintet.services.annotation.shapes.likeness import area_of
from quintet.services.annotation.shapes.marks import FORMS, FULL_TYPES, FullShape, Marks, Shape, no_marks

_FILE = "annotations/instances_default.json"
_HEAD = (
    b'{"licenses":[{"name":"","id":0,"url":""}],"info":{"contributor":"","date_created":"","description":"","url":"",'
    b'"version":"","year":""},"categories":'
)


def write(document: Document, archive: Archive) -> None:
    """All that encloses an area, and skeletons; areas with the same group on a frame are one instance."""
    with archive.open(_FILE) as sink:
        categories = [
            {"id": place + 1, "name": rule.name, "supercategory": "", **category_said(rule)}
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
        if figure.shape.type in AREAS:
            if figure.group:
                groups.setdefault(figure.group, []).append(figure)
            else:
                yield [figure]
        elif form_of(figure.shape) == "skeleton":
            yield [figure]
    yield from groups.values()


class _Writer:
    """Instances as JSON; what attributes say is put into words once for all that say the same."""

    def __init__(self, document: Document) -> None:
        self._labels, self._places, self._pictures = document.labels, document.label_places, document.pictures
        self._said: dict[tuple[Any, ...], str] = {}

    def instance(self, place: int, frame: int, figures: list[Figure]) -> str:
        first = figures[0]
        if len(figures) == 1 and _is_upright(first):
            return self._box(place, frame, first)
        if form_of(first.shape) == "skeleton":
            return self._skeleton(place, frame, first)
        # What is largest tells what the whole is.
        leader = max(figures, key=_extent)
        if any(form_of(figure.shape) == "mask" for figure in figures):
            return self._mask(place, frame, figures, leader)
        left, top, right, bottom = box_of_all(figure.shape for figure in figures)
        polygons = [outline_of(figure.shape) for figure in figures if not _is_upright(figure)]
        area = sum(map(area_of, polygons)) if polygons else (right - left) * (bottom - top)
        outline = "[" + ",".join(f"[{','.join(map(_short, points))}]" for points in polygons) + "]"
        return self._whole(
            place, frame, leader, outline, _short(area), [left, top, right - left, bottom - top],
            said=attributes_said(first.shape) if len(figures) == 1 and type(first.shape) in FULL_TYPES else None,
        )  # fmt: skip

    def _mask(self, place: int, frame: int, figures: list[Figure], leader: Figure) -> str:
        runs, area, box = runs_of([figure.shape for figure in figures], self._pictures[frame])
        # COCO's rule: runs belong to what it calls a crowd, polygons to one thing alone.
        return self._whole(place, frame, leader, orjson.dumps(runs).decode(), str(area), box, is_crowd=1)

    def _skeleton(self, place: int, frame: int, figure: Figure) -> str:
        points, count = keypoints_of(figure.shape, self._labels[figure.label].skeleton)
        left, top, right, bottom = box_around(figure.shape)
        more = f'"keypoints":{orjson.dumps(points).decode()},"num_keypoints":{count},'
        area = _short((right - left) * (bottom - top))
        return self._whole(place, frame, figure, "[]", area, [left, top, right - left, bottom - top], more=more)

    def _whole(
        self, place: int, frame: int, figure: Figure, segmentation: str, area: str, box: Sequence[float], *,
        said: Mapping[str, object] | None = None, more: str = "", is_crowd: int = 0,
    ) -> str:  # fmt: skip
        return (
            f'{{"id":{place},"image_id":{frame + 1},"category_id":{self._places[figure.label] + 1},'
            f'"segmentation":{segmentation},"area":{area},"bbox":[{",".join(map(_short, box))}],'
            f'{more}"iscrowd":{is_crowd},"attributes":{self._attributes(figure, said)}}}'
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

    def _attributes(self, figure: Figure, form: Mapping[str, object] | None = None) -> str:
        key: tuple[Any, ...] = (
            figure.label, figure.shape.occluded, figure.track, figure.is_keyframe, *figure.attributes.items()
        )  # fmt: skip
        key = (*key, *form.items()) if form else key
        if (said := self._said.get(key)) is None:
            specs = self._labels[figure.label].specs
            known: dict[str, object] = {"occluded": figure.shape.occluded, **(form or {})}
            known |= {specs[n].name: _typed(value, specs[n]) for n, value in figure.attributes.items() if n in specs}
            if figure.track is not None:
                known |= {"track_id": figure.track, "keyframe": figure.is_keyframe}
            said = orjson.dumps(known).decode()
            if len(self._said) < 10_000:
                self._said[key] = said
        return said


def _extent(figure: Figure) -> float:
    left, top, right, bottom = box_around(figure.shape)
    return (right - left) * (bottom - top)


def _is_upright(figure: Figure) -> bool:
    return figure.shape.type == "rectangle" and not (type(figure.shape) in FULL_TYPES and is_beyond(figure.shape))


def _short(value: float) -> str:
    return str(round(value, 2))


def _typed(value: str, spec: Spec) -> object:
    if spec.input_type == "checkbox":
        # Programs written for CVAT put other words there, too.
        return {"true": True, "false": False}.get(value.lower(), value)
    if spec.input_type == "number":
        try:
            return number(value)
        except BadFile:
            return value
    return value


def read(parcel: Parcel, target: Target) -> Marks:
    """A JSON, alone or in a ZIP: polygons where there are outlines, masks where there are runs, skeletons where there
    are keypoints and the label has one, else rectangles. Raises BadFile."""
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
        self._keypoints = {category["id"]: category.get("keypoints") or () for category in said["categories"]}

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
        forms = self._forms(annotation, rule, said, frame)
        self._group += len(forms) > 1
        attributes = self._target.attributes(rule, said)
        return [
            (FullShape if form["type"] not in FORMS or "rotation" in form else Shape)(
                frame=frame, label_id=rule.id, group=self._group if len(forms) > 1 else 0,
                occluded=said.get("occluded") == "true", attributes=list(attributes), **form,
            )
            for form in forms
        ]  # fmt: skip

    def _forms(
        self, annotation: Mapping[str, Any], rule: LabelRule, said: Mapping[str, str], frame: int
    ) -> list[dict[str, Any]]:
        names = self._keypoints.get(annotation["category_id"], ())
        # Where the label has no skeleton the box around the keypoints is what can be kept of them.
        bones = skeleton_said(annotation, names) if rule.skeleton is not None else None
        areas = self._areas(annotation, rule, said, frame, is_alone=bones is None)
        return [*areas, bones] if bones is not None else areas

    def _areas(
        self, annotation: Mapping[str, Any], rule: LabelRule, said: Mapping[str, str], frame: int, *, is_alone: bool
    ) -> list[dict[str, Any]]:
        """is_alone: the box counts where there is no outline."""
        own = {spec.name for spec in rule.specs.values()}
        # An attribute of the label is the label's, whatever it is called.
        turn = number(said["rotation"]) % 360 if "rotation" in said and "rotation" not in own else 0.0
        form = said.get("form") if "form" not in own else None
        segmentation = annotation.get("segmentation")
        if isinstance(segmentation, dict):
            return [mask_said(segmentation, self._target.pictures[frame])]
        if isinstance(segmentation, list) and segmentation:
            return [form_said(corners(polygon), form, turn) for polygon in segmentation]
        if not is_alone:
            return []
        left, top, width, height = corners(annotation["bbox"])
        box = {"type": "rectangle", "points": [left, top, left + width, top + height]}
        return [{**box, "rotation": turn} if turn else box]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)
