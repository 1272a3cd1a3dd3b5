"""Clips for the tests of masks: squares of clear colours on grey, which a stand-in for the detector takes for faces."""

import hashlib
import io
import json
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from quintet.core.deferred.inline import run_due
from quintet.services.masks.actions.video_files import FOLDER
from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.letterbox import Pixels

# x1, y1, x2, y2 and what is worn, for each frame.
Figure = tuple[float, float, float, float, Wearing]
Figures = Callable[[int], Sequence[Figure]]
COLOURS: dict[Wearing, tuple[int, int, int]] = {
    "with_mask": (0, 255, 0),
    "without_mask": (255, 0, 0),
    "mask_worn_incorrect": (0, 0, 255),
}
TICKS = 12_800
_BITS = 8


def nobody(frame: int) -> Sequence[Figure]:
    return ()


def make_clip(
    target: Path | None = None,
    *,
    width: int = 64,
    height: int = 48,
    frames: int = 20,
    rate: int = 25,
    figures: Figures = nobody,
    kind: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[int] | None = None,
    key_every: int = 250,
    options: dict[str, str] | None = None,
    sound: str = "",
    turned: int = 0,
    numbered: bool = False,
    fragmented: bool = False,
) -> bytes:
    """A clip.

    times    of each frame, in ticks of 1/12800 s; even without
    sound    a codec: the clip has a tone
    turned   degrees clockwise that a player is told to turn it (MP4)
    fragmented  an MP4 whose index comes in pieces, as a recorder writes it that may lose its power
    numbered  each frame has its number at the bottom left, for `numbers_in`
    """
    out = io.BytesIO()
    long_kind = {"mkv": "matroska", "ts": "mpegts"}.get(kind, kind)
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if fragmented else {}
    with av.open(out, "w", format=long_kind, options=flags) as container:
        # Key frames where they are said to be, and nowhere else.
        exact = {"g": str(key_every), **({"sc_threshold": "0"} if codec == "libx264" else {})}
        stream: Any = container.add_stream(codec, rate=rate, options={**exact, **(options or {})})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        if times is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
        tone: Any = container.add_stream(sound, rate=44_100) if sound else None
        for number in range(frames):
            picture = _drawn(width, height, figures(number))
            if numbered:
                _number(picture, number)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(format=pixels)
            frame.pts = number if times is None else times[number]
            frame.time_base = Fraction(1, rate) if times is None else Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            add_tone(container, tone, seconds=frames / rate)
    content = out.getvalue()
    if turned:
        content = _turned(content, turned)
    if target is not None:
        target.write_bytes(content)
    return content


def _drawn(width: int, height: int, figures: Sequence[Figure]) -> Pixels:
    picture = np.full((height, width, 3), 90, np.uint8)
    for x1, y1, x2, y2, wearing in figures:
        picture[max(0, round(y1)) : max(0, round(y2)), max(0, round(x1)) : max(0, round(x2))] = COLOURS[wearing]
    return picture


def _number(picture: Pixels, number: int) -> None:
    for bit in range(_BITS):
        picture[-8:, 8 * bit : 8 * bit + 8] = 255 if number >> bit & 1 else 0


def numbers_in(frames: Sequence[av.VideoFrame]) -> list[int]:
    """What `numbered` clips say."""
    rows = [frame.to_ndarray(format="gray")[-4] for frame in frames]
    return [sum(1 << bit for bit in range(_BITS) if row[8 * bit + 4] > 128) for row in rows]


