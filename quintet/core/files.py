"""Files of the store while somebody works on them: as paths of this machine, whatever the store is."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage, storages


def store() -> Storage:
    """Behind the lazy object that Django gives."""
    return storages["default"]


def workplace(name: str) -> Path:
    """A folder of this machine for files in hand: in the store where that is a folder, so that they are moved into it
    rather than copied."""
    held = store()
    if not isinstance(held, FileSystemStorage):
        return Path(tempfile.gettempdir())
    place = Path(held.path(name))
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


@contextmanager
def own_folder(place: str, *, prefix: str) -> Iterator[Path]:
    """A folder for one attempt in a workplace, gone at the end; what is left of a worker that died goes with
    clear_workplace."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=workplace(place), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def local_file(name: str, folder: Path) -> Iterator[Path]:
    """A file of the store as a path: its own where the store is a folder, else a copy in `folder` while it is used.

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


def clear_workplace(place: str, *, older_than_seconds: float) -> None:
    """Remove what uploads and workers that died left behind, when it is older than that."""
    if not isinstance(store(), FileSystemStorage):
        return
    limit = time.time() - older_than_seconds
    for left in workplace(place).iterdir():
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < limit:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
