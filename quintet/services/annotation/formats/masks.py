"""Segmentation mask 1.1: two images per frame, one in the colours of labels, one in a colour for each thing."""

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.areas import encloses, pixels_of
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.formats.markup import one_line
from quintet.services.annotation.formats.reading import Parcel, Target
from quintet.services.annotation.formats.voc import color_of
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.shapes.marks import Marks, Shape, no_marks
from quintet.services.annotation.shapes.outlines import outlines_of_spans
from quintet.services.annotation.shapes.spans import Spans

Color = tuple[int, int, int]
_CLASSES, _OBJECTS = "SegmentationClass", "SegmentationObject"
_BACKGROUND: Color = (0, 0, 0)
_COLOR_BITS = 24
# Of one label on one frame; what has more is noise.
_MOST_THINGS = 20_000
_NONE: tuple[int, list[Figure]] = (-1, [])


def write(document: Document, archive: Archive) -> None:
    """All that encloses an area, filled; those of a group are one thing. Empty frames are all background."""
    colors = _label_colors(document.labels)
    lines = [
        f"{one_line(document.labels[label].name)}:{','.join(map(str, color))}::" for label, color in colors.items()
    ]
    archive.write("labelmap.txt", "\n".join(["# label:color_rgb:parts:actions", "background:0,0,0::", *lines]) + "\n")
    marked = figures(document)
    frame, on_frame = next(marked, _NONE)
    empty = lru_cache(maxsize=4)(lambda height, width: _png(np.zeros((height, width, 3), np.uint8)))
    for number, picture in document.shown():
        drawn = [figure for figure in on_frame if encloses(figure)] if number == frame else []
        if number == frame:
            frame, on_frame = next(marked, _NONE)
        if drawn:
            drawn.sort(key=lambda figure: figure.shape.z_order)
            by_label = [colors[figure.label] for figure in drawn]
            classes, objects = map(_png, _painted(picture, drawn, by_label, _object_colors(drawn)))
        else:
            # Nothing but background says something too, and who trains by the list needs both for each of its names.
            classes = objects = empty(picture.height, picture.width)
        archive.write(f"{_CLASSES}/{picture.stem}.png", classes, stored=True)
        archive.write(f"{_OBJECTS}/{picture.stem}.png", objects, stored=True)
    names = "".join(f"{one_line(picture.stem)}\n" for _, picture in document.shown())
    archive.write("ImageSets/Segmentation/default.txt", names)
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        name = picture.stem + ending if document.is_video else picture.name
        archive.write(f"JPEGImages/{name}", content, stored=True)


def _label_colors(rules: Rules) -> dict[int, Color]:
    """Each label's own, or another where two have the same, or one has the background's."""
    found: dict[int, Color] = {}
    spare = 1
    for label, rule in rules.items():
        color = color_of(rule.color)
        while color == _BACKGROUND or color in found.values():
            color, spare = numbered_color(spare), spare + 1
        found[label] = color
    return found


def numbered_color(number: int) -> Color:
    """PASCAL VOC's colours: neighbouring numbers differ most.

    >>> numbered_color(0), numbered_color(1), numbered_color(2)
    ((0, 0, 0), (128, 0, 0), (0, 128, 0))
    """
    channels = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            channels[channel] |= (number >> (3 * bit + channel) & 1) << (7 - bit)
    return channels[0], channels[1], channels[2]


def _object_colors(drawn: list[Figure]) -> list[Color]:
    things: dict[tuple[str, int], int] = {}
    for place, figure in enumerate(drawn):
        things.setdefault(("group", figure.group) if figure.group else ("one", place), len(things) + 1)
    keys = [("group", figure.group) if figure.group else ("one", place) for place, figure in enumerate(drawn)]
    return [numbered_color(things[key]) for key in keys]


