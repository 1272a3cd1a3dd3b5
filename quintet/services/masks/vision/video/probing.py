"""Opens what people upload as videos, and refuses what is not one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

# Containers that hold pictures one after another. Not on the list: lists of other files (HLS, DASH, concat), which
# would have the server read whatever they name, and single pictures, which are no videos whatever they call themselves.
CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg"
LEAST_SIDE, MOST_SIDE = 16, 8192
# A file may be a gigabyte of nothing, in which a reader looks byte by byte for where it goes on. It may do so for this
# long to open the file, for each packet, and until it has the first picture.
_PATIENCE_SECONDS = 15.0
# An MP4 keeps time in ticks. Multiples of the source's own ticks keep its times exact; but not finer than this.
_LEAST_TICKS, _MOST_TICKS, _USUAL_TICKS = 10_000, 1_000_000, 90_000
_SANE_RATE, _USUAL_RATE = (Fraction(1), Fraction(240)), Fraction(25)
_NO_PICTURES = Disposition.attached_pic | Disposition.still_image


class BadVideo(ValueError):
    """These bytes are no video that we open: empty, cut too early, of another kind, or too large."""


@dataclass(frozen=True)
class Footage:
    """What a video is; every worker that looks sees the same.

    width, height     of the upright picture, in pixels, even
    coded             width and height as they are coded, before turning and cutting to even sides
    quarter_turns     counter-clockwise, to set the picture upright: 0 to 3
    rate              frames a second, on average
    ticks             of the output's clock in a second
    time_base         of the source's clock, in seconds
    begins_at         what the output's clock calls 0, in ticks
    has_true_times    whether its packets say when each is shown; AVI's do not
    pixel_shape       width to height of one pixel of the upright picture
    colours           range, primaries, transfer and matrix, as H.264 numbers them
    """

    width: int
    height: int
    coded: tuple[int, int]
    quarter_turns: int
    rate: Fraction
    ticks: int
    time_base: Fraction
    begins_at: int
    has_true_times: bool
    pixel_shape: Fraction
    colours: tuple[int, int, int, int]

    def ticks_at(self, moment: int) -> int:
        """A moment of the source's clock on the output's."""
        return in_ticks(moment, self.time_base, self.ticks) - self.begins_at

    @property
    def ticks_of_a_frame(self) -> int:
        """How long one frame is shown, on average."""
        return max(1, round(self.ticks / self.rate))


def in_ticks(moment: int, time_base: Fraction, ticks: int) -> int:
    """A moment of one clock on another that has so many ticks in a second. In whole numbers: it is asked of every
    frame, and fractions are slow.

    >>> in_ticks(3, Fraction(1001, 30_000), 90_000)
    9009
    """
    return (2 * moment * time_base.numerator * ticks + time_base.denominator) // (2 * time_base.denominator)


@contextmanager
def opened(source: Path, *, threads: int = 1) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its video stream. Raises BadVideo."""
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": CONTAINERS,
        "max_pixels": str(MOST_SIDE * MOST_SIDE),
    }
    try:
        # Titles in whatever encoding must not keep anybody from the pictures.
        container = av.open(
            str(source), "r", options=options, metadata_errors="replace", timeout=(_PATIENCE_SECONDS, _PATIENCE_SECONDS)
        )
    except (FFmpegError, ValueError, OverflowError) as broken:
        raise BadVideo("the file is not a video we open, or it is damaged") from broken
    with container:
        stream = _video_stream(container)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        yield container, stream


def _video_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        # A song's cover is a video stream of one picture.
        if not stream.disposition & _NO_PICTURES and stream.codec_context is not None:
            refuse_strange_sides(stream.codec_context.width, stream.codec_context.height)
            return stream
    raise BadVideo("the file holds no moving pictures")


def refuse_strange_sides(width: int, height: int) -> None:
    """Raises BadVideo outside the limits."""
    if min(width, height) < LEAST_SIDE or max(width, height) > MOST_SIDE:
        raise BadVideo(f"{width} x {height} pixels; each side must have {LEAST_SIDE} to {MOST_SIDE}")


def look_at(source: Path) -> Footage:
    """Decode the first frame and say what the video is. Raises BadVideo when there is no frame to be had."""
    with opened(source) as (container, stream):
        frame = next(first_frames(container, stream), None)
        if frame is None:
            raise BadVideo("none of its pictures can be decoded")
        refuse_strange_sides(frame.width, frame.height)
        return _footage(container, stream, frame)


def first_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """What can be decoded of the beginning."""
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    try:
        for packet in takewhile(lambda _: time.monotonic() < ends_at, container.demux(stream)):
            try:
                yield from packet.decode()
            except (FFmpegError, ValueError):
                continue
    except FFmpegError:
        return


def _footage(container: InputContainer, stream: VideoStream, frame: VideoFrame) -> Footage:
    turns = round(frame.rotation / 90) % 4
    width, height = frame.width & ~1, frame.height & ~1
    time_base = stream.time_base or Fraction(1, _USUAL_TICKS)
    ticks = _ticks_for(time_base)
    shape = Fraction(stream.codec_context.sample_aspect_ratio or 0) or Fraction(1)
    return Footage(
        width=height if turns % 2 else width,
        height=width if turns % 2 else height,
        coded=(frame.width, frame.height),
        quarter_turns=turns,
        rate=_sane(stream.average_rate) or _sane(stream.guessed_rate) or _USUAL_RATE,
        ticks=ticks,
        time_base=time_base,
        begins_at=round(Fraction(container.start_time or 0, av.time_base) * ticks),
        has_true_times="avi" not in container.format.name,
        pixel_shape=1 / shape if turns % 2 else shape,
        colours=(ColorRange.MPEG, frame.color_primaries, frame.color_trc, frame.colorspace),
    )


def is_full_range(frame: VideoFrame) -> bool:
    """Whether black is 0 and not 16. Old formats (MJPEG) say it by their name alone."""
    return frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG


def _ticks_for(time_base: Fraction) -> int:
    ticks = time_base.denominator
    if ticks > _MOST_TICKS:
        return _USUAL_TICKS
    while ticks < _LEAST_TICKS:
        ticks *= 2
    return ticks


def _sane(rate: Any) -> Fraction | None:
    if not rate:
        return None
    least, most = _SANE_RATE
    return Fraction(rate) if least <= rate <= most else None
