"""Pictures: how large they are, and how they look as JPEG."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.media.turns import Upright, turn_of, turned

_BROKEN = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError)
_PREVIEW_SIDE = 256
# Whatever the name says: some other formats are programs, for which others would be started.
_FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "WEBP", "TIFF", "PPM", "JPEG2000", "PCX", "SGI", "ICO", "AVIF", "TGA")


def size_of(path: Path, name: str) -> tuple[int, int]:
    """Width and height, from the header alone. Raises BadMedia."""
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            return picture.size
    except _BROKEN as broken:
        raise BadMedia(f"ValueError: {name} is no picture that can be read") from broken


def as_jpeg(content: bytes, quality: int) -> bytes:
    """The picture in its own size. Raises NoFrame when it cannot be decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            return written(_eight_bits(picture), quality)
    except _BROKEN as broken:
        raise NoFrame("the picture is damaged") from broken


def kind_of(content: bytes) -> str:
    """Which format it is, by Pillow's name; a phone's burst is a JPEG. Raises NoFrame."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            return picture.format or ""
    except _BROKEN as broken:
        raise NoFrame("the picture is damaged") from broken


def upright(content: bytes) -> Upright:
    """The picture as people see it. Raises NoFrame when it cannot be decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            turn = turn_of(picture)
            return turned(_eight_bits(picture), turn)
    except _BROKEN as broken:
        raise NoFrame("the picture is damaged") from broken


def preview(content: bytes) -> bytes:
    """A small JPEG, at most 256 pixels on a side. Raises NoFrame."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            # A JPEG is decoded at a fraction of its size.
            picture.draft("RGB", (2 * _PREVIEW_SIDE, 2 * _PREVIEW_SIDE))
            return small(_eight_bits(picture))
    except _BROKEN as broken:
        raise NoFrame("the picture is damaged") from broken


def small(picture: Image.Image) -> bytes:
    """A picture in hand as a preview."""
    picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
    return written(picture, 75)


def written(picture: Image.Image, quality: int) -> bytes:
    """An RGB picture as JPEG."""
    target = io.BytesIO()
    # Pillow takes 0 for "whatever you like".
    picture.save(target, "JPEG", quality=max(1, quality))
    return target.getvalue()


def as_png(picture: Image.Image) -> bytes:
    """Without loss, and quickly rather than small."""
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;"):
        # Measurements rather than colours: the brightest becomes white.
        values = np.asarray(picture, dtype=np.float64)
        most = float(values.max()) or 1.0
        return Image.fromarray((np.clip(values / most, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    return picture.convert("RGB")