def _painted(
    picture: Picture, drawn: list[Figure], by_label: list[Color], by_object: list[Color]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Both images of a frame; the pixels of one figure at a time are in memory."""
    classes, objects = (np.zeros((picture.height, picture.width, 3), np.uint8) for _ in range(2))
    for figure, label, thing in zip(drawn, by_label, by_object, strict=True):
        place, inside = pixels_of(figure.shape, picture)
        classes[place][inside], objects[place][inside] = label, thing
    return classes, objects


def _png(values: NDArray[np.uint8]) -> bytes:
    target = io.BytesIO()
    Image.fromarray(values).save(target, "PNG", compress_level=1)
    return target.getvalue()


def read(parcel: Parcel, target: Target) -> Marks:
    """Each thing becomes the polygons around its pieces. Raises BadFile."""
    labels = dict(_read_colors(parcel.text(parcel.find("labelmap.txt"))))
    marks, groups, names = no_marks(), 0, set(parcel.names(".png"))
    if not any({_CLASSES, "ImageSets"} & set(PurePosixPath(name).parts[:-1]) for name in parcel.names()):
        raise BadFile(f"There is no folder {_CLASSES} in the archive.")
    for name in sorted(names):
        path = PurePosixPath(name)
        if _CLASSES not in path.parts:
            continue
        inner = PurePosixPath(*path.parts[path.parts.index(_CLASSES) + 1 :])
        frame = target.frame_of(str(inner))
        if frame is None:
            continue
        other = name.replace(_CLASSES, _OBJECTS, 1)
        with target.report.bearing("item"):
            classes = _pixels(parcel, name, target.pictures[frame])
            things = _pixels(parcel, other, target.pictures[frame]) if other in names else classes
            for label, found in _polygons(classes, things, labels, target):
                groups += len(found) > 1
                group = groups if len(found) > 1 else 0
                marks.shapes += [
                    Shape(
                        type="polygon", occluded=False, points=points, frame=frame, label_id=label, group=group,
                        attributes=[],
                    )
                    for points in found
                ]  # fmt: skip
    return marks


def _read_colors(text: str) -> Iterator[tuple[int, str]]:
    for line in text.splitlines():
        name, *rest = line.strip().rsplit(":", 3)
        if not name or name.startswith("#") or name == "background":
            continue
        try:
            red, green, blue = (int(each) for each in rest[0].split(","))
        except (IndexError, ValueError) as unclear:
            raise BadFile(f"labelmap.txt has a line that cannot be read: {line[:60]!r}") from unclear
        yield red << 16 | green << 8 | blue, name


def _pixels(parcel: Parcel, name: str, picture: Picture) -> NDArray[np.int32]:
    try:
        with Image.open(io.BytesIO(parcel.read(name)), formats=["PNG"]) as image:
            if image.size != (picture.width, picture.height):
                raise Misfit("wrong_size", f"{name} has another size than its frame.")
            values = np.asarray(image.convert("RGB"), dtype=np.int32)
    except (BadFile, MemoryError):
        raise
    # Pillow's decoders raise whatever a broken file drives them to.
    except Exception as broken:
        raise BadFile(f"{name} is no PNG that can be read.") from broken
    return values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2]


def _polygons(
    classes: NDArray[np.int32], things: NDArray[np.int32], labels: dict[int, str], target: Target
) -> Iterator[tuple[int, list[list[float]]]]:
    by_color: dict[int, list[Spans]] = {}
    for color, spans in _things(classes, things):
        by_color.setdefault(color, []).append(spans)
    for color, of_label in by_color.items():
        with target.report.bearing("shape"):
            if color not in labels:
                raise Misfit("unknown_label", f"There is a colour in a mask that no label has: #{color:06x}.")
            rule = target.label(labels[color])
            if len(of_label) > _MOST_THINGS:
                raise Misfit("unreadable", f"There are more than {_MOST_THINGS} things of {rule.name} on one frame.")
            for spans in of_label:
                yield rule.id, outlines_of_spans(spans)


def _things(classes: NDArray[np.int32], things: NDArray[np.int32]) -> Iterator[tuple[int, Spans]]:
    """The colour of its label and the pixels of each thing, by both colours; one look at the images, whatever is on
    them."""
    both = classes.astype(np.int64) << _COLOR_BITS | things
    begins = np.ones(both.shape, bool)
    begins[:, 1:] = both[:, 1:] != both[:, :-1]
    rows, starts = np.nonzero(begins)
    # A run ends where the next begins, the last of a row where the row does.
    ends = np.append(starts[1:], 0)
    ends[ends == 0] = both.shape[1]
    colors = both[rows, starts]
    order = np.argsort(colors, kind="stable")
    order = order[colors[order] >> _COLOR_BITS != 0]
    if not len(order):
        return
    bounds = np.flatnonzero(np.diff(colors[order])) + 1
    for some in np.split(order, bounds):
        yield int(colors[some[0]] >> _COLOR_BITS), Spans(rows[some], starts[some], ends[some])
