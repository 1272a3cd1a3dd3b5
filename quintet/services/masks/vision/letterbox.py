"""How a picture is laid before the network, in training and in serving alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.scaling import scale_into

Pixels = NDArray[np.uint8]

CLASSES = ("with_mask", "without_mask", "mask_worn_incorrect")

# The network sees (pixel - GREY) / CONTRAST; what lies outside the picture is GREY, which it sees as zero.
GREY = 114
CONTRAST = 64.0

# Enlarging a small picture further would only cost time and show faces blurred as no training picture is.
MOST_ENLARGED = 2.0


@dataclass(frozen=True)
class Placement:
    """Where a picture lies on its canvas: its top left corner is the canvas's, and its sides were scaled."""

    scale_x: float
    scale_y: float
    width: int
    height: int

    def boxes_on_picture(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map x1, y1, x2, y2 from canvas pixels to picture pixels, clipped to the picture."""
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        limit = np.array([self.width, self.height] * 2, np.float32)
        clipped: NDArray[np.float32] = np.clip(boxes / scale, np.float32(0), limit)
        return clipped


def canvas_of(width: int, height: int, side: int, multiple: int) -> tuple[int, int]:
    """Width and height of the canvas that a picture of this size gets."""
    new_width, new_height = _size_on_canvas(width, height, side)
    return -(-new_width // multiple) * multiple, -(-new_height // multiple) * multiple


def _size_on_canvas(width: int, height: int, side: int) -> tuple[int, int]:
    scale = min(side / max(height, width), MOST_ENLARGED)
    return max(1, round(width * scale)), max(1, round(height * scale))


def resize_letterboxed(
    pixels: Pixels, side: int, multiple: int, *, channels: int = 3, mirrored: bool = False
) -> tuple[Pixels, Placement]:
    """Scale a picture until its long side is `side`, or it is twice as large; fill up with grey.

    pixels    uint8 (height, width, 3), RGB, row 0 at the top
    side      pixels of the long side
    multiple  both sides of the canvas are multiples of it
    channels  of the canvas; a fourth is grey, and there because networks run faster on it
    mirrored  lay the picture's mirror image there

    Returns   uint8 (canvas height, canvas width, channels), and where the picture lies in it, to map boxes back
    Raises    ValueError when a side of the picture is zero
    """
    height, width = pixels.shape[:2]
    if not height or not width:
        raise ValueError("a picture without pixels cannot be resized")
    new_width, new_height = _size_on_canvas(width, height, side)
    canvas_width, canvas_height = canvas_of(width, height, side, multiple)
    canvas = np.full((canvas_height, canvas_width, channels), GREY, np.uint8)
    place = canvas[:new_height, :new_width, :3]
    if mirrored:
        place = place[:, ::-1]
    if (new_width, new_height) == (width, height):
        # Colour by colour: three bytes out of four at a time would take four times as long.
        for colour in range(3):
            place[..., colour] = pixels[..., colour]
    else:
        scale_into(place, pixels)
    return canvas, Placement(new_width / width, new_height / height, width, height)
