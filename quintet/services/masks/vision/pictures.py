"""Opens what people upload as pictures, and refuses what is not one."""

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Literal

import numpy as np
import PIL.Image
from PIL.Image import Transpose

from quintet.services.masks.vision.letterbox import Pixels

Format = Literal["JPEG", "PNG", "WEBP"]

MOST_PIXELS = 50_000_000

# What is opened, and what it is answered as. A phone's burst or depth JPEG calls itself MPO.
ANSWERED_AS: dict[str, Format] = {
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "PNG": "PNG",
    "WEBP": "WEBP",
    "BMP": "PNG",
    "GIF": "PNG",
}
DECODERS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")

ORIENTATION = 0x0112
UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


class BadPicture(ValueError):
    """These bytes are no picture that we open: empty, cut, of another kind, or too large."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture.

    pixels  uint8 (height, width, 3), RGB, row 0 at the top
    format  what it came as, and goes back as
    """

    pixels: Pixels
    format: Format


def open_picture(data: bytes | BinaryIO) -> Picture:
    """Decode JPEG, PNG or WebP (or the first frame of GIF, or BMP, answered as PNG) and turn it upright.

    Transparent pixels are laid on white; deeper than eight bits is brought down to eight.

    Raises  BadPicture, before decoding where the header already says that it is too large
    """
    content = data if isinstance(data, bytes) else data.read()
    if not content:
        raise BadPicture("the file is empty")
    refuse_too_large(*webp_sides(content))
    try:
        with PIL.Image.open(BytesIO(content), formats=DECODERS) as image:
            refuse_too_large(*image.size)
            answered_as = ANSWERED_AS[image.format or ""]
            # Asked before decoding: afterwards some formats have forgotten it.
            turn = UPRIGHT.get(orientation_of(image))
            image.load()
            flat = flattened(image)
    except (BadPicture, MemoryError):
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as bomb:
        raise BadPicture(f"the picture has more than {MOST_PIXELS // 1_000_000} million pixels") from bomb
    except Exception as broken:
        # Decoders answer broken files with OSError, SyntaxError, struct.error, IndexError, and whatever comes next.
        raise BadPicture("the file is not a picture we open, or it is damaged") from broken
    if turn is not None:
        flat = flat.transpose(turn)
    return Picture(np.array(flat), answered_as)


def encode_picture(pixels: Pixels, format: Format) -> bytes:
    """Write a picture in one of the formats that pictures are answered as. Raises ValueError for another."""
    image, out = PIL.Image.fromarray(pixels), BytesIO()
    match format:
        case "JPEG":
            image.save(out, "JPEG", quality=92)
        case "PNG":
            image.save(out, "PNG", compress_level=3)  # a third of the time for a few more bytes
        case "WEBP":
            image.save(out, "WEBP", quality=90)
        case _:
            raise ValueError(f"pictures are not answered as {format!r}")
    return out.getvalue()


def refuse_too_large(width: int, height: int) -> None:
    """Raises BadPicture above the limit."""
    if width * height > MOST_PIXELS:
        raise BadPicture(f"{width} x {height} pixels are more than {MOST_PIXELS // 1_000_000} million")


def webp_sides(content: bytes) -> tuple[int, int]:
    """Width and height as a WebP header has them; 0, 0 for anything else.

    Pillow sets up its canvas while opening a WebP, before anyone could ask for the size.
    Source: RFC 9649, sections 2.5 to 2.7
    """
    head = content[:30]
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return 0, 0
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return (
                int.from_bytes(head[26:28], "little") & 0x3FFF,
                int.from_bytes(head[28:30], "little") & 0x3FFF,
            )
    return 0, 0


def orientation_of(image: PIL.Image.Image) -> int:
    """The EXIF orientation 1..8; upright when there is none, or the EXIF block is garbled."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a garbled camera note must not cost anyone the picture itself
        return 1


def flattened(image: PIL.Image.Image) -> PIL.Image.Image:
    """The picture as opaque eight-bit RGB."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.int64)
        return PIL.Image.fromarray((deep.clip(0, 0xFFFF) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        solid = image.convert("RGBA")
        white = PIL.Image.new("RGBA", solid.size, "white")
        return PIL.Image.alpha_composite(white, solid).convert("RGB")
    return image.convert("RGB")
