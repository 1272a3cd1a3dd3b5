"""Turn a checkpoint into the models that ship: int8 ONNX and a model.json for each size.

The graph takes uint8 pixels (1, height, width, 4): normalisation is nothing but the first dequantisation; the fourth
channel, which counts for nothing, is there because onnxruntime is quicker with four (by a fifth of the whole).
The convolutions are quantised with their neighbours; the small heads that answer stay in float.
"""

import argparse
import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from quintet.services.masks.vision.letterbox import CLASSES, CONTRAST, GREY, resize_letterboxed
from quintet.services.masks.vision.registry import read_model
from training.masks.data import Labelled, read_labelled
from training.masks.evaluate import (
    MOST_FACES,
    OVERLAP,
    Detect,
    as_shipped,
    average_of,
    best_threshold,
    calibrated_on,
    figures,
    in_float,
    measure,
    reliability,
)
from training.masks.net import MULTIPLE, STRIDES

SIDES = {"accurate": 640, "fast": 416}
# Where there is time, the mirror image is looked at, too: mistakes of the two differ.
MIRRORED = {"accurate": 416}
# Of all looks together: pictures of 4:3 fit; at a square one `accurate` looks once, and `fast` looks at 384.
MOST_PIXELS = {"accurate": 450_000, "fast": 150_000}
CALIBRATED_ON = 96
Parts = dict[str, list[Labelled]]
CHANNELS = 4
QUANTISED = ["Conv", "Relu", "Add", "Resize"]


class Calibration(CalibrationDataReader):
    """Some training pictures at the sizes that serve."""

    def __init__(self, pictures: Sequence[Labelled]) -> None:
        self.left: Iterator[tuple[int, Labelled]] = iter(enumerate(pictures))

    def get_next(self) -> dict[str, Any] | None:
        for number, picture in self.left:
            side = list(SIDES.values())[number % len(SIDES)]
            canvas, _ = resize_letterboxed(picture.pixels, side, MULTIPLE)
            return {"x": ((canvas.transpose(2, 0, 1)[None].astype(np.float32)) - GREY) / CONTRAST}
        return None


