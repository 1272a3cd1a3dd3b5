"""The folder of this machine whose files can be made tasks of. Nothing outside of it is ever reached."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from quintet.core.wire import is_storable
from quintet.services.annotation import conf
from quintet.services.annotation.media.errors import BadMedia
from quintet.services.annotation.media.kinds import IMAGE, kind_of


class NoDirectory(ValueError):
    """There is no such folder on the share."""


def listing(directory: str) -> list[tuple[str, bool]]:
    """Names in a folder of the share, and whether each is a folder. Raises NoDirectory.

    Without a share its root is an empty folder.
    """
    if not conf.SHARE.value and not directory.strip("/"):
        return []
    place = _inside(directory)
    if place is None or not place.is_dir():
        raise NoDirectory(directory)
    return sorted(
        (found.name, found.is_dir()) for found in place.iterdir() if is_storable(found.name) and _is_ours(found)
    )


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(Path(conf.SHARE.value).resolve())


def _inside(name: str) -> Path | None:
    if not conf.SHARE.value or "\x00" in name or not is_storable(name):
        return None
    path = (Path(conf.SHARE.value) / name.strip("/")).resolve()
    return path if path.is_relative_to(Path(conf.SHARE.value).resolve()) else None


def path_on_share(name: str) -> Path:
    """A file or folder of the share. Raises BadMedia, in CVAT's words."""
    if ".." in Path(name).parts:
        raise BadMedia("ValueError: Don't use '..' inside file paths")
    path = _inside(name)
    if path is None or not path.exists():
        raise BadMedia(f"FileNotFoundError: No such file or directory: '{name.strip('/')}'")
    return path


def without_outer_folders(names: Sequence[str]) -> list[str]:
    """The names, but for folders of which something inside is named too.

    >>> without_outer_folders(["/a/", "a/b.jpg", "c"])
    ['a/b.jpg', 'c']
    """
    plain = sorted({name.strip("/") for name in names})
    return [name for name in plain if not any(other != name and other.startswith(f"{name}/") for other in plain)]


def holds_at_most(folder: Path, count: int) -> bool:
    """Whether no more lies in it, all the way down; not counted further than that."""
    return sum(1 for _ in itertools.islice(folder.rglob("*"), count + 1)) <= count


def pictures_in(folder: str) -> Iterator[str]:
    """Every picture in a folder of the share and in those inside it, by its path on the share."""
    place, root = path_on_share(folder), Path(conf.SHARE.value).resolve()
    for path in sorted(place.rglob("*")):
        if path.is_file() and kind_of(path.name) == IMAGE and _is_ours(path) and is_storable(str(path)):
            yield str(path.relative_to(root))
