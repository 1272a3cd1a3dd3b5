"""Where the files of videos lie: in the store, and on this machine while somebody works on them."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage, storages

# In the store: a folder for each video, and where uploads come in and workers work.
FOLDER, WORKPLACE = "videos", "videos-in-hand"


def store() -> Storage:
    """Behind the lazy object that Django gives."""
    return storages["default"]


def workplace() -> Path:
    """A folder of this machine for files in hand: in the store where that is a folder, so that they are moved into it
    rather than copied."""
    held = store()
    if not isinstance(held, FileSystemStorage):
        return Path(tempfile.gettempdir())
    place = Path(held.path(WORKPLACE))
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for one attempt, gone at the end; what is left of a worker that died goes in a later round."""
    with tempfile.TemporaryDirectory(prefix="part-", dir=workplace(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def local(name: str, folder: Path) -> Iterator[Path]:
    """A file of the store as a path: its own where the store is a folder, else a copy in `folder`.

    Raises FileNotFoundError.
    """
    held = store()
    if isinstance(held, FileSystemStorage):
        yield Path(held.path(name))
        return
    copy = folder / f"copy-{os.urandom(4).hex()}"
    with held.open(name) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


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
    if not isinstance(store(), FileSystemStorage):
        return
    limit = time.time() - seconds
    for left in workplace().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < limit:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
