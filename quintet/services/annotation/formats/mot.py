"""MOT 1.1: all rectangles in one table, a line for each frame of a track."""

import csv
import io
from collections.abc import Iterator

from msgspec.structs import replace

from quintet.services.annotation.errors import BadFile, Misfit
from quintet.services.annotation.formats.areas import upright_box
from quintet.services.annotation.formats.document import Archive, Document, figures
from quintet.services.annotation.formats.markup import one_line
from quintet.services.annotation.formats.reading import Parcel, Target, number, whole
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Shape, Track, no_marks


def write(document: Document, archive: Archive) -> None:
    """`gt/gt.txt`: frame and track from 1 (-1: of no track), box, 1, label from 1, visibility."""
    with archive.open("gt/gt.txt") as sink:
        for frame, on_frame in figures(document):
            for figure in on_frame:
                if figure.shape.type == "rectangle":
                    left, top, right, bottom = upright_box(figure.shape)
                    track = -1 if figure.track is None else figure.track + 1
                    sink.write(
                        f"{frame + 1},{track},{left:.6g},{top:.6g},{right - left:.6g},{bottom - top:.6g},1,"
                        f"{document.label_places[figure.label] + 1},{0.0 if figure.shape.occluded else 1.0}\n"
                    )
    archive.write("gt/labels.txt", "".join(f"{one_line(rule.name)}\n" for rule in document.labels.values()))
    for frame, ending, content in document.images():
        archive.write(f"img1/{frame + 1:06}{ending}", content, stored=True)


def read(parcel: Parcel, target: Target) -> Marks:
    """Raises BadFile."""
    names = [line.strip() for line in parcel.text(parcel.find("labels.txt")).splitlines() if line.strip()]
    marks = no_marks()
    tracks: dict[int, Track] = {}
    for place, row in enumerate(_rows(parcel.text(parcel.find("gt.txt")))):
        target.report.at(f"gt.txt, line {place + 1}")
        with target.report.bearing("shape"):
            _add(row, names, target, marks, tracks)
    for _, track in sorted(tracks.items()):
        shapes = list(with_gaps(sorted(track.shapes, key=lambda shape: shape.frame), len(target.pictures) - 1))
        marks.tracks.append(replace(track, frame=shapes[0].frame, shapes=shapes))
    return marks


def _add(row: list[str], names: list[str], target: Target, marks: Marks, tracks: dict[int, Track]) -> None:
    if len(row) < 8:
        raise Misfit("unreadable", "The line is none of MOT's.")
    frame, place = whole(row[0]) - 1, whole(row[7]) - 1
    if not 0 <= frame < len(target.pictures):
        raise Misfit("no_frame", f"The task has no frame {frame + 1}, counted from 1.")
    if not 0 <= place < len(names):
        raise Misfit("unknown_label", f"labels.txt has no line {place + 1}.")
    rule = target.label(names[place])
    left, top, width, height = (number(each) for each in row[2:6])
    points, is_hidden = [left, top, left + width, top + height], len(row) > 8 and number(row[8]) <= 0
    if (which := int(number(row[1]))) < 0:
        shape = Shape(
            type="rectangle", occluded=is_hidden, points=points, frame=frame, label_id=rule.id, group=0, attributes=[]
        )  # fmt: skip
        marks.shapes.append(shape)
        return
    keyframe = Keyframe(
        type="rectangle", occluded=is_hidden, points=points, frame=frame, outside=False, attributes=[]
    )  # fmt: skip
    fresh = Track(frame=frame, label_id=rule.id, group=0, shapes=[], attributes=[])
    tracks.setdefault(which, fresh).shapes.append(keyframe)


def _rows(text: str) -> Iterator[list[str]]:
    try:
        yield from filter(None, csv.reader(io.StringIO(text)))
    except csv.Error as broken:
        raise BadFile("gt.txt cannot be read.") from broken


def with_gaps(shapes: list[Keyframe], last: int) -> Iterator[Keyframe]:
    """Where a frame of a track is missing the thing is not to be seen: what comes from frames has keyframes alone."""
    for shape, following in zip(shapes, [*shapes[1:], None], strict=True):
        yield shape
        if shape.frame < last and (following is None or following.frame > shape.frame + 1):
            yield replace(shape, frame=shape.frame + 1, outside=True)
