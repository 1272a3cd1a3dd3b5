"""Videos: how many frames there are, any of them by number, and many of them as MP4."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from quintet.services.annotation.media.errors import BadMedia, NoFrame

# One packet of these is not always one frame to be shown, so their frames are counted by decoding.
_COUNTED_BY_DECODING = frozenset({"vp8", "mpeg1video", "mpeg2video", "vc1", "wmv3", "rv30", "rv40"})
_LARGE_SIDE = 1080
_MOST_PIXELS = 80_000_000


@dataclass(frozen=True)
class Footage:
    """What must be known of a video to find its frames.

    moments   when each frame is shown, in the stream's own time base, rising; empty where the file does not say
    """

    width: int
    height: int
    count: int
    moments: NDArray[np.int64]


@dataclass(frozen=True)
class Clock:
    """How a video tells time.

    base     seconds that one step of a frame's moment takes
    begins   seconds at which the file begins; players and `ffmpeg -ss` count from there
    rate     frames a second on average; None where it is not known
    """

    base: Fraction
    begins: Fraction
    rate: Fraction | None

    def seconds(self, footage: "Footage", number: int) -> float | None:
        """When a frame is shown, from the beginning of the file: as it says itself, else by the rate."""
        if footage.moments.size:
            # Of a hundred thousand frames, arithmetic with fractions would take longer than all the rest.
            moment = int(footage.moments[number]) * self.base.numerator / self.base.denominator
            return moment - float(self.begins)
        return float(number / self.rate) if self.rate else None


def clock_of(path: Path) -> Clock:
    """Read from the headers alone. Raises BadMedia."""
    with _opened(path) as (container, stream):
        begins = Fraction(container.start_time or 0, av.time_base)
        return Clock(Fraction(stream.time_base or 0), begins, stream.average_rate or stream.guessed_rate)


@contextmanager
def _opened(path: Path) -> "Iterator[tuple[InputContainer, VideoStream]]":
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as broken:
        raise BadMedia("ValueError: the video cannot be read") from broken
    with container:
        stream = next(iter(container.streams.video), None)
        if stream is None:
            raise BadMedia("ValueError: there are no pictures in the video")
        stream.thread_type = "AUTO"
        yield container, stream


def look_at(path: Path) -> Footage:
    """Count the frames; as a rule without decoding them. Raises BadMedia."""
    try:
        with _opened(path) as (container, stream):
            moments = _moments(container, stream)
        with _opened(path) as (container, stream):
            first = next(iter(container.decode(stream)))
            # AVI tells the order of decoding, not of showing.
            is_guessed = "avi" in container.format.name and bool(stream.codec_context.has_b_frames)
    except (av.FFmpegError, StopIteration) as broken:
        raise BadMedia("ValueError: the video cannot be read") from broken
    width, height = _upright_size(first)
    if width * height > _MOST_PIXELS:
        raise BadMedia("ValueError: the video's pictures are too large")
    known = [moment for moment in moments if moment is not None]
    is_told = not is_guessed and len(known) == len(moments) and len(set(known)) == len(known)
    return Footage(width, height, len(moments), np.array(sorted(known) if is_told else [], dtype=np.int64))


def _moments(container: InputContainer, stream: VideoStream) -> list[int | None]:
    if stream.codec_context.name in _COUNTED_BY_DECODING:
        return [frame.pts for frame in container.decode(stream)]
    packets = (packet for packet in container.demux(stream) if packet.size and not packet.is_discard)
    return [packet.pts for packet in packets]


def frames(path: Path, footage: Footage, numbers: Sequence[int]) -> "Iterator[VideoFrame]":
    """The frames of these rising numbers, upright; in place of one that is damaged comes the one before it.

    Raises NoFrame when nothing can be decoded.
    """
    if not numbers:
        return
    last = None
    try:
        with _opened(path) as (container, stream):
            wanted = iter(numbers)
            number = next(wanted)
            for place, frame in _decoded(container, stream, footage, numbers[0]):
                while place > number and last is not None:
                    yield last
                    number = next(wanted)
                last = _upright(frame)
                while place == number:
                    yield last
                    number = next(wanted)
            while last is not None:
                yield last
                number = next(wanted)
    except StopIteration:
        return
    except (av.FFmpegError, BadMedia) as broken:
        raise NoFrame("the video cannot be read any more") from broken
    raise NoFrame("the video shows nothing there")


def _decoded(
    container: InputContainer, stream: VideoStream, footage: Footage, first: int
) -> "Iterator[tuple[int, VideoFrame]]":
    """Frames with their numbers, from the last keyframe before `first` on."""
    if not footage.moments.size:
        yield from enumerate(container.decode(stream))
        return
    container.seek(int(footage.moments[first]), stream=stream, backward=True)
    for frame in container.decode(stream):
        if frame.pts is not None:
            # The last one that begins by then: a damaged frame's neighbours keep their numbers.
            yield int(np.searchsorted(footage.moments, frame.pts, side="right")) - 1, frame


def _upright_size(frame: VideoFrame) -> tuple[int, int]:
    turned = frame.rotation % 180 != 0
    return (frame.height, frame.width) if turned else (frame.width, frame.height)


def _upright(frame: VideoFrame) -> VideoFrame:
    turns = round(frame.rotation / 90) % 4
    if turns == 0:
        return frame
    pixels: NDArray[np.uint8] = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return VideoFrame.from_ndarray(np.ascontiguousarray(np.rot90(pixels, turns)), "rgb24")


def picture(path: Path, footage: Footage, number: int) -> Image.Image:
    """One frame as an RGB picture. Raises NoFrame."""
    return as_picture(next(frames(path, footage, [number])), footage)


def as_picture(frame: VideoFrame, footage: Footage) -> Image.Image:
    """A frame in hand; one of another size than the first is fitted."""
    fitted = frame.reformat(width=footage.width, height=footage.height, format="rgb24")
    return Image.fromarray(fitted.to_ndarray().astype(np.uint8, copy=False))


def small_chunk(path: Path, footage: Footage, numbers: Sequence[int], target: Path, *, quality: int) -> None:
    """Write MP4 as CVAT's page decodes it: Constrained Baseline, no B-frames, below 1080 lines. Raises NoFrame.

    quality   0 … 100, as of a JPEG
    """
    width, height = footage.width, footage.height
    while height >= _LARGE_SIDE:
        width, height = width // 2, height // 2
    crf = round(51 * (100 - quality) / 99)
    options = {
        "profile": "baseline", "crf": str(min(51, crf)), "preset": "veryfast",
        "x264-params": "bframes=0:weightp=0:cabac=0:8x8dct=0:ref=1:scenecut=0:keyint=250",
    }  # fmt: skip
    _mp4(frames(path, footage, numbers), target, _even(width), _even(height), options)


def large_chunk(path: Path, footage: Footage, numbers: Sequence[int], target: Path) -> None:
    """Write MP4 in full size, hardly to be told from the original. Raises NoFrame."""
    options = {"crf": "17", "preset": "ultrafast"}
    _mp4(frames(path, footage, numbers), target, _even(footage.width), _even(footage.height), options)


def _even(side: int) -> int:
    return max(2, side + side % 2)


def _mp4(shown: "Iterator[VideoFrame]", target: Path, width: int, height: int, options: dict[str, str]) -> None:
    with av.open(str(target), "w", format="mp4") as container:
        stream: VideoStream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for place, frame in enumerate(shown):
            fitted = frame.reformat(width=width, height=height, format="yuv420p")
            fitted.pts, fitted.time_base = place, Fraction(1, 25)
            fitted.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(fitted))
        container.mux(stream.encode(None))
