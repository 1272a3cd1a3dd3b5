"""Pictures that a camera held askew: the EXIF note says how to turn them, and who looks for things turns them first.

Frames are marked as they are stored, so what was found goes back the same way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Transpose

Box = tuple[float, float, float, float]

ORIENTATION = 0x0112
# From stored to upright.
_TURN = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# How a corner comes there: mirrored in width, mirrored in height, then x and y change places.
_THERE: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (True, False, False),
    3: (True, True, False),
    4: (False, True, False),
    5: (False, False, True),
    6: (False, True, True),
    7: (True, True, True),
    8: (True, False, True),
}
# Which turn undoes a turn.
_BACK = {**{turn: turn for turn in _THERE}, 6: 8, 8: 6}


@dataclass(frozen=True, eq=False)
class Upright:
    """A picture as people see it.

    image   RGB
    turn    1 … 8, as EXIF counts: what was done to the stored picture
    """

    image: Image.Image
    turn: int = 1

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), row 0 at the top."""
        return np.array(self.image, dtype=np.uint8)

    def as_stored(self, box: Box) -> Box:
        """Left, top, right, bottom on the stored picture."""
        return _turned(box, _BACK[self.turn], self.image.size)

    def as_seen(self, box: Box) -> Box:
        """The other way."""
        width, height = self.image.size
        return _turned(box, self.turn, (height, width) if self.turn >= 5 else (width, height))


def _turned(box: Box, turn: int, size: tuple[int, int]) -> Box:
    (left, top, right, bottom), (width, height) = box, size
    in_width, in_height, changed = _THERE[turn]
    if in_width:
        left, right = width - right, width - left
    if in_height:
        top, bottom = height - bottom, height - top
    return (top, left, bottom, right) if changed else (left, top, right, bottom)


def turn_of(picture: Image.Image) -> int:
    """How it is to be turned; asked before it is decoded, since some formats have forgotten it afterwards."""
    try:
        turn = int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001  # a garbled note of the camera's is no note
        return 1
    return turn if turn in _THERE else 1


def turned(picture: Image.Image, turn: int) -> Upright:
    """A decoded picture as it should be seen."""
    return Upright(picture.transpose(_TURN[turn]) if turn in _TURN else picture, turn)
