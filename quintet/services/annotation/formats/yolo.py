"""YOLO 1.1: a text file per image, one rectangle per line, in shares of the image's sides."""

import re
from collections.abc import Iterator, Mapping

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.areas import upright_box
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.formats.markup import one_line
from quintet.services.annotation.formats.reading import Parcel, Target, corners, whole
from quintet.services.annotation.shapes.marks import Marks, Shape, no_marks

_FOLDER = "obj_train_data"
_NAME_FILES = ("obj.names", "classes.txt")


def write(document: Document, archive: Archive) -> None:
    """Rectangles; also for frames without any there is a file."""
    names = [rule.name for rule in document.labels.values()]
    archive.write(
        "obj.data",
        f"classes = {len(names)}\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n",
    )
    archive.write("obj.names", "".join(f"{one_line(name)}\n" for name in names))
    with archive.open("train.txt") as sink:
        for _, picture in document.shown():
            sink.write(f"data/{_FOLDER}/{one_line(_image_name(document, picture))}\n")
    found, at = figures(document), -1
    on_frame: list[Figure] = []
    for frame, picture in document.shown():
        if at < frame:
            at, on_frame = next(found, (len(document.pictures), []))
        lines = "".join(_lines(document, picture, on_frame)) if at == frame else ""
        archive.write(f"{_FOLDER}/{picture.stem}.txt", lines)
    for frame, ending, content in document.images():
        picture = document.pictures[frame]
        name = picture.stem + ending if document.is_video else picture.name
        archive.write(f"{_FOLDER}/{name}", content, stored=True)


def _image_name(document: Document, picture: Picture) -> str:
    return f"{picture.stem}.png" if document.is_video else picture.name


def _lines(document: Document, picture: Picture, on_frame: list[Figure]) -> Iterator[str]:
    for figure in on_frame:
        if figure.shape.type == "rectangle":
            left, top, right, bottom = upright_box(figure.shape)
            yield (
                f"{document.label_places[figure.label]} {(left + right) / 2 / picture.width:.6f} "
                f"{(top + bottom) / 2 / picture.height:.6f} {(right - left) / picture.width:.6f} "
                f"{(bottom - top) / picture.height:.6f}\n"
            )


def read(parcel: Parcel, target: Target) -> Marks:
    """Darknet's own archives, and those of its descendants, with `data.yaml` or `classes.txt` and a folder `labels`.
    Raises BadFile."""
    names, marks, found = _names(parcel), no_marks(), _annotations(parcel)
    if not found and not parcel.has("train.txt"):
        raise BadFile("There are no text files with figures in the archive.")
    for name, inner in found:
        lines = [line.split() for line in parcel.text(name).splitlines() if line.strip()]
        frame = target.frame_of(inner) if lines else None
        if frame is None:
            target.report.lose(len(lines))
            continue
        for line in lines:
            with target.report.bearing("shape"):
                marks.shapes.append(_shape(line, names, target, frame))
    return marks


def _annotations(parcel: Parcel) -> list[tuple[str, str]]:
    """Files with lines of figures: their names, and what these say of their images."""
    texts = parcel.names(".txt")
    for folder in (_FOLDER, "labels"):
        inside = [(name, name.partition(f"{folder}/")[2]) for name in texts if f"/{folder}/" in f"/{name}"]
        if inside:
            return inside
    lists = (*_NAME_FILES, "train.txt", "val.txt", "valid.txt", "test.txt", "labels.txt", "readme.txt")
    return [(name, name) for name in texts if name.rpartition("/")[2].lower() not in lists]


def _names(parcel: Parcel) -> dict[int, str]:
    for name in _NAME_FILES:
        if parcel.has(name):
            lines = parcel.text(parcel.find(name)).splitlines()
            return dict(enumerate(line.strip() for line in lines if line.strip()))
    for name in [*parcel.names(".yaml"), *parcel.names(".yml")]:
        if found := names_of_yaml(parcel.text(name)):
            return found
    raise BadFile("There is no obj.names in the archive, and no data.yaml with names.")


def names_of_yaml(text: str) -> dict[int, str]:
    """Labels by number out of `data.yaml`, in any of the three ways in which it is written.

    >>> names_of_yaml("nc: 2\\nnames: [car, 'a person']"), names_of_yaml("names:\\n- car\\n- bus\\nnc: 2")
    ({0: 'car', 1: 'a person'}, {0: 'car', 1: 'bus'})
    >>> names_of_yaml("names:\\n  0: car\\n  3: bus  # big\\n")
    {0: 'car', 3: 'bus'}
    """
    after = re.split(r"^names[ ]*:[ ]*", text, maxsplit=1, flags=re.MULTILINE)
    if len(after) < 2:
        return {}
    said = after[1]
    if said.startswith("["):
        inside = said[1:].partition("]")[0]
        return dict(enumerate(_unquoted(each) for each in _ITEM.findall(inside)))
    if said.startswith("{"):
        return {int(number): _unquoted(each) for number, each in _PAIR.findall(said[1:].partition("}")[0])}
    found: dict[int, str] = {}
    for line in filter(str.strip, said.splitlines()):
        item = re.fullmatch(r"[ ]*(?:-|([0-9]{1,6})[ ]*:)[ ]+(.+?)[ ]*", line)
        if item is None:
            break
        found[len(found) if item[1] is None else int(item[1])] = _unquoted(item[2])
    return found


_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,'"\s][^,]*)""")
_PAIR = re.compile(r"""\s*([0-9]{1,6})\s*:\s*("[^"]*"|'[^']*'|[^,'"\s][^,]*)""")


def _unquoted(said: str) -> str:
    said = said.strip()
    return said[1:-1] if said[:1] in ("'", '"') and said[-1:] == said[:1] else said.partition(" #")[0].strip()


def _shape(line: list[str], names: Mapping[int, str], target: Target, frame: int) -> Shape:
    """A rectangle: middle and sides, and perhaps how sure a model was; or the corners of a polygon."""
    number, *shares = line
    label = names.get(whole(number))
    if label is None:
        raise Misfit("unknown_label", f"The file has no name for label {number[:40]}.")
    rule, picture = target.label(label), target.pictures[frame]
    said = corners(shares)
    is_polygon = len(said) >= 6 and not len(said) % 2
    if not is_polygon and len(said) not in (4, 5):
        raise Misfit("unreadable", "The line is none of YOLO's.")
    if is_polygon:
        points = [each * (picture.height if place % 2 else picture.width) for place, each in enumerate(said)]
    else:
        x, y, width, height = said[:4]
        points = [
            (x - width / 2) * picture.width, (y - height / 2) * picture.height,
            (x + width / 2) * picture.width, (y + height / 2) * picture.height,
        ]  # fmt: skip
    return Shape(
        type="polygon" if is_polygon else "rectangle", occluded=False, points=points, frame=frame, label_id=rule.id,
        group=0, attributes=[],
    )  # fmt: skip
