"""What opens as a picture, how it comes out, and what is refused."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.pictures import (
    MOST_PIXELS,
    BadPicture,
    Format,
    encode_picture,
    open_picture,
    webp_sides,
)

Colour = tuple[int, int, int]

RED, GREEN, BLUE, GREY = (220, 20, 20), (20, 200, 20), (20, 20, 220), (128, 128, 128)


def make_quarters(width: int = 64, height: int = 32) -> PIL.Image.Image:
    """Red and green above, blue and grey below: no two corners are alike, so every turn shows."""
    image = PIL.Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(GREY, (width // 2, height // 2, width, height))
    return image


def make_file(image: PIL.Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def make_png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is and then says no more."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, data, b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def corners(pixels: Pixels) -> list[Colour]:
    """The colours near top left, top right, bottom left and bottom right, to the nearest of our four."""
    named = (RED, GREEN, BLUE, GREY)
    height, width = pixels.shape[:2]
    near = [pixels[y, x].astype(int) for y in (height // 8, -height // 8) for x in (width // 8, -width // 8)]
    return [named[int(np.abs(np.array(named) - colour).sum(1).argmin())] for colour in near]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_its_format_and_its_pixels(kind: Format) -> None:
    picture = open_picture(make_file(make_quarters(), kind))

    assert picture.format == kind
    assert picture.pixels.shape == (32, 64, 3)
    assert picture.pixels.dtype == np.uint8
    assert corners(picture.pixels) == [RED, GREEN, BLUE, GREY]


@pytest.mark.parametrize("kind", ["BMP", "GIF"])
def test_kinds_that_browsers_send_rarely_are_answered_as_png(kind: str) -> None:
    picture = open_picture(make_file(make_quarters(), kind))

    assert picture.format == "PNG"
    assert corners(picture.pixels) == [RED, GREEN, BLUE, GREY]


def test_an_open_file_will_do_as_well_as_bytes() -> None:
    assert open_picture(BytesIO(make_file(make_quarters()))).pixels.shape == (32, 64, 3)


def test_only_the_first_frame_of_an_animation_counts() -> None:
    frames = [make_quarters(), PIL.Image.new("RGB", (64, 32), GREY)]
    moving = make_file(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert corners(open_picture(moving).pixels) == [RED, GREEN, BLUE, GREY]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, GREEN, BLUE, GREY]),
        (2, [GREEN, RED, GREY, BLUE]),
        (3, [GREY, BLUE, GREEN, RED]),
        (4, [BLUE, GREY, RED, GREEN]),
        (5, [RED, BLUE, GREEN, GREY]),
        (6, [BLUE, RED, GREY, GREEN]),
        (7, [GREY, GREEN, BLUE, RED]),
        (8, [GREEN, GREY, RED, BLUE]),
    ],
)
def test_a_camera_held_sideways_gives_an_upright_picture(
    kind: Format, orientation: int, expected: list[Colour]
) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation

    pixels = open_picture(make_file(make_quarters(), kind, exif=exif)).pixels

    assert pixels.shape == ((64, 32, 3) if orientation >= 5 else (32, 64, 3))
    assert corners(pixels) == expected


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_garbled_camera_note_does_not_cost_the_picture() -> None:
    picture = open_picture(make_file(make_quarters(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"))

    assert corners(picture.pixels) == [RED, GREEN, BLUE, GREY]


def test_what_was_transparent_becomes_white() -> None:
    image = make_quarters().convert("RGBA")
    image.paste((255, 0, 0, 0), (0, 0, 32, 32))

    pixels = open_picture(make_file(image)).pixels

    assert tuple(pixels[8, 8]) == (255, 255, 255)
    assert tuple(pixels[8, 48]) == GREEN


def test_a_palette_with_one_transparent_colour_is_flattened_too() -> None:
    image = make_quarters().quantize(4)
    hole = image.getpixel((2, 2))

    pixels = open_picture(make_file(image, "PNG", transparency=hole)).pixels

    assert tuple(pixels[2, 2]) == (255, 255, 255)
    assert corners(pixels)[1:] == [GREEN, BLUE, GREY]


def test_sixteen_bit_grey_is_brought_down_and_not_clipped() -> None:
    deep = np.linspace(0, 0xFFFF, 256).astype(np.uint16)[None].repeat(4, 0)

    pixels = open_picture(make_file(PIL.Image.fromarray(deep))).pixels

    assert pixels.shape == (4, 256, 3)
    assert list(pixels[0, ::51, 0]) == [0, 51, 102, 153, 204, 255]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_every_colour_mode_comes_out_as_rgb(mode: str) -> None:
    pixels = open_picture(make_file(make_quarters().convert(mode))).pixels

    assert pixels.shape == (32, 64, 3)


def test_print_colours_come_out_as_they_look() -> None:
    assert corners(open_picture(make_file(make_quarters().convert("CMYK"), "JPEG")).pixels) == [RED, GREEN, BLUE, GREY]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_file_is_refused(kind: Format, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    whole = make_file(PIL.Image.fromarray(noise), kind)

    assert open_picture(whole).pixels.shape == (64, 64, 3)
    with pytest.raises(BadPicture):
        open_picture(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, I was renamed to .jpg",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"%PDF-1.7\n1 0 obj",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(1000),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        open_picture(content)


def test_kinds_that_nobody_takes_pictures_in_are_refused() -> None:
    with pytest.raises(BadPicture):
        open_picture(make_file(make_quarters(), "TIFF"))


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (10_000, 5_001), (2**31 - 1, 1)])
def test_a_picture_too_large_is_refused_by_its_header_alone(width: int, height: int) -> None:
    with pytest.raises(BadPicture, match="more than 50 million"):
        open_picture(make_png_header(width, height))


def test_a_picture_of_just_the_allowed_size_passes_the_header() -> None:
    width = MOST_PIXELS // 5000

    with pytest.raises(BadPicture, match="damaged"):  # by the missing pixels, not by the size
        open_picture(make_png_header(width, 5000))


@pytest.mark.parametrize(
    "head",
    [
        b"VP8X" + struct.pack("<IB3x", 10, 0) + (16382).to_bytes(3, "little") * 2,
        b"VP8L" + struct.pack("<IB", 20, 0x2F) + (16382 | 16382 << 14).to_bytes(4, "little") + bytes(8),
        b"VP8 " + struct.pack("<I", 20) + bytes(6) + struct.pack("<HH", 16383, 16383),
    ],
)
def test_a_webp_too_large_is_refused_before_its_canvas_is_set_up(head: bytes) -> None:
    with pytest.raises(BadPicture, match="16383 x 16383"):
        open_picture(b"RIFF" + struct.pack("<I", 100) + b"WEBP" + head + bytes(40))


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}, {"quality": 80, "exif": b"Exif\x00\x00"}])
def test_the_size_in_a_webp_header_is_read_as_its_writer_meant(options: dict[str, object]) -> None:
    assert webp_sides(make_file(make_quarters(70, 30), "WEBP", **options)) == (70, 30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_written_opens_again_in_the_same_format(kind: Format) -> None:
    pixels = np.array(make_quarters())

    again = open_picture(encode_picture(pixels, kind))

    assert again.format == kind
    assert np.abs(again.pixels.astype(int) - pixels).mean() < 6


def test_a_format_that_is_never_answered_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="TIFF"):
        encode_picture(np.array(make_quarters()), "TIFF")  # type: ignore[arg-type]
