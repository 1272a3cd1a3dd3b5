"""Pictures that people upload to be shown again: decoded, limited, written anew under a name nobody can guess."""

import io
import secrets
import string
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps

from quintet.core.errors import BadInput, TooLarge

_LETTERS = string.ascii_letters + string.digits
_KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "png", "BMP": "png"}


class NotAPicture(BadInput):
    """The file is no picture that can be decoded."""


def read_shown_picture(
    upload: "UploadedFile[bytes]", *, field: str, max_bytes: int, max_pixels: int, max_side: int
) -> "ContentFile[bytes]":
    """Decode an uploaded picture and write it anew: upright, without metadata, at most `max_side` pixels long.

    JPEG, PNG and WebP stay what they are; GIF and BMP become PNG. SVG is no picture here.
    Raises NotAPicture or TooLarge, naming `field`. The size is read from the header before anything is decoded.
    """
    if (upload.size or 0) > max_bytes:
        raise TooLarge(fields={field: [f"The file is larger than {max_bytes} bytes."]})
    try:
        with Image.open(upload, formats=list(_KINDS)) as picture:
            if picture.width * picture.height > max_pixels:
                raise TooLarge(fields={field: [f"The picture has more than {max_pixels} pixels."]})
            kind = picture.format or ""
            # First small, then upright: a JPEG is then decoded at a fraction of its size.
            picture.thumbnail((max_side, max_side))
            upright = ImageOps.exif_transpose(picture)
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            shown = upright.convert("RGBA" if has_alpha and _KINDS[kind] != "jpg" else "RGB")
            # Pillow would write comments and profiles again that it found.
            shown.info.clear()
            written = io.BytesIO()
            shown.save(written, "JPEG" if _KINDS[kind] == "jpg" else _KINDS[kind].upper(), quality=88)
    except (TooLarge, MemoryError):
        raise
    # Pillow's decoders raise whatever a broken file drives them to; each means that this is no picture.
    except Exception as broken:
        said = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
        raise NotAPicture(fields={field: [said]}) from broken
    return ContentFile(written.getvalue(), name=_suffixed(upload.name or "picture", _KINDS[kind]))


def _suffixed(name: str, ending: str) -> str:
    """`potato.jpg` -> `potato_BDaNlVJ.jpg`; letters of any script stay, all else goes."""
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in PurePosixPath(name.replace("\\", "/")).stem)[:60]
    return f"{stem or 'picture'}_{''.join(secrets.choice(_LETTERS) for _ in range(7))}.{ending}"
