"""The pages of a PDF as pictures. PDFium bears one caller at a time."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image

from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.media.images import written

_SCALE = 200 / 72
# How much of a page a scan covers.
_COVERS = 0.95
_MOST_PIXELS = 80_000_000
_ORIGINAL_QUALITY = 95
_one_at_a_time = threading.Lock()


def page_sizes(path: Path, name: str) -> list[tuple[int, int]]:
    """Width and height of each page as a picture: a scanned page has its scan's, another 200 dots per inch.

    Raises BadMedia.
    """
    with _opened(path, name) as document:
        try:
            sizes = [_size(document[number]) for number in range(len(document))]
        except pypdfium2.PdfiumError as broken:
            raise BadMedia(f"ValueError: {name} is no PDF that can be read") from broken
    if not sizes:
        raise BadMedia("ValueError: No media data found")
    if any(width * height > _MOST_PIXELS for width, height in sizes):
        raise BadMedia(f"ValueError: a page of {name} is too large")
    return sizes


def _size(sheet: pypdfium2.PdfPage) -> tuple[int, int]:
    width, height = sheet.get_size()
    objects = list(itertools.islice(sheet.get_objects(max_depth=2), 2))
    if len(objects) == 1 and objects[0].type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE:
        left, bottom, right, top = objects[0].get_bounds()
        if (right - left) * (top - bottom) >= _COVERS * width * height:
            across, down = objects[0].get_px_size()
            return int(across), int(down)
    return max(1, round(width * _SCALE)), max(1, round(height * _SCALE))


@contextmanager
def _opened(path: Path, name: str) -> "Iterator[pypdfium2.PdfDocument]":
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(path)
        except (pypdfium2.PdfiumError, OSError) as broken:
            raise BadMedia(f"ValueError: {name} is no PDF that can be read") from broken
        try:
            yield document
        finally:
            document.close()


def page(path: Path, number: int, size: tuple[int, int]) -> Image.Image:
    """A page as a picture of exactly that size. Raises NoFrame."""
    try:
        with _opened(path, "the file") as document:
            sheet = document[number]
            drawn: Image.Image = sheet.render(scale=size[0] / sheet.get_width()).to_pil().convert("RGB")
    except (BadMedia, pypdfium2.PdfiumError, IndexError) as broken:
        raise NoFrame("the page cannot be drawn") from broken
    return drawn if drawn.size == size else drawn.resize(size)


def page_as_jpeg(path: Path, number: int, size: tuple[int, int]) -> bytes:
    """A page as its "original": JPEG of high quality."""
    return written(page(path, number, size), _ORIGINAL_QUALITY)
