"""H.264 in MP4, as every browser and phone plays it."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from quintet.services.masks.vision.video.probing import Footage

# B-frames would save a tenth of the bytes; without them a frame is decoded when it is shown, so that parts can be put
# behind one another whatever their frames' times are, and a player jumps to a frame's own time.
_OPTIONS = {"preset": "veryfast", "crf": "23", "bf": "0"}
# How far a player may have to read before it can show a moment that somebody jumps to.
_KEY_FRAME_EVERY_SECONDS = 4


class Encoder:
    """Writes frames. Every part of a video is written with the same settings, so that one header fits all."""

    def __init__(self, container: OutputContainer, footage: Footage, *, threads: int) -> None:
        self.container, self.time_base = container, Fraction(1, footage.ticks)
        options = {**_OPTIONS, "g": str(max(1, round(footage.rate * _KEY_FRAME_EVERY_SECONDS)))}
        stream: VideoStream = container.add_stream("libx264", rate=footage.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = footage.width, footage.height, "yuv420p"
        context = stream.codec_context
        context.thread_count = threads
        context.time_base = self.time_base
        context.sample_aspect_ratio = footage.pixel_shape
        context.color_range, context.color_primaries, context.color_trc, context.colorspace = footage.colours
        self.stream = stream

    def write(self, frame: VideoFrame, ticks: int) -> None:
        """One more frame; `ticks` is later than the last one's."""
        frame.pts, frame.time_base = ticks, self.time_base
        self.container.mux(self.stream.encode(frame))

    def flush(self) -> None:
        """Write what is held back."""
        self.container.mux(self.stream.encode(None))


@contextmanager
def encoding(target: Path, footage: Footage, *, threads: int = 1) -> Iterator[Encoder]:
    """An MP4 of pictures alone."""
    with av.open(str(target), "w", format="mp4") as container:
        encoder = Encoder(container, footage, threads=threads)
        yield encoder
        encoder.flush()
