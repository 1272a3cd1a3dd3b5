"""YOLO 1.1: a text file per image, one rectangle per line, in shares of the image's sides."""

from collections.abc import Iterator

from quintet.services.annotation.errors import BadFile
from quintet.services.annotation.formats.document import Archive, Document, Figure, Picture, figures
from quintet.services.annotation.formats.reading import Parcel, Target, corners, whole
from quintet.services.annotation.shapes.marks import Marks, Shape, no_marks

_FOLDER = "obj_train_data"


def write(document: Document, archive: Archive) -> None:
    """Rectangles; also for frames without any there is a file."""
    names = [rule.name for rule in document.labels.values()]
    archive.write(
        "obj.data",
        f"classes = {len(names)}\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n",
    )
    archive.write("obj.names", "".join(f"{name}\n" for name in names))
    with archive.open("train.txt") as sink:
        for _, picture in document.shown():
            sink.write(f"data/{_FOLDER}/{_image_name(document, picture)}\n")
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
            left, top, right, bottom = figure.shape.points
            yield (
                f"{document.label_places[figure.label]} {(left + right) / 2 / picture.width:.6f} "
                f"{(top + bottom) / 2 / picture.height:.6f} {(right - left) / picture.width:.6f} "
                f"{(bottom - top) / picture.height:.6f}\n"
            )


def read(parcel: Parcel, target: Target) -> Marks:
    """Raises BadFile."""
    names = [line.strip() for line in parcel.text(parcel.find("obj.names")).splitlines() if line.strip()]
    rules = [target.label(name) for name in names]
    marks = no_marks()
    for name in parcel.names(".txt"):
        _, is_inside, inner = name.partition(f"{_FOLDER}/")
        if not is_inside or not (text := parcel.text(name).strip()):
            continue
        frame = target.frame_called(inner)
        picture = target.pictures[frame]
        for line in filter(str.strip, text.splitlines()):
            label, *shares = line.split()
            if len(shares) != 4 or whole(label) >= len(rules):
                raise BadFile(f"{name} has a line that is none of YOLO's.")
            x, y, width, height = corners(shares)
            points = [
                (x - width / 2) * picture.width, (y - height / 2) * picture.height,
                (x + width / 2) * picture.width, (y + height / 2) * picture.height,
            ]  # fmt: skip
            marks.shapes.append(
                Shape(
                    type="rectangle",
                    occluded=False,
                    points=points,
                    frame=frame,
                    label_id=rules[whole(label)].id,
                    group=0,
                    attributes=[],
                )
            )
    return marks
