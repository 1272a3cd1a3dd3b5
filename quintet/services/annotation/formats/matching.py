"""Which frame a name in a file means."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from quintet.services.annotation.formats.document import Picture

# Of a frame's name; what is longer is none, and costs nothing.
_LONGEST = 1024
_NUMBER = re.compile(r"(?:frame_)?([0-9]{1,9})")


class FrameNames:
    """Frames by their whole names, by these without ending, by the last parts of either where they are one frame's
    alone, and by number in the source."""

    def __init__(self, pictures: Sequence[Picture], *, start: int, step: int) -> None:
        self._count, self._start, self._step = len(pictures), start, step
        self._names: dict[str, int] = {}
        # None: several have it.
        self._stems: dict[str, int | None] = {}
        self._ends: dict[str, int | None] = {}
        for frame, picture in enumerate(pictures):
            self._names[picture.name] = frame
            self._stems[picture.stem] = None if picture.stem in self._stems else frame
            for end in {*_ends(picture.name), *_ends(picture.stem)} - {picture.name, picture.stem}:
                self._ends[end] = None if end in self._ends else frame

    def find(self, name: str) -> tuple[int, str] | None:
        """The frame and how it was found: by `name`, `stem`, `end` or `number`; the best way goes first.

        >>> names = FrameNames([Picture("day/a.jpg", 4, 3), Picture("night/a.jpg", 4, 3)], start=10, step=5)
        >>> names.find("day/a.jpg"), names.find("day/a.xml"), names.find("all/night/a.jpg"), names.find("15.txt")
        ((0, 'name'), (0, 'stem'), (1, 'end'), (1, 'number'))
        >>> names.find("a.jpg")
        """
        path = plain(name[: _LONGEST + 1])
        if len(path) > _LONGEST:
            return None
        if (frame := self._names.get(path)) is not None:
            return frame, "name"
        for stem in (path, without_ending(path)):
            if (found := self._stems.get(stem)) is not None:
                return found, "stem"
        if (found := self._by_end(path)) is not None:
            return found, "end"
        said = _NUMBER.fullmatch(PurePosixPath(path).stem)
        numbered = self.numbered(int(said[1])) if said is not None and not self.is_ambiguous(path) else None
        return None if numbered is None else (numbered, "number")

    def _by_end(self, path: str) -> int | None:
        ways = (way for end in _ends(path) for way in (end, without_ending(end)))
        known = ((names, way) for way in ways for names in (self._names, self._stems, self._ends))
        return next((found for names, way in known if (found := names.get(way)) is not None), None)

    def is_ambiguous(self, name: str) -> bool:
        """Whether several frames could be meant."""
        path = PurePosixPath(plain(name[:_LONGEST]))
        return any(known.get(way, 0) is None for known in (self._stems, self._ends) for way in (path.name, path.stem))

    def numbered(self, source: int) -> int | None:
        """The frame with a number of its source; None when the task has left it out."""
        frame, rest = divmod(source - self._start, self._step)
        return None if rest or not 0 <= frame < self._count else frame


def plain(name: str) -> str:
    """With slashes of one kind, and nothing before the first name.

    >>> plain(".\\\\a\\\\b.png"), plain("/a/b.png")
    ('a/b.png', 'a/b.png')
    """
    return str(PurePosixPath(name.replace("\\", "/"))).lstrip("/")


def without_ending(path: str) -> str:
    """The path without the ending of its last name."""
    last = path.rpartition("/")[2]
    return path.rpartition(".")[0] if "." in last.lstrip(".") else path


def _ends(path: str) -> Iterator[str]:
    """The path, and what is left when folders are taken away at its beginning, one after the other."""
    parts = path.split("/")
    return ("/".join(parts[place:]) for place in range(len(parts)))
