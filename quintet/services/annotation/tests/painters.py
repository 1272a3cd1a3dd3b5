"""A function that finds patches of pure colour, and pictures for it to look at."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageDraw

from quintet.services.annotation.rules.functions import (
    Finding,
    Function,
    FunctionFailed,
    Pixels,
    provide,
    withdraw,
)

RED, GREEN = "red", "light-green"
PAINTER = Function("test.painter", "Painter", "finds colours", "numpy", (RED, GREEN), 0.5)
_CHANNELS = {RED: 0, GREEN: 1}
_EDGE = 8


class Painter:
    """Finds the patch of each colour; how sure it is is the patch's share of the picture's width.

    seen      how many pictures it has looked at
    dies_at   it raises this when it has seen so many
    """

    def __init__(self) -> None:
        self.seen, self.failure, self.dies_at = 0, FunctionFailed("the paint is dry"), -1

    def functions(self) -> list[Function]:
        return [PAINTER]

    def detect(self, function: Function, pixels: Pixels, threshold: float) -> list[Finding]:
        if self.seen == self.dies_at:
            raise self.failure
        self.seen += 1
        found = (_patch(pixels, label) for label in function.labels)
        return [each for each in found if each is not None and each.confidence >= threshold]


def _patch(pixels: Pixels, label: str) -> Finding | None:
    channel = _CHANNELS[label]
    others = pixels[..., [each for each in range(3) if each != channel]].max(-1)
    rows, columns = np.nonzero((pixels[..., channel] > 150) & (others < 110))
    if len(rows) < _EDGE:
        return None
    left, right = float(columns.min()), float(columns.max() + 1)
    return Finding(label, (right - left) / pixels.shape[1], (left, float(rows.min()), right, float(rows.max() + 1)))


@contextmanager
def a_painter() -> Iterator[Painter]:
    """As long as the block lasts it can be asked for."""
    painter = Painter()
    provide("test", painter)
    try:
        yield painter
    finally:
        withdraw("test")


def painted(
    *patches: tuple[str, tuple[int, int, int, int]], size: tuple[int, int] = (64, 48), turn: int = 1, kind: str = "PNG"
) -> bytes:
    """A black picture with patches of colour; turn: what its camera noted."""
    image = Image.new("RGB", size)
    for color, (left, top, right, bottom) in patches:
        ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=color)
    exif = image.getexif()
    exif[0x0112] = turn
    target = io.BytesIO()
    image.save(target, kind, exif=exif)
    return target.getvalue()