def add_tone(container: Any, stream: Any, *, seconds: float) -> None:
    """As long as that, of 440 Hz."""
    size, at = stream.codec_context.frame_size or 1024, 0
    while at < seconds * 44_100:
        wave = 0.3 * np.sin(2 * np.pi * 440 * (at + np.arange(size)) / 44_100)
        planar = stream.codec_context.format.is_planar
        kind = "fltp" if planar else "s16"
        samples = wave.astype(np.float32) if planar else (wave * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format=kind, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, at, Fraction(1, 44_100)
        container.mux(stream.encode(frame))
        at += size
    container.mux(stream.encode(None))


def _turned(content: bytes, degrees: int) -> bytes:
    """With another matrix in the header of its first track: what phones write that are held upright."""
    one, zero = 1 << 16, 0
    sine, cosine = {90: (one, zero), 180: (zero, -one), 270: (-one, zero)}[degrees]
    matrix = struct.pack(">9i", cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30)
    # Version and flags, five numbers, eight reserved bytes, then layer, group, volume and two more reserved bytes.
    at = content.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    return content[:at] + matrix + content[at + 36 :]


class SeesColours:
    """Finds the squares, each as surely as it is told."""

    def __init__(self, score: float = 0.9) -> None:
        self.score = score
        self.looked_at = 0

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Face]:
        self.looked_at += 1
        found = []
        for wearing, colour in COLOURS.items():
            is_it: NDArray[np.bool_] = np.abs(pixels.astype(np.int16) - np.array(colour, np.int16)).max(2) < 90
            found += [
                Face(x1, y1, x2, y2, wearing, self.score) for x1, y1, x2, y2 in _runs(is_it) if x2 - x1 > 3 < y2 - y1
            ]
        return found


def make_colour_model(folder: Path, *, side: int) -> Path:
    """A model like any other, which takes each square of a clear colour for a face of 32 pixels in its middle."""
    ours = np.array([[-1, 1, -1], [1, -1, -1], [-1, -1, 1]], np.float32) / 20
    weights: dict[str, NDArray[Any]] = {
        "colours": ours[:, :, None, None],
        "doubt": np.full(3, -2.5, np.float32),
        "points": np.array([1, -1, 3]),
        "nothing": np.zeros((3, 4), np.float32),
        "reach": np.full(4, 2, np.float32),
    }
    steps = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        # Three times as wide as a cell, so that the middle of a square is likelier than its edges.
        helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[24, 24], strides=[8, 8], pads=[8] * 4),
        helper.make_node("Conv", ["cells", "colours", "doubt"], ["likeness"]),
        helper.make_node("Transpose", ["likeness"], ["rows"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["rows", "points"], ["logits"]),
        helper.make_node("MatMul", ["logits", "nothing"], ["noughts"]),
        helper.make_node("Add", ["noughts", "reach"], ["distances"]),
    ]
    graph = helper.make_graph(
        steps,
        "colours",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, "height", "width", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("logits", "distances")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content = model.SerializeToString()
    folder.mkdir()
    (folder / "model.onnx").write_bytes(content)
    told = {
        "file": "model.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": {"long_side": side},
        "strides": [8],
        "classes": list(COLOURS),
        "threshold": 0.5,
        "nms": {"overlap": 0.01, "most_faces": 50},
        "licence": "Apache-2.0",
        "figures": {},
    }
    (folder / "model.json").write_text(json.dumps(told))
    return folder


def _runs(is_it: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Boxes of what stands side by side, parted by empty columns."""
    columns = np.flatnonzero(is_it.any(0))
    if not len(columns):
        return []
    boxes = []
    for group in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
        rows = np.flatnonzero(is_it[:, group].any(1))
        boxes.append((int(group[0]), int(rows[0]), int(group[-1]) + 1, int(rows[-1]) + 1))
    return boxes


def upload(client: Client, content: bytes, name: str = "clip.mp4") -> Any:
    """POST as the document has it."""
    return client.post("/mask_detect/video_calculate/", {"video_file": SimpleUploadedFile(name, content)})


def uploaded(client: Client, content: bytes, name: str = "clip.mp4") -> str:
    """The path of the result of a video that was taken in."""
    answer = upload(client, content, name).json()
    assert answer["state"] == "ok", answer
    return str(answer["url"]).removeprefix("http://testserver")


def work() -> None:
    """What workers would do."""
    run_due(queues=["video"])


def body(response: Any) -> bytes:
    """What was answered, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def frames_in(content: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(content), "r") as container:
        return list(container.decode(video=0))


def files() -> list[str]:
    """Every file of the store, and what lies where uploads come in."""
    try:
        folders = default_storage.listdir(FOLDER)[0]
    except FileNotFoundError:
        return []
    found = []
    for folder in folders:
        inner, names = default_storage.listdir(f"{FOLDER}/{folder}")
        found += [*names, *(f"{one}/" for one in inner)]
    return sorted(found)


def on_disk(settings: Any, folder: Path) -> None:
    """The store is a folder, as it is without S3."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "base_url": "/media/"},
        },
    }
    storages._storages = {}  # type: ignore[attr-defined]


CLIP = make_clip(sound="aac")
