"""Files that come in pieces, until they are a task's data: begun, continued, used, given up."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, every
from quintet.core.errors import BadInput, NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files, pieces
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.errors import OffsetDiffers, OverLimit
from quintet.services.annotation.models import Resumable
from quintet.services.annotation.queries import Person

_MIB, _NO_LIMIT = 1024 * 1024, 2**63 - 1
_A_DAY_SECONDS = 24 * 3600.0
_NAMED = 5
_AT_ONCE = 5000


@dataclass(frozen=True)
class Piece:
    """What a request brings.

    offset     where it begins
    length     its bytes, if that was said beforehand
    size       of the whole file, where it is said only now
    checksum   name of the algorithm, and the sum
    """

    offset: int
    read: pieces.Read
    length: int | None = None
    size: int | None = None
    checksum: tuple[str, bytes] | None = None


def expires_at(row: Resumable) -> datetime:
    """When it is given up if nothing more comes."""
    return row.touched_at + timedelta(days=conf.RESUMABLE_DAYS.value)


def length_of(row: Resumable) -> int:
    """Bytes that are here. Raises NotFound when the file lies on another machine or nowhere."""
    return pieces.length_of(_path(row))


def begin(person: Person, task_id: int, *, name: str, metadata: str, size: int | None) -> Resumable:
    """A new file of no bytes yet. Raises OverLimit, naming the limit, and NotFound when the task is gone."""
    key, moment = os.urandom(16).hex(), now()
    place = files.pieces_place()
    if size is not None and size > pieces.room_left(place):
        raise OverLimit(f"The file has {size} bytes; the disk of this server has no room for so many.")
    pieces.make(place / key)
    try:
        with transaction.atomic():
            hold_task(task_id)
            _hold_person(person.user.pk)
            _refuse_too_large(size or 0, _most_of(person.user.pk))
            return Resumable.objects.create(
                key=key, task_id=task_id, person_id=person.user.pk, name=name, metadata=metadata, size=size,
                created_at=moment, touched_at=moment,
            )  # fmt: skip
    except BaseException:
        (place / key).unlink(missing_ok=True)
        raise


def _hold_person(person_id: int) -> None:
    # Two files that begin at once count each other. Rows that refer to the person may be written meanwhile.
    User.objects.select_for_update(no_key=True).filter(pk=person_id).first()


def proceed(row: Resumable, piece: Piece) -> int:
    """Put a piece behind what is there; where the file ends then. What came of a broken request is kept.

    Raises NotFound, OffsetDiffers, ChecksumDiffers, OverLimit, and BadInput for another size than before.
    """
    path = _path(row)
    end = pieces.length_now(path)
    if piece.offset != end:
        raise OffsetDiffers(end)
    if piece.size is not None:
        _settle(row, piece.size, end)
    most, over = (row.size, _past_the_end(row)) if row.size is not None else _most_of(row.person_id, but=row)
    if piece.length is not None and end + piece.length > most:
        raise over
    try:
        if piece.checksum is None:
            end = pieces.append(path, piece.read, at=end, most=most, over=over)
        else:
            end = pieces.append_checked(path, piece.read, at=end, most=most, over=over, checksum=piece.checksum)
    finally:
        _touch(row)
    return end


def _past_the_end(row: Resumable) -> OverLimit:
    return OverLimit(f"The file was said to have {row.size} bytes; these are more.")


def _settle(row: Resumable, size: int, end: int) -> None:
    if size < end or row.size not in (None, size):
        raise BadInput(f"The file has {end} bytes so far; it cannot have {size} in the end.")
    if row.size is None:
        with transaction.atomic():
            if row.person_id is not None:
                _hold_person(row.person_id)
            _refuse_too_large(size, _most_of(row.person_id, but=row))
            Resumable.objects.filter(pk=row.pk, size=None).update(size=size)
        row.size = size


def _refuse_too_large(size: int, limit: tuple[int, OverLimit]) -> None:
    if size > limit[0]:
        raise limit[1]


def _most_of(person_id: int | None, *, but: Resumable | None = None) -> tuple[int, OverLimit]:
    """How many bytes a file of theirs may have, and what is said of more."""
    for_one, for_all = conf.RESUMABLE_FILE_MB.value * _MIB, conf.RESUMABLE_PERSON_MB.value * _MIB
    left = _NO_LIMIT
    if for_all and person_id is not None:
        theirs = Resumable.objects.filter(person_id=person_id).exclude(pk=but.pk if but else 0)
        left = max(0, for_all - (theirs.aggregate(all=Sum(Coalesce("size", F("offset"))))["all"] or 0))
    if for_one and for_one <= left:
        said = f"A file may have {for_one} bytes here (QUINTET_ANNOTATION_RESUMABLE_FILE_MB)."
        return for_one, OverLimit(said)
    said = (
        f"Your files that are no task's data yet may have {for_all} bytes together, of which {left} are left "
        "(QUINTET_ANNOTATION_RESUMABLE_PERSON_MB)."
    )
    return left, OverLimit(said)


def _touch(row: Resumable) -> None:
    row.touched_at = now()
    row.offset = pieces.length_now(_path(row))
    if not Resumable.objects.filter(pk=row.pk).update(touched_at=row.touched_at, offset=row.offset):
        raise NotFound("somebody gave it up meanwhile")


def give_up(row: Resumable) -> None:
    """Forget a file and what came of it."""
    Resumable.objects.filter(pk=row.pk).delete()
    _path(row).unlink(missing_ok=True)


def whole_files(task_id: int, keys: Sequence[str], into: Path) -> list[tuple[str, Path]]:
    """Names and paths of these files, under names of their own in `into`; the files stay until `used`.

    Raises BadInput naming those that are not this task's, or not whole.
    """
    # All of the task's: of keys there may be more than a statement has places for.
    rows = {row.key: row for row in Resumable.objects.filter(task_id=task_id)} if keys else {}
    if missing := [key for key in keys if key not in rows]:
        raise _refused(f"This task has no such upload: {_some(missing)}.")
    if unfinished := [rows[key] for key in keys if not _is_whole(rows[key])]:
        raise _refused(f"Not whole yet: {_some([_how_far(row) for row in unfinished])}.")
    return [
        (rows[key].name, files.borrow(_path(rows[key]), into / f"whole-{place}")) for place, key in enumerate(keys)
    ]  # fmt: skip


def _refused(said: str) -> BadInput:
    return BadInput.of("resumable_files", said)


def _some(said: Sequence[str]) -> str:
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return ", ".join(each[:200] for each in said[:_NAMED]) + more


def _is_whole(row: Resumable) -> bool:
    try:
        return row.size is not None and _path(row).stat().st_size == row.size
    except FileNotFoundError:
        return False


def _how_far(row: Resumable) -> str:
    whole = "an unknown number of" if row.size is None else str(row.size)
    return f"{row.name} ({row.offset} of {whole} bytes)"


def used(keys: Sequence[str]) -> int:
    """These files are a task's data now; how many of them still waited for that. Needs a transaction."""
    count = 0
    for begin in range(0, len(keys), _AT_ONCE):
        count += Resumable.objects.filter(key__in=keys[begin : begin + _AT_ONCE]).delete()[0]
    _unlink_later(keys)
    return count


