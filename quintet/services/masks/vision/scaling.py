"""Scales pixels bilinearly, averaging where they shrink, so that small faces do not dissolve into aliases."""

import threading
from collections import OrderedDict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.reformatter import VideoReformatter

# FFmpeg and Pillow part at the edges, by more than a shade where a picture is hardly more than edges.
_LEAST_SIDE = 32
_HELD = 4

_here = threading.local()


def scaled(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3) in the new size."""
    small = np.empty((height, width, 3), np.uint8)
    scale_into(small, pixels)
    return small


def scale_into(place: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> None:
    """Write the pixels, scaled, into an array (height, width, 3) of any strides.

    On photographs FFmpeg's scaler answers as Pillow's to within a few shades of 255, in a third of the time; colours
    (not light) that change from one pixel to the next it blurs a little more. Pillow does it where there is no FFmpeg,
    and for slivers.
    """
    height, width = place.shape[:2]
    # Training decodes no video, and may do without.
    if find_spec("av") is None or min(*pixels.shape[:2], width, height) < _LEAST_SIDE:
        small = PIL.Image.fromarray(pixels).resize((width, height), PIL.Image.Resampling.BILINEAR)
        place[...] = np.asarray(small)
        return
    # Large, and of no use before the first picture.
    from av.video.frame import VideoFrame

    frame = VideoFrame.from_numpy_buffer(np.ascontiguousarray(pixels), "rgb24")
    reformatter = _reformatter(frame.width, frame.height, width, height)
    # Planes and their way back into pixels together take half the time of pixels made by FFmpeg.
    planes: Any = reformatter.reformat(frame, width, height, "gbrp", interpolation="BILINEAR").planes
    for plane, colour in zip(planes, (1, 2, 0), strict=True):
        place[..., colour] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width]


def _reformatter(*sizes: int) -> "VideoReformatter":
    """It is one thread's, and remembers only how it scaled last: so there is one for each of the last few sizes."""
    from av.video.reformatter import VideoReformatter

    held: OrderedDict[tuple[int, ...], VideoReformatter] | None = getattr(_here, "held", None)
    if held is None:
        held = _here.held = OrderedDict()
    reformatter = held.get(sizes)
    if reformatter is None:
        reformatter = held[sizes] = VideoReformatter()
        if len(held) > _HELD:
            held.popitem(last=False)
    held.move_to_end(sizes)
    return reformatter
