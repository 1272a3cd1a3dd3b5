"""CPU time of a whole video as a ratio to its bound: decoding, inference and encoding alone, in the same run.

The bound is what any program pays that decodes every frame, looks for faces on every second one with the same detector
and encodes every frame with the same settings. Nothing is prepared, followed, drawn, cut or joined in it: 1 would have
all that for nothing. A second row is stricter: of the detector it counts the network alone.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import PIL.Image

from bench import Row
from quintet.services.masks.vision.detector import load_detector
from quintet.services.masks.vision.letterbox import resize_letterboxed
from quintet.services.masks.vision.tracking import Tracker
from quintet.services.masks.vision.video.encoding import encoding
from quintet.services.masks.vision.video.joining import Piece, join
from quintet.services.masks.vision.video.parts import STRIDE, Lens, calculate_part
from quintet.services.masks.vision.video.planning import plan
from quintet.services.masks.vision.video.probing import Footage, look_at, opened
from quintet.services.masks.vision.video.stitching import stitched

RATE, ROUNDS = 25, 3
AGAINST = "decode + detect + encode, each alone"
STRICTLY = "decode + network + encode, each alone"
PART_SECONDS = 15


def make_clip(target: Path, width: int, height: int, frames: int) -> None:
    """A camera that goes over a picture with edges at every scale, with noise as a sensor has it."""
    random = np.random.default_rng(1)
    world = np.array(PIL.Image.effect_mandelbrot((2 * width, 2 * height), (-2, -1.2, 1, 1.2), 60).convert("RGB"))
    with av.open(str(target), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20", "g": "50"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        noise = random.integers(-6, 7, (height, width, 1), np.int16)
        for number in range(frames):
            x, y = number, number // 2
            seen = world[y : y + height, x : x + width].astype(np.int16) + np.roll(noise, 7 * number, 1)
            frame = av.VideoFrame.from_ndarray(seen.clip(0, 255).astype(np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def decode(source: Path) -> list[av.VideoFrame]:
    """Every frame, and nothing else."""
    with opened(source) as (container, stream):
        return list(container.decode(stream))


def encode(frames: list[av.VideoFrame], footage: Footage, target: Path) -> None:
    """Every frame, with our settings."""
    with encoding(target, footage) as encoder:
        for number, frame in enumerate(frames):
            encoder.write(frame, number * footage.ticks_of_a_frame)


def whole(source: Path, folder: Path) -> None:
    """As workers do it, one after another."""
    detector, footage = load_detector("fast"), look_at(source)
    side, _ = detector.model.sides_for(footage.width, footage.height)
    pieces, seen = [], []
    for number, part in enumerate(plan(source, footage, seconds=PART_SECONDS)):
        film = folder / f"{number}.mp4"
        found = calculate_part(source, footage, part, detector, film, side=side, calibration=detector.model.calibration)
        pieces.append(Piece(film, int(found.times[0])))
        seen.append(found)
    join(source, footage, pieces, folder / "whole.mp4")
    stitched(seen)


def seconds_of(act: Callable[[], object]) -> float:
    """CPU time of all threads of this process."""
    began = time.process_time()
    act()
    return time.process_time() - began


def compared(width: int, height: int, frames: int, folder: Path) -> list[Row]:
    source = folder / "clip.mp4"
    make_clip(source, width, height, frames)
    footage, detector = look_at(source), load_detector("fast")
    model = detector.model
    side, _ = model.sides_for(width, height)
    lens = Lens(footage, detector, side=side)
    decoded = decode(source)
    pictures = [lens.shrunk(frame) for frame in decoded[::STRIDE]]
    canvases = [resize_letterboxed(picture, side, model.multiple, channels=model.channels)[0] for picture in pictures]

    def infer() -> None:
        for canvas in canvases:
            detector.run(canvas)

    least = Tracker(calibration=model.calibration).least

    def detect() -> None:
        for picture in pictures:
            detector.detect(picture, least)

    ratios: dict[str, list[float]] = {AGAINST: [], STRICTLY: []}
    # In turns, so that a busy machine is busy for all; the first turn warms up.
    for turn in range(ROUNDS + 1):
        both = seconds_of(lambda: decode(source))
        both += seconds_of(lambda: encode(decoded, footage, folder / "encoded.mp4"))
        network, whole_detector = seconds_of(infer), seconds_of(detect)
        ours = seconds_of(lambda: whole(source, folder))
        if turn:
            ratios[AGAINST].append((both + whole_detector) / ours)
            ratios[STRICTLY].append((both + network) / ours)
    title = f"a video of {width} x {height}: cut, looked at, followed, drawn, encoded, joined"
    return [
        Row(title, against, statistics.median(single), "CPU time", min(single), max(single))
        for against, single in ratios.items()
    ]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return compared(640, 480, 500, Path(folder)) + compared(1280, 720, 250, Path(folder))
