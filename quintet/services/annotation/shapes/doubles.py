"""What is there already, so that an import need not bring it once more."""

from collections.abc import Iterable, Iterator, Sequence

from quintet.services.annotation.shapes.between import keyframes, seen
from quintet.services.annotation.shapes.figures import numbers_of
from quintet.services.annotation.shapes.marks import Keyframe, Marks, Shape, no_marks

# Files have two decimals; what was added to another number has the mistakes of both.
_NEAR = 0.01 + 1e-6
_Place = tuple[int, int, str, int]


def without_doubles(marks: Marks, there: Marks, *, last: int) -> Marks:
    """Those that are not there: no tag with the same label on the frame, no figure (of a track either) with the same
    label and form there and points within a hundredth of a pixel, no track that shows the same on all frames.

    last   the task's last frame
    """
    found = no_marks(marks.version)
    tags = {(tag.frame, tag.label_id) for tag in there.tags}
    found.tags = [tag for tag in marks.tags if (tag.frame, tag.label_id) not in tags]
    if marks.shapes:
        figures = _Figures(_seen(there, {shape.frame for shape in marks.shapes}, last))
        found.shapes = [shape for shape in marks.shapes if not figures.have(shape.label_id, shape)]
    tracks: dict[tuple[int, int], list[list[Keyframe]]] = {}
    for track in there.tracks:
        ordered = keyframes(track)
        tracks.setdefault((track.label_id, ordered[0].frame), []).append(ordered)
    for track in marks.tracks:
        ordered = keyframes(track)
        candidates = tracks.get((track.label_id, ordered[0].frame), ())
        if not any(_are_same(ordered, one, last) for one in candidates):
            found.tracks.append(track)
    return found


def _seen(there: Marks, frames: set[int], last: int) -> Iterator[tuple[int, Shape | Keyframe]]:
    for shape in there.shapes:
        yield shape.label_id, shape
    for track in there.tracks:
        for keyframe, _ in seen(keyframes(track), 0, last):
            if keyframe.frame in frames:
                yield track.label_id, keyframe


class _Figures:
    """Figures by label, frame, form and number of points, and by where they begin."""

    def __init__(self, figures: Iterable[tuple[int, Shape | Keyframe]]) -> None:
        self._by_place: dict[tuple[_Place, int], list[Shape | Keyframe]] = {}
        for label, figure in figures:
            self._by_place.setdefault((_place(label, figure), int(numbers_of(figure)[0] // 1)), []).append(figure)

    def have(self, label: int, figure: Shape) -> bool:
        """Whether one is the same."""
        first, place = numbers_of(figure)[0], _place(label, figure)
        return any(
            _is_near(figure, other)
            for begin in {int((first - _NEAR) // 1), int((first + _NEAR) // 1)}
            for other in self._by_place.get((place, begin), ())
        )


def _place(label: int, figure: Shape | Keyframe) -> _Place:
    return label, figure.frame, figure.type, len(numbers_of(figure))


def _is_near(one: Shape | Keyframe, other: Shape | Keyframe) -> bool:
    first, second = numbers_of(one), numbers_of(other)
    if one.type != other.type or len(first) != len(second):
        return False
    return all(abs(a - b) <= _NEAR for a, b in zip(first, second, strict=True))


def _are_same(ones: Sequence[Keyframe], others: Sequence[Keyframe], last: int) -> bool:
    """Compared by what is seen: where a job begins, a track that was cut there has a keyframe more."""
    if not _is_near(ones[0], others[0]):
        return False
    return _show_same(ones, others) or _show_same(_shown(ones, last), _shown(others, last))


def _shown(ordered: Sequence[Keyframe], last: int) -> list[Keyframe]:
    return [shape for shape, _ in seen(ordered, 0, last)]


def _show_same(ones: Sequence[Keyframe], others: Sequence[Keyframe]) -> bool:
    return len(ones) == len(others) and all(
        a.frame == b.frame and a.outside == b.outside and _is_near(a, b) for a, b in zip(ones, others, strict=True)
    )
