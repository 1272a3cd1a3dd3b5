"""Datumaro 1.0: all kinds of figures in one JSON, written as it goes."""

from collections.abc import Mapping

import orjson

from quintet.services.annotation.formats.areas import coco_counts, packed
from quintet.services.annotation.formats.coco_forms import category_said, keypoints_of
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.shapes.figures import form_of, rotation_of
from quintet.services.annotation.shapes.marks import Tag, values_of
from quintet.services.annotation.shapes.spans import spans_of_mask

_KINDS = {
    "rectangle": "bbox", "polygon": "polygon", "polyline": "polyline", "points": "points", "cuboid": "cuboid",
    "ellipse": "ellipse", "mask": "mask", "skeleton": "points",
}  # fmt: skip
_README = (
    "# Annotations\n\nA project in the format of Datumaro: `dataset/annotations/default.json` holds what was marked.\n"
)
_CONFIG = "format_version: 1\nproject_name: annotations\nsources: {}\n"


def write(document: Document, archive: Archive) -> None:
    """Everything, tags too; tracks frame by frame."""
    archive.write(".datumaro/config.yaml", _CONFIG)
    archive.write("README.md", _README)
    tags: dict[int, list[Tag]] = {}
    for tag in document.marks.tags:
        tags.setdefault(tag.frame, []).append(tag)
    writer, found, at = _Writer(document), figures(document), -1
    on_frame: list[Figure] = []
    with archive.open("dataset/annotations/default.json") as sink:
        categories = orjson.dumps(writer.categories()).decode()
        sink.write(f'{{"info":{{}},"categories":{categories},"items":[')
        for place, (frame, picture) in enumerate(document.shown()):
            if at < frame:
                at, on_frame = next(found, (len(document.pictures), []))
            said = [writer.tag(tag) for tag in tags.get(frame, ())]
            said += [writer.figure(figure, picture) for figure in on_frame] if at == frame else []
            name = f"{picture.stem}.png" if document.is_video else picture.name
            item = {
                "id": picture.stem,
                "annotations": said,
                "attr": {"frame": document.source_number(frame)},
                "image": {"path": name, "size": [picture.height, picture.width]},
            }
            sink.write((",\n" if place else "\n") + orjson.dumps(item).decode())
        sink.write("]}\n")
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        name = picture.stem + ending if document.is_video else picture.name
        archive.write(f"dataset/images/{name}", content, stored=True)


class _Writer:
    def __init__(self, document: Document) -> None:
        self._labels, self._places, self._count = document.labels, document.label_places, 0

    def categories(self) -> dict[str, object]:
        labels = [
            {"name": rule.name, "parent": "", "attributes": [spec.name for spec in rule.specs.values()]}
            for rule in self._labels.values()
        ]
        said: dict[str, object] = {"label": {"labels": labels, "attributes": ["occluded"]}}
        bones = [
            {"label_id": place, "labels": told["keypoints"], "joints": told["skeleton"]}
            for place, rule in enumerate(self._labels.values())
            if (told := category_said(rule))
        ]
        return {**said, "points": {"items": bones}} if bones else said

    def tag(self, tag: Tag) -> dict[str, object]:
        return self._item("label", tag.label_id, tag.group or 0, self._said(tag.label_id, values_of(tag.attributes)))

    def figure(self, figure: Figure, picture: Picture) -> dict[str, object]:
        shape = figure.shape
        said: dict[str, object] = {**self._said(figure.label, figure.attributes), "occluded": shape.occluded}
        if figure.track is not None:
            said |= {"track_id": figure.track, "keyframe": figure.is_keyframe}
        if rotation_of(shape):
            said["rotation"] = rotation_of(shape)
        item = {**self._item(_KINDS[shape.type], figure.label, figure.group, said), **self._form(figure, picture)}
        if form_of(shape) in ("ellipse", "mask", "skeleton"):
            return {**item, "z_order": shape.z_order}
        if shape.type == "rectangle":
            left, top, right, bottom = shape.points
            return {**item, "z_order": shape.z_order, "bbox": [left, top, right - left, bottom - top]}
        return {**item, "z_order": shape.z_order, "points": shape.points}

    def _form(self, figure: Figure, picture: Picture) -> dict[str, object]:
        """An ellipse by the box around it before it was turned, a mask by its runs, a skeleton by its keypoints."""
        shape = figure.shape
        if form_of(shape) == "ellipse":
            x, y, right, top = shape.points
            return {"points": [2 * x - right, top, right, 2 * y - top]}
        if form_of(shape) == "mask":
            counts = coco_counts(spans_of_mask(shape.points), picture)
            return {"rle": {"counts": packed(counts), "size": [picture.height, picture.width]}}
        if form_of(shape) == "skeleton":
            numbers, _ = keypoints_of(shape, self._labels[figure.label].skeleton)
            points = [value for place, value in enumerate(numbers) if place % 3 < 2]
            return {"points": points, "visibility": numbers[2::3]}
        return {}

    def _said(self, label: int, attributes: Mapping[int, str]) -> dict[str, object]:
        specs = self._labels[label].specs
        return {specs[place].name: value for place, value in attributes.items() if place in specs}

    def _item(self, kind: str, label: int, group: int, said: dict[str, object]) -> dict[str, object]:
        self._count += 1
        place = self._places[label]
        return {"id": self._count, "type": kind, "attributes": said, "group": group, "label_id": place}
