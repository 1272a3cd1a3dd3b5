"""Files of pictures that nobody refers to: a process was killed between writing them and entering its row."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage

from quintet.core.clock import now
from quintet.services.masks.models import Batch, Picture

FOLDER = "pictures"
# Longer than any request or batch takes to enter what it wrote.
_LEFT_FOR = timedelta(days=1)
_AT_ONCE = 400


def drop_unknown_files() -> int:
    """Remove files older than a day that no row names; how many those were."""
    dropped = 0
    for names in _in_lots(_all_files()):
        known = {
            *Picture.objects.filter(original__in=names).values_list("original", flat=True),
            *Picture.objects.filter(thumbnail__in=names).values_list("thumbnail", flat=True),
            *Batch.objects.filter(archive__in=names).values_list("archive", flat=True),
        }
        for name in names:
            if name not in known and _is_old(name):
                default_storage.delete(name)
                dropped += 1
    return dropped


def _all_files() -> Iterator[str]:
    for owner in _listed(FOLDER)[0]:
        for file in _listed(f"{FOLDER}/{owner}")[1]:
            yield f"{FOLDER}/{owner}/{file}"


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return [], []


def _in_lots(names: Iterator[str]) -> Iterator[list[str]]:
    lot: list[str] = []
    for name in names:
        lot.append(name)
        if len(lot) == _AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot


def _is_old(name: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return default_storage.get_modified_time(name) < now() - _LEFT_FOR
    return False