def export_float(checkpoint: Path, path: Path) -> None:
    """The network as float ONNX: x (1, 3, height, width), normalised, any sides that are multiples of 64."""
    torch.onnx.export(
        average_of(checkpoint).to(memory_format=torch.contiguous_format),
        (torch.zeros(1, 3, 448, 448),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["x"],
        output_names=["logits", "distances"],
        dynamic_axes={"x": {2: "height", 3: "width"}, "logits": {1: "points"}, "distances": {1: "points"}},
    )


def quantise(whole: Path, path: Path, pictures: Sequence[Labelled]) -> None:
    """Quantise all but the heads, by the ranges seen on some pictures."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(str(whole), str(plain), skip_symbolic_shape=True)
        graph = onnx.load(str(plain)).graph
        answers = {init.name for init in graph.initializer if len(init.dims) == 4 and init.dims[0] in (3, 4)}
        heads = [node.name for node in graph.node if node.op_type == "Conv" and node.input[1] in answers]
        quantize_static(
            str(plain),
            str(path),
            Calibration(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=heads,
        )


def take_pixels(path: Path) -> None:
    """Let the graph begin with uint8 pixels: they are what the first QuantizeLinear would have made of its input."""
    model = onnx.load(str(path))
    graph = model.graph
    first = next(node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == "x")
    scale, zero = first.input[1], first.input[2]
    for init in graph.initializer:
        if init.name == scale:
            init.CopyFrom(numpy_helper.from_array(np.array(1 / CONTRAST, np.float32), scale))
        if init.name == zero:
            init.CopyFrom(numpy_helper.from_array(np.array(GREY, np.uint8), zero))
    _widen(graph, first.output[0])
    _measure_bytes(graph)
    _leave_softplus(graph)
    graph.node.remove(first)
    graph.node.insert(0, helper.make_node("Transpose", ["pixels"], [first.output[0]], perm=[0, 3, 1, 2]))
    graph.input.pop()
    graph.input.append(
        helper.make_tensor_value_info("pixels", onnx.TensorProto.UINT8, [1, "height", "width", CHANNELS])
    )
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _widen(graph: onnx.GraphProto, pixels: str) -> None:
    """Give the first convolution weights of zero for one more channel."""
    made_by = {name: node for node in graph.node for name in node.output}
    first = next(node for node in graph.node if node.op_type == "Conv")
    assert made_by[first.input[0]].input[0] == pixels
    name = made_by[first.input[1]].input[0]
    weights = next(init for init in graph.initializer if init.name == name)
    held = numpy_helper.to_array(weights)
    missing = np.zeros((held.shape[0], CHANNELS - held.shape[1], *held.shape[2:]), held.dtype)
    weights.CopyFrom(numpy_helper.from_array(np.concatenate([held, missing], 1), name))


def _measure_bytes(graph: onnx.GraphProto) -> None:
    """Ask bytes for their shape, where else all of them would be made floats only to be asked."""
    made_by = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type == "Shape" and made_by[node.input[0]].op_type == "DequantizeLinear":
            node.input[0] = made_by[node.input[0]].input[0]


def _leave_softplus(graph: onnx.GraphProto) -> None:
    """To whoever decodes: of thousands of points a few dozen are faces."""
    for node in [node for node in graph.node if node.op_type == "Softplus"]:
        for after in graph.node:
            for place, name in enumerate(after.input):
                if name == node.output[0]:
                    after.input[place] = node.input[0]
        graph.node.remove(node)


def describe(path: Path, side: int, mirrored: int, most_pixels: int, checkpoint: Path, pictures: str) -> dict[str, Any]:
    """model.json, with no figures yet."""
    content = path.read_bytes()
    run = torch.load(checkpoint, weights_only=True)
    return {
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "input": {
            "name": "pixels",
            "layout": "uint8 (1, height, width, 4), RGB and a channel that counts for nothing",
            "channels": CHANNELS,
            "long_side": side,
            "mirrored_long_side": mirrored,
            "most_pixels": most_pixels,
            "multiple_of": MULTIPLE,
            "filled_with": GREY,
            "normalisation": f"(pixel - {GREY}) / {CONTRAST:g}, inside the graph",
        },
        "outputs": {
            "logits": "(1, points, classes), a score is the sigmoid of the greatest",
            "distances": "(1, points, 4): softplus of it: left, top, right, bottom from the point, in strides",
        },
        "softplus": True,
        "strides": list(STRIDES),
        "classes": list(CLASSES),
        "threshold": 0.5,
        "nms": {"overlap": OVERLAP, "most_faces": MOST_FACES},
        "figures": {},
        "made": {
            "by": "training/masks: train.py, export.py",
            "steps": run["step"],
            "patches_seen": run["seen"],
            "minutes_on_one_core": round(run["seconds"] / 60),
            "int8": f"onnxruntime QDQ, heads in float, calibrated on {CALIBRATED_ON} training pictures",
        },
        "licence": "Apache-2.0",
        "trained_on": [
            f"iAmEthanMai/mask-detection-dataset, {pictures} pictures (MIT)",
            "chandrikadeb7/Face-Mask-Detection, face crops (MIT)",
        ],
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--data", type=Path, required=True, help="folder with train/")
    ask.add_argument("--checkpoint", type=Path, required=True)
    ask.add_argument("--into", type=Path, required=True, help="folder of models, one folder for each")
    ask.add_argument("--sibling", type=Path, help="models whose threshold, calibration and figures stand for these")
    asked = ask.parse_args()
    torch.set_num_threads(1)
    learned_from = read_labelled(asked.data / "train", "train")
    parts = {part: read_labelled(asked.data / "train", part) for part in ("choose", "report", "both")}
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        export_float(asked.checkpoint, whole)
        quantise(whole, small, learned_from[:: max(1, len(learned_from) // CALIBRATED_ON)][:CALIBRATED_ON])
        take_pixels(small)
        learned = "all 594" if asked.sibling else "474 of 594"
        for name, side in SIDES.items():
            home = asked.into / name
            home.mkdir(parents=True, exist_ok=True)
            shutil.copy(small, home / "model.onnx")
            mirrored, pixels = MIRRORED.get(name, 0), MOST_PIXELS[name]
            told = describe(home / "model.onnx", side, mirrored, pixels, asked.checkpoint, learned)
            if asked.sibling:
                told |= told_by(asked.sibling / name)
            else:
                told |= measured(home, told, in_float(asked.checkpoint, mirrored, pixels), parts, side)
            write(home, told)
            print(name, json.dumps(told["figures"]["int8"]), told["threshold"])


def measured(home: Path, told: dict[str, Any], floating: Detect, parts: Parts, side: int) -> dict[str, Any]:
    """Threshold, calibration and figures of what lies in the folder, through the product's own detector."""
    write(home, told)
    find = as_shipped(read_model(home))
    found = {part: measure(find, pictures, side) for part, pictures in parts.items()}
    more: dict[str, Any] = {"calibration": dataclasses.asdict(calibrated_on(*found["choose"]))}
    write(home, told | more)
    find = as_shipped(read_model(home))
    found = {part: measure(find, pictures, side) for part, pictures in parts.items()}
    more["threshold"] = round(best_threshold(*found["choose"])[0], 2)
    in_full = {part: measure(floating, pictures, side) for part, pictures in parts.items()}
    more["figures"] = {
        "what": "AP50, VOC all-point; worn incorrectly is ignored for with, without and their mean",
        "int8": {part: rounded(figures(*pair)) for part, pair in found.items()},
        "float": {part: rounded(figures(*pair)) for part, pair in in_full.items()},
        "reliability": [[round(v, 3) for v in row] for row in reliability(*found["both"])],
    }
    return more


def told_by(sibling: Path) -> dict[str, Any]:
    """The same of a sibling that has not learned from the pictures it was measured on."""
    told = json.loads((sibling / "model.json").read_text())
    kept = {name: told[name] for name in ("threshold", "calibration", "figures") if name in told}
    kept["figures"]["of"] = "a sibling that learned without the pictures measured on; this one learned from all of them"
    return kept


def write(home: Path, told: dict[str, Any]) -> None:
    """Write model.json."""
    (home / "model.json").write_text(json.dumps(told, indent=2) + "\n")


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Three digits: more would be noise on so few pictures."""
    return {name: round(value, 3) for name, value in values.items()}


if __name__ == "__main__":
    main()
