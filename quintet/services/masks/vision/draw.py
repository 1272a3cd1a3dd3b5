"""Draws what was found onto the picture."""

from collections.abc import Sequence

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.letterbox import Pixels

# Green, red, amber; each with the ink that reads best on it. The caption says it too, for those who see no red.
COLOURS: dict[Wearing, tuple[str, str]] = {
    "with_mask": ("#1a9641", "white"),
    "without_mask": ("#d7191c", "white"),
    "mask_worn_incorrect": ("#ffb000", "black"),
}
CAPTIONS: dict[Wearing, str] = {
    "with_mask": "mask",
    "without_mask": "no mask",
    "mask_worn_incorrect": "worn wrong",
}

Plate = tuple[float, float, float, float]


def draw_faces(pixels: Pixels, faces: Sequence[Face]) -> Pixels:
    """A copy of the picture with a box and a caption for each face.

    In a crowd a caption that would cover another face, or its caption, shrinks to its score.
    """
    image = PIL.Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    long, short = max(image.size), min(image.size)
    line = max(1, round(short / 240))
    font = ImageFont.load_default(size=max(10, min(round(long / 45), round(short / 16))))
    ordered = sorted(faces, key=lambda face: -face.score)
    for face in reversed(ordered):  # the surest last, so that nothing lies on top of it
        pen.rectangle(_whole_box(face, image.size), outline=COLOURS[face.wearing][0], width=line)
    plates: list[Plate] = []
    for face in ordered:  # the surest first, so that it has the choice of places
        colour, ink = COLOURS[face.wearing]
        taken = [other.box for other in faces if other is not face] + plates
        score = f"{round(100 * face.score)}%"
        for text in (f"{CAPTIONS[face.wearing]} {score}", score):
            plate = _plate_for(pen, font, text, face, image.size)
            if not any(_touch(plate, other) for other in taken):
                break
        plates.append(plate)
        pen.rectangle(plate, fill=colour)
        pen.text((plate[0] + 2, plate[1] + 1), text, fill=ink, font=font, anchor="la")
    return np.array(image)


def _whole_box(face: Face, size: tuple[int, int]) -> Plate:
    """The outermost pixels of the face's box, within the picture: a track may lead beyond its edge."""
    x1, x2 = (min(max(round(side), 0), size[0]) for side in (face.x1, face.x2))
    y1, y2 = (min(max(round(side), 0), size[1]) for side in (face.y1, face.y2))
    return x1, y1, max(x1, x2 - 1), max(y1, y2 - 1)


def _plate_for(
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    text: str,
    face: Face,
    size: tuple[int, int],
) -> Plate:
    """Where a caption goes: above the face, or inside its top where the picture ends; never outside the picture."""
    _, _, width, height = pen.textbbox((0, 0), text, font=font, anchor="la")
    width, height = width + 4, height + 3
    x1, y1, _, _ = _whole_box(face, size)
    left = max(0, min(x1, size[0] - width))
    top = y1 - height if y1 >= height else y1
    return left, top, left + width, top + height


def _touch(ours: Plate, theirs: Plate) -> bool:
    return ours[0] < theirs[2] and theirs[0] < ours[2] and ours[1] < theirs[3] and theirs[1] < ours[3]
