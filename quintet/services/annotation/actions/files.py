"""Where the files of tasks lie: in the store, a folder for each task's data."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage

from quintet.core import files as core_files
from quintet.core.files import store as store

FOLDER, WORKPLACE, PIECES = "annotation", "annotation-in-hand", "annotation-pieces"


def workplace() -> Path:
    """A folder of this machine for files in hand."""
    return core_files.workplace(WORKPLACE)


def pieces_place() -> Path:
    """A folder of this machine for files that come in pieces: in the store where that is a folder, else in the data
    folder, so that they outlive a restart."""
    if is_on_this_machine():
        return core_files.workplace(PIECES)
    place = Path(settings.DATA) / PIECES
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def borrow(path: Path, into: Path) -> Path:
    """The same file under a name in `into` that may be put into the store, while the first name stays."""
    if not is_on_this_machine():
        # What is put into such a store is copied.
        return path
    try:
        os.link(path, into)
    except OSError:
        # There are disks without links.
        shutil.copyfile(path, into)
    return into


def own_folder() -> AbstractContextManager[Path]:
    """A folder for one attempt, gone at the end."""
    return core_files.own_folder(WORKPLACE, prefix="upload-")


def put(path: Path, folder: str, name: str) -> None:
    """Move a file of this machine into the folder of a task's data, over what has the name there."""
    held, whole = store(), f"{FOLDER}/{folder}/{name}"
    if isinstance(held, FileSystemStorage):
        target = Path(held.path(whole))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
        return
    held.delete(whole)
    with path.open("rb") as opened:
        held.save(whole, File(opened))


def is_on_this_machine() -> bool:
    """Whether the store is a folder of this machine."""
    return isinstance(store(), FileSystemStorage)


def copy(folder: str, name: str, target: Path) -> None:
    """Copy a file of a task's data to this machine. Raises FileNotFoundError."""
    with store().open(f"{FOLDER}/{folder}/{name}") as source, target.open("wb") as written:
        shutil.copyfileobj(source, written, 1024 * 1024)


@contextmanager
def local(folder: str, name: str) -> Iterator[Path]:
    """A file of a task's data as a path: its own where the store is a folder, else a copy for as long as it is used.

    Raises FileNotFoundError.
    """
    held, whole = store(), f"{FOLDER}/{folder}/{name}"
    if isinstance(held, FileSystemStorage):
        # As core.files would, without making a folder for a copy that nobody needs.
        yield Path(held.path(whole))
        return
    with own_folder() as place, core_files.local_file(whole, place) as path:
        yield path


def read(folder: str, name: str) -> bytes:
    """A whole file of a task's data. Raises FileNotFoundError."""
    held, whole = store(), f"{FOLDER}/{folder}/{name}"
    if isinstance(held, FileSystemStorage):
        return Path(held.path(whole)).read_bytes()
    with held.open(whole) as opened:
        content: bytes = opened.read()
    return content


def remove(folder: str, name: str) -> None:
    """Remove one file of a task's data, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        store().delete(f"{FOLDER}/{folder}/{name}")


def remove_folder(folder: str) -> None:
    """Remove all files of a task's data, or of one upload of it (`folder/upload`)."""
    held = store()
    if isinstance(held, FileSystemStorage):
        shutil.rmtree(held.path(f"{FOLDER}/{folder}"), ignore_errors=True)
        return
    _remove_each(held, f"{FOLDER}/{folder}")


def _remove_each(held: Storage, folder: str) -> None:
    try:
        folders, names = held.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for inner in folders:
        _remove_each(held, f"{folder}/{inner}")
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            held.delete(f"{folder}/{name}")


def new_folder() -> str:
    """A name that nobody else has."""
    return os.urandom(16).hex()


def folders_older_than(seconds: float) -> list[str]:
    """Folders of tasks' data that were made so long ago; none where the store has no folders of its own."""
    held = store()
    if not isinstance(held, FileSystemStorage):
        return []
    limit, place = time.time() - seconds, Path(held.path(FOLDER))
    return [inner.name for inner in place.iterdir() if inner.stat().st_mtime < limit] if place.is_dir() else []


def clear_workplace(seconds: float) -> None:
    """Remove what uploads and workers that died left behind, when it is older than that."""
    core_files.clear_workplace(WORKPLACE, older_than_seconds=seconds)
