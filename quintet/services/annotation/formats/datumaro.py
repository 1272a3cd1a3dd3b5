"""Datumaro 1.0: all kinds of figures in one JSON, written as it goes."""

from collections.abc import Mapping

import orjson

from quintet.services.annotation.formats.document import Archive, Document, Figure, figures
from quintet.services.annotation.shapes.marks import Tag, values_of

_KINDS = {"rectangle": "bbox", "polygon": "polygon", "polyline": "polyline", "points": "points", "cuboid": "cuboid"}
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
            said += [writer.figure(figure) for figure in on_frame] if at == frame else []
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
        return {"label": {"labels": labels, "attributes": ["occluded"]}}

    def tag(self, tag: Tag) -> dict[str, object]:
        return self._item("label", tag.label_id, tag.group or 0, self._said(tag.label_id, values_of(tag.attributes)))

    def figure(self, figure: Figure) -> dict[str, object]:
        shape = figure.shape
        said: dict[str, object] = {**self._said(figure.label, figure.attributes), "occluded": shape.occluded}
        if figure.track is not None:
            said |= {"track_id": figure.track, "keyframe": figure.is_keyframe}
        item = self._item(_KINDS[shape.type], figure.label, figure.group, said)
        if shape.type == "rectangle":
            left, top, right, bottom = shape.points
            return {**item, "z_order": shape.z_order, "bbox": [left, top, right - left, bottom - top]}
        return {**item, "z_order": shape.z_order, "points": shape.points}

    def _said(self, label: int, attributes: Mapping[int, str]) -> dict[str, object]:
        specs = self._labels[label].specs
        return {specs[place].name: value for place, value in attributes.items() if place in specs}

    def _item(self, kind: str, label: int, group: int, said: dict[str, object]) -> dict[str, object]:
        self._count += 1
        place = self._places[label]
        return {"id": self._count, "type": kind, "attributes": said, "group": group, "label_id": place}
