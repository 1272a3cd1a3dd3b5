"""Where the files of videos lie: in the store, and on this machine while somebody works on them."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage, default_storage

from quintet.core import files as core_files
from quintet.core.files import store, workplace

# In the store: a folder for each video, and where uploads come in and workers work.
FOLDER, WORKPLACE = "videos", "videos-in-hand"


def video_workplace() -> Path:
    """Where uploads come in and workers work."""
    return workplace(WORKPLACE)


def local(name: str, folder: Path) -> AbstractContextManager[Path]:
    """A file of the store as a path; see core.files.local_file. Raises FileNotFoundError."""
    return core_files.local_file(name, folder)


def own_folder() -> AbstractContextManager[Path]:
    """A folder for one attempt, gone at the end; what is left of a worker that died goes in a later round."""
    return core_files.own_folder(WORKPLACE, prefix="part-")


class _Movable(File):  # type: ignore[type-arg]  # takes no type argument at run time
    """A file that the store may take away instead of copying it, as it does with uploads."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"))
        self._path = str(path)

    def temporary_file_path(self) -> str:
        return self._path


def put(path: Path, name: str) -> str:
    """Move a file of this machine into the store; returns the name it got there."""
    with _Movable(path) as file:
        return store().save(name, file)


def remove(name: str) -> None:
    """Remove a file of the store, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        default_storage.delete(name)


def remove_folder(folder: str, *, but: frozenset[str] = frozenset()) -> None:
    """Remove what lies in a folder of the store, and the folder when nothing is left; `but`: names that stay."""
    held = store()
    try:
        folders, files = held.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for inner in folders:
        remove_folder(f"{folder}/{inner}")
    for file in files:
        if file not in but:
            remove(f"{folder}/{file}")
    if not but:
        # Where the store has no folders there is none to remove.
        with contextlib.suppress(OSError):
            held.delete(folder)


def folders_older_than(seconds: float) -> list[str]:
    """Folders of videos in which nothing was changed for so long."""
    held = store()
    try:
        found = held.listdir(FOLDER)[0]
    except (FileNotFoundError, NotADirectoryError):
        return []
    limit = time.time() - seconds
    return [folder for folder in found if all(moment < limit for moment in _changed(held, f"{FOLDER}/{folder}"))]


def _changed(held: Storage, folder: str) -> Iterator[float]:
    folders, files = held.listdir(folder)
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            yield held.get_modified_time(f"{folder}/{file}").timestamp()
    for inner in folders:
        yield from _changed(held, f"{folder}/{inner}")


def clear_workplace(seconds: float) -> None:
    """Remove what uploads and workers that died left behind, when it is older than that."""
    core_files.clear_workplace(WORKPLACE, older_than_seconds=seconds)
