"""Foreign networks that answer what a test wants."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
Floats = NDArray[np.float32]


def make_network(file: Path, answer: Floats, *, side: int | str = SIDE, kind: int = TensorProto.FLOAT) -> Path:
    """An ONNX file that answers the same to every picture."""
    steps = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["output0"]),
    ]
    return write_network(file, steps, {"answer": answer, "nought": np.float32(0)}, side=side, kind=kind)


def make_painter(file: Path, *, side: int = SIDE) -> Path:
    """One that answers one box, and for its three classes how red, green and blue the picture is."""
    weights = {
        "box": np.array([32, 32, 20, 10], np.float32).reshape(1, 4, 1),
        "column": np.array([1, 3, 1]),
    }
    steps = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Reshape", ["means", "column"], ["scores"]),
        helper.make_node("Concat", ["box", "scores"], ["output0"], axis=1),
    ]
    return write_network(file, steps, weights, side=side)


def write_network(
    file: Path, steps: list[Any], weights: dict[str, Any], *, side: int | str, kind: int = TensorProto.FLOAT
) -> Path:
    graph = helper.make_graph(
        steps,
        "foreign",
        [helper.make_tensor_value_info("images", kind, [1, 3, side, side])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file.write_bytes(model.SerializeToString())
    return file


def make_meta(file: Path, **told: Any) -> Path:
    """A model.json with as little as will do, and what the test wants else."""
    classes = {"mask": "with_mask", "face": "without_mask", "chin": "mask_worn_incorrect"}
    file.write_text(json.dumps({"layout": "yolo", "input": {"long_side": SIDE}, "classes": classes, **told}))
    return file
