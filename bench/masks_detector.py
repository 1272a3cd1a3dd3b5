"""Time of our detectors as a ratio to an SSD of AIZOO's shape, on the same onnxruntime, one thread, one run.

The stand-in has the shape of AIZOO's FaceMaskDetection at 360 x 360 (eight convolutions of 32-64-64-64-128-128-64-64
channels, five pairs of heads, 1.0 million parameters) and random weights: its answers are noise, its cost is real.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import onnx
import onnxruntime
import PIL.Image
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bench import Row
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.letterbox import Pixels, resize_letterboxed
from quintet.services.masks.vision.registry import find_model
from quintet.services.masks.vision.scaling import scaled

SIDE = 360
CHANNELS = (32, 64, 64, 64, 128, 128, 64, 64)
FIRST_WITH_HEADS = 3
ANCHORS = 4
ROUNDS, WARM_UP = 40, 3
SURE = 0.999
AGAINST = "SSD of AIZOO's shape (float, 360)"


class Builder:
    """Collects the nodes and weights of a graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(1)
        self.parameters = 0

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; the name of what it gives."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def conv(self, source: str, inputs: int, outputs: int, *, padded: bool = True) -> str:
        """A 3 x 3 convolution with batch norm folded in."""
        weight = self.random.normal(0, (2 / (9 * inputs)) ** 0.5, (outputs, inputs, 3, 3)).astype(np.float32)
        bias = np.zeros(outputs, np.float32)
        names = [f"weight_{len(self.weights)}", f"bias_{len(self.weights)}"]
        self.weights += [numpy_helper.from_array(weight, names[0]), numpy_helper.from_array(bias, names[1])]
        self.parameters += weight.size + bias.size
        return self.node("Conv", source, *names, kernel_shape=[3, 3], pads=[int(padded)] * 4)


def build_stand_in() -> tuple[bytes, int]:
    """The SSD as ONNX, and how many parameters it has."""
    build = Builder()
    shapes = {"loc": 4, "cls": 2}
    for name, width in shapes.items():
        build.weights.append(numpy_helper.from_array(np.array([1, -1, width], np.int64), f"{name}_shape"))
    answers: dict[str, list[str]] = {name: [] for name in shapes}
    source, inputs = "x", 3
    for block, outputs in enumerate(CHANNELS):
        last = block == len(CHANNELS) - 1
        source = build.node("Relu", build.conv(source, inputs, outputs, padded=not last))
        if block >= FIRST_WITH_HEADS:
            for name, width in shapes.items():
                head = build.node("Relu", build.conv(source, outputs, 64))
                head = build.conv(head, 64, ANCHORS * width)
                head = build.node("Transpose", head, perm=[0, 2, 3, 1])
                answers[name].append(build.node("Reshape", head, f"{name}_shape"))
        if block < len(CHANNELS) - 2:
            source = build.node("MaxPool", source, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
        inputs = outputs
    loc = build.node("Concat", *answers["loc"], axis=1)
    cls = build.node("Sigmoid", build.node("Concat", *answers["cls"], axis=1))
    graph = helper.make_graph(
        build.nodes,
        "stand_in",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "anchors", width])
            for name, width in ((loc, shapes["loc"]), (cls, shapes["cls"]))
        ],
        build.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString(), build.parameters


def make_picture(width: int, height: int) -> Pixels:
    """Something with edges at every scale; neither network's time depends on what it shows."""
    return np.array(PIL.Image.effect_mandelbrot((width, height), (-2, -1.2, 1, 1.2), 60).convert("RGB"))


def resize_squarely(pixels: Pixels) -> NDArray[np.float32]:
    """As AIZOO prepares a picture: a square, whatever it was, scaled to 0..1; with the scaler that ours has, too."""
    return (scaled(pixels, SIDE, SIDE).astype(np.float32) / np.float32(255)).transpose(2, 0, 1)[None]


def rounds_of(kinds: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """CPU time of each in every round, taken in turns so that a busy machine is busy for all."""
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(ROUNDS + WARM_UP):
        for name, act in kinds.items():
            began = time.process_time()
            act()
            if turn >= WARM_UP:
                times[name].append(time.process_time() - began)
    return times


def compared(kinds: dict[str, Callable[[], object]], measure: str) -> list[Row]:
    """A row for each of ours; the stand-in is the one without a title."""
    times = rounds_of(kinds)
    rival = times.pop("")
    rows = []
    for title, ours in times.items():
        ratio = statistics.median(rival) / statistics.median(ours)
        single = [theirs / mine for theirs, mine in zip(rival, ours, strict=True)]
        print(f"{title}, {measure}: {1 / ratio:.2f} of the stand-in's", file=sys.stderr)
        rows.append(Row(title, AGAINST, ratio, measure, min(single), max(single)))
    return rows


def faces_of(session: onnxruntime.InferenceSession, points: NDArray[np.float32], pixels: Pixels) -> NDArray[np.float32]:
    """The whole way with the stand-in: prepared, looked at, its boxes decoded; with its random weights few are sure."""
    loc, cls = session.run(None, {"x": resize_squarely(pixels)})
    centre = points[:, :2] + loc[0, :, :2] * np.float32(0.1) * points[:, 2:]
    half = points[:, 2:] * np.exp(np.clip(loc[0, :, 2:] * np.float32(0.2), -4, 4)) / 2
    boxes = np.concatenate([centre - half, centre + half], 1)
    kept: NDArray[np.float32] = boxes[cls[0].max(1) > SURE]
    return kept


def run() -> list[Row]:
    content, parameters = build_stand_in()
    assert 0.9e6 < parameters < 1.1e6
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    rival = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    rows = []
    for shape, pixels in (("4:3", make_picture(640, 480)), ("square", make_picture(640, 640))):
        prepared = resize_squarely(pixels)
        points = np.full((rival.run(None, {"x": prepared})[0].shape[1], 4), 0.5, np.float32)
        networks: dict[str, Callable[[], object]] = {"": partial(rival.run, None, {"x": prepared})}
        wholes: dict[str, Callable[[], object]] = {"": partial(faces_of, rival, points, pixels)}
        for name in ("accurate", "fast"):
            model = find_model(name)
            detector = Detector(model)
            side, _ = model.sides_for(pixels.shape[1], pixels.shape[0])
            canvas = resize_letterboxed(pixels, side, model.multiple, channels=model.channels)[0]
            title = f"{name} (int8, {side}), {shape} picture"
            networks[title] = partial(detector.run, canvas)
            wholes[title] = partial(detector.detect, pixels)
        rows += compared(networks, "CPU time, network alone") + compared(wholes, "CPU time, pixels to faces")
    return rows
