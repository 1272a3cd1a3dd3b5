"""Draws what was found onto a frame as it is encoded: a plane of brightness and two of colour at half the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import av
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageColor, ImageDraw, ImageFont

from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.draw import CAPTIONS, COLOURS
from quintet.services.masks.vision.letterbox import Pixels

# How much red and blue weigh in brightness: BT.601 below high definition, BT.709 from there on.
_WEIGHTS = {"601": (0.299, 0.114), "709": (0.2126, 0.0722)}
_HIGH_DEFINITION = 720
_BT709 = 1

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Planes:
    """uint8: brightness (height, width), and blueness and redness (height / 2, width / 2). Row 0 at the top."""

    y: Pixels
    u: Pixels
    v: Pixels


def planes_of(frame: av.VideoFrame) -> Planes:
    """The planes of a yuv420p frame, not copied, cut to even sides."""
    width, height = frame.width & ~1, frame.height & ~1
    sides = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    y, u, v = (
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:rows, :columns]  # type: ignore[call-overload]
        for plane, (rows, columns) in zip(frame.planes, sides, strict=True)
    )
    return Planes(y, u, v)


class Pen:
    """Draws on frames of one size.

    matrix  of the colours, as H.264 numbers it; 2 for unknown
    """

    def __init__(self, width: int, height: int, *, matrix: int) -> None:
        self.width, self.height = width, height
        long, short = max(width, height), min(width, height)
        self.line = 2 * max(1, round(short / 360))
        self.font_size = max(10, min(round(long / 45), round(short / 16)))
        is_709 = matrix == _BT709 or (matrix != 5 and matrix != 6 and short >= _HIGH_DEFINITION)
        self.weights = _WEIGHTS["709" if is_709 else "601"]

    def draw(self, planes: Planes, faces: Sequence[Face]) -> None:
        """A box and a caption for each face; in a crowd a caption that would cover another face is but its score."""
        ordered = sorted(faces, key=lambda face: -face.score)
        boxes = {id(face): self._box(face) for face in faces}
        for face in reversed(ordered):  # the surest last, so that nothing lies on top of it
            self._frame(planes, boxes[id(face)], face.wearing)
        plates: list[Rectangle] = []
        for face in ordered:
            taken = [box for other, box in boxes.items() if other != id(face)] + plates
            score = f"{round(100 * face.score)}%"
            for text in (f"{CAPTIONS[face.wearing]} {score}", score):
                plate = _plate(text, face.wearing, self.font_size, self.weights)
                place = self._place(plate, boxes[id(face)])
                if not any(_touch(place, other) for other in taken):
                    break
            plates.append(place)
            _lay(planes, plate, place)

    def _box(self, face: Face) -> Rectangle:
        """Even, so that colour and brightness end alike; within the frame."""
        x1, x2 = (min(max(round(side / 2) * 2, 0), self.width) for side in (face.x1, face.x2))
        y1, y2 = (min(max(round(side / 2) * 2, 0), self.height) for side in (face.y1, face.y2))
        return x1, y1, max(x1, x2), max(y1, y2)

    def _frame(self, planes: Planes, box: Rectangle, wearing: Wearing) -> None:
        y, u, v = _paint(wearing, self.weights)
        for plane, value, scale in ((planes.y, y, 1), (planes.u, u, 2), (planes.v, v, 2)):
            x1, y1, x2, y2 = (side // scale for side in box)
            line = max(1, self.line // scale)
            for rows, columns in (
                (slice(y1, y1 + line), slice(x1, x2)),
                (slice(max(y1, y2 - line), y2), slice(x1, x2)),
                (slice(y1, y2), slice(x1, x1 + line)),
                (slice(y1, y2), slice(max(x1, x2 - line), x2)),
            ):
                plane[rows, columns] = value

    def _place(self, plate: Planes, box: Rectangle) -> Rectangle:
        """Above the face, or inside its top where the picture ends; never outside the picture."""
        height, width = plate.y.shape
        left = max(0, min(box[0], self.width - width)) & ~1
        top = box[1] - height if box[1] >= height else box[1]
        return left, top, min(left + width, self.width), min(top + height, self.height)


def _lay(planes: Planes, plate: Planes, place: Rectangle) -> None:
    for plane, piece, scale in ((planes.y, plate.y, 1), (planes.u, plate.u, 2), (planes.v, plate.v, 2)):
        left, top, right, bottom = (side // scale for side in place)
        plane[top:bottom, left:right] = piece[: bottom - top, : right - left]


@lru_cache(maxsize=16)
def _paint(wearing: Wearing, weights: tuple[float, float]) -> tuple[int, int, int]:
    y, u, v = _in_yuv(ImageColor.getrgb(COLOURS[wearing][0])[:3], weights)
    return round(float(y)), round(float(u)), round(float(v))


@lru_cache(maxsize=1024)
def _plate(text: str, wearing: Wearing, size: int, weights: tuple[float, float]) -> Planes:
    """A caption. There are a few hundred different ones in a video, each drawn once."""
    colour, ink = COLOURS[wearing]
    font = ImageFont.load_default(size=size)
    _, _, width, height = font.getbbox(text, anchor="la")
    sides = (round(width) + 5) & ~1, (round(height) + 4) & ~1
    image = PIL.Image.new("RGB", sides, colour)
    ImageDraw.Draw(image).text((2, 1), text, fill=ink, font=font, anchor="la")
    y, u, v = _in_yuv(np.asarray(image, np.float32).transpose(2, 0, 1), weights)
    halves = (np.asarray(plane).reshape(sides[1] // 2, 2, sides[0] // 2, 2).mean((1, 3)) for plane in (u, v))
    return Planes(_bytes(y), *(_bytes(half) for half in halves))


def _in_yuv(
    rgb: "Sequence[int] | NDArray[np.float32]", weights: tuple[float, float]
) -> "tuple[NDArray[np.float32], ...]":
    """Limited range: brightness 16 to 235, colours 16 to 240."""
    red, green, blue = (np.asarray(channel, np.float32) / np.float32(255) for channel in rgb)
    of_red, of_blue = weights
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    u, v = (blue - luma) / (2 * (1 - of_blue)), (red - luma) / (2 * (1 - of_red))
    return 16 + 219 * luma, 128 + 224 * u, 128 + 224 * v


def _bytes(plane: NDArray[np.float32]) -> Pixels:
    return plane.round().astype(np.uint8)


def _touch(ours: Rectangle, theirs: Rectangle) -> bool:
    return ours[0] < theirs[2] and theirs[0] < ours[2] and ours[1] < theirs[3] and theirs[1] < ours[3]