def forget_those_of(task_ids: Sequence[int]) -> None:
    """Remove what came for tasks that are being removed. Needs a transaction."""
    rows = Resumable.objects.filter(task_id__in=task_ids)
    keys = list(rows.values_list("key", flat=True))
    rows.delete()
    _unlink_later(keys)


def _unlink_later(keys: Sequence[str]) -> None:
    place = files.pieces_place() if keys else Path()
    for key in keys:
        transaction.on_commit(partial((place / key).unlink, missing_ok=True), robust=True)


def _path(row: Resumable) -> Path:
    return files.pieces_place() / row.key


@deferred("annotation.drop_resumables")
def drop_resumables(work: object) -> dict[str, int]:
    """Housekeeping: files of which nothing came for days, and bytes that no row knows."""
    limit, place = now() - timedelta(days=conf.RESUMABLE_DAYS.value), files.pieces_place()
    given_up = 0
    for row in Resumable.objects.filter(touched_at__lt=limit):
        # A piece may be on its way for days.
        if _changed_at(_path(row)) < limit.timestamp():
            give_up(row)
            given_up += 1
    known = set(Resumable.objects.values_list("key", flat=True))
    for left in place.iterdir():
        if left.name not in known and _changed_at(left) < time.time() - _A_DAY_SECONDS:
            left.unlink(missing_ok=True)
    return {"given_up": given_up}


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


every("annotation.drop_resumables", seconds=3600)
