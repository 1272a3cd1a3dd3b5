"""Pictures are looked at, kept for a while, and deleted."""

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.running import Work
from quintet.services.masks import conf
from quintet.services.masks.actions.picture_files import FOLDER, drop_unknown_files
from quintet.services.masks.actions.quotas import spend
from quintet.services.masks.actions.tallies import count_seen
from quintet.services.masks.errors import BadUpload, QuotaExhausted
from quintet.services.masks.models import Batch, Kind, Picture
from quintet.services.masks.queries import has_any_left, picture_detector, picture_of
from quintet.services.masks.rules import counts_of
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.pictures import BadPicture, encode_picture, open_picture

_THUMBNAIL_SIDE = 320
_ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture that was looked at: upright pixels, the format it came in, the faces on it, who found them."""

    pixels: Pixels
    format: str
    faces: tuple[Face, ...]
    model: str

    @property
    def width(self) -> int:
        """Pixels, upright."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels, upright."""
        return int(self.pixels.shape[0])

    @cached_property
    def drawn_pixels(self) -> Pixels:
        """The picture with its boxes; drawn once, for the answer and the thumbnail."""
        return draw_faces(self.pixels, self.faces)

    @cached_property
    def drawn(self) -> bytes:
        """The picture with its boxes, in the format it came in."""
        return encode_picture(self.drawn_pixels, self.format)  # type: ignore[arg-type]  # as opened


def look_at(content: bytes) -> Seen:
    """Decode a picture and find its faces; touches neither the store nor the database. Raises BadUpload."""
    try:
        picture = open_picture(content)
    except BadPicture as bad:
        raise BadUpload(str(bad)) from bad
    detector = picture_detector()
    return Seen(picture.pixels, picture.format, tuple(detector.detect(picture.pixels)), detector.model.name)


def calculate_picture(owner: User, *, name: str, content: bytes) -> Seen:
    """Find the faces of a picture and keep it in the person's history. Costs one picture, if it succeeds.

    It is spent when the work is done, by one conditional update: a refusal, a failure or a killed process has cost
    nothing, and no refund can be forgotten. Raises QuotaExhausted, BadUpload.
    """
    if not has_any_left(owner, Kind.PICTURES):
        raise QuotaExhausted("no pictures left")
    seen = look_at(content)
    # Drawn and encoded before anything is spent: what fails must fail for nothing.
    _ = seen.drawn
    row = Picture(owner=owner, name=name[:255], state=Picture.WAITING)
    if not conf.KEEP_PICTURES_DAYS.value:
        with transaction.atomic():
            _spend_and_count(row, seen)
        return seen
    with stored(owner.pk, content, _ENDINGS[seen.format]) as original, stored_thumbnail(owner.pk, seen) as thumbnail:
        row.original, row.thumbnail = original, thumbnail
        with transaction.atomic():
            _spend_and_count(row, seen)
            describe(row, seen)
            row.save(force_insert=True)
    return seen


def finish(row: Picture, seen: Seen, thumbnail: str) -> bool:
    """A waiting picture of a batch has been looked at: it is spent and counted now, once, whoever else tries.

    False when the thumbnail is not needed: somebody else was faster, or no quota was left and the picture is refused.
    """
    with transaction.atomic():
        held = Picture.objects.select_for_update().filter(pk=row.pk, state=Picture.WAITING).first()
        if held is None:
            return False
        try:
            with transaction.atomic():
                _spend_and_count(held, seen)
        except QuotaExhausted:
            refuse(held, "no pictures left")
            return False
        held.thumbnail = thumbnail
        describe(held, seen)
        held.save()
    return True


def refuse(row: Picture, reason: str) -> None:
    """The picture came to nothing and cost nothing; its file goes."""
    name = row.original
    changed = Picture.objects.filter(pk=row.pk, state=Picture.WAITING).update(
        state=Picture.REFUSED, reason=reason[:200], original=""
    )
    if changed and name:
        transaction.on_commit(partial(default_storage.delete, name))


def _spend_and_count(row: Picture, seen: Seen) -> None:
    spend(row.owner, Kind.PICTURES, reason="picture")
    counts = counts_of(face.wearing for face in seen.faces)
    count_seen(owner_id=row.owner_id, source="picture", at=now(), looked=1, counts=counts)


def describe(row: Picture, seen: Seen) -> None:
    """Write what was seen into the row; it is not saved yet."""
    row.state, row.format, row.width, row.height = Picture.DONE, seen.format, seen.width, seen.height
    row.faces = [
        {
            "box": [round(float(side), 1) for side in face.box],
            "class": face.wearing,
            "score": round(float(face.score), 4),
        }
        for face in seen.faces
    ]
    for name, count in counts_of(face.wearing for face in seen.faces).items():
        setattr(row, name, count)
    row.model = seen.model


@contextmanager
def stored(owner_id: int, content: bytes, ending: str) -> Iterator[str]:
    """The content under a name nobody can guess; taken away again when the block fails: no file without a row."""
    name = default_storage.save(f"{FOLDER}/{owner_id}/{secrets.token_hex(16)}.{ending}", ContentFile(content))
    try:
        yield name
    except BaseException:
        default_storage.delete(name)
        raise


@contextmanager
def stored_thumbnail(owner_id: int, seen: Seen) -> Iterator[str]:
    """A small picture with its boxes drawn, for lists."""
    image = Image.fromarray(seen.drawn_pixels)
    image.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    with stored(owner_id, out.getvalue(), "jpg") as name:
        yield name


def draw_kept_picture(row: Picture) -> bytes:
    """The kept original with the kept boxes, in its own format. Raises FileNotFoundError when the original is gone."""
    with default_storage.open(row.original) as file:
        picture = open_picture(file.read())
    faces = [_face(kept) for kept in row.faces]
    return encode_picture(draw_faces(picture.pixels, faces), picture.format)


def _face(kept: dict[str, Any]) -> Face:
    x1, y1, x2, y2 = kept["box"]
    return Face(x1, y1, x2, y2, kept["class"], kept["score"])


def delete_picture(owner: User, picture_id: int) -> None:
    """Forget a picture, its files included; what was counted stays counted. Raises NotFound."""
    _forget([picture_of(owner, picture_id)])


def _forget(rows: list[Picture]) -> None:
    names = [name for row in rows for name in (row.original, row.thumbnail) if name]
    with transaction.atomic():
        Picture.objects.filter(pk__in=[row.pk for row in rows]).delete()
        # After the rows: a file without a row is rubbish, a row without its file is a lie.
        for name in names:
            transaction.on_commit(partial(default_storage.delete, name))


@deferred("masks.drop_old_pictures")
def drop_old_pictures(work: Work) -> dict[str, int]:
    """Forget what is older than MASKS_KEEP_PICTURES_DAYS, and what killed processes left behind."""
    limit = now() - timedelta(days=conf.KEEP_PICTURES_DAYS.value)
    old = Picture.objects.filter(created_at__lt=limit)
    dropped = 0
    while rows := list(old.exclude(state=Picture.WAITING).only("id", "original", "thumbnail")[:200]):
        _forget(rows)
        dropped += len(rows)
        work.progress(dropped)
    # Of a batch whose pictures are gone there is nothing left to tell.
    Batch.objects.filter(created_at__lt=limit, pictures=None, archive="").delete()
    return {"dropped": dropped, "unknown_files": drop_unknown_files()}


every("masks.drop_old_pictures", daily_at="03:20")
