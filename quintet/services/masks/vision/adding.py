"""Takes in models that others made."""

import hashlib
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quintet.services.masks.vision.detector import try_out
from quintet.services.masks.vision.registry import SHIPPED, DamagedModel, Model, read_model

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_UNSAID = {
    "threshold": 0.5,
    "nms": {"overlap": 0.5, "most_faces": 300},
    "licence": "not told",
    "figures": {},
}


class ModelExists(ValueError):
    """There is one of that name."""


def add_model(folder: Path, network: Path, meta: Path, name: str = "", *, replace: bool = False) -> Model:
    """Copy a network and what is told of it into the folder of added models: all of it or nothing.

    network  the ONNX file
    meta     its model.json, in which what belongs to the file (file, sha256, size_bytes) is filled in
    name     the network file's name without its ending where none is given
    replace  whether it may take the place of an added model of that name

    Raises   DamagedModel when files contradict each other, or the model cannot look at a picture; ModelExists
    """
    name = name or network.stem
    if not _NAME.fullmatch(name):
        raise DamagedModel(f"{name!r} is no name for a model: letters, digits, dots, dashes, 64 at most")
    if (SHIPPED / name).is_dir() or ((folder / name).exists() and not replace):
        raise ModelExists(f"there is a model {name!r} already")
    content, told = _read(network, meta)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Beside its place, so that it gets there by being renamed; hidden, so that nobody takes it for a model before.
    with TemporaryDirectory(dir=folder, prefix=".adding-") as beside:
        made = Path(beside) / name
        made.mkdir()
        (made / "model.onnx").write_bytes(content)
        (made / "model.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        try_out(read_model(made))
        if (folder / name).exists():
            (folder / name).rename(Path(beside) / "old")
        made.rename(folder / name)
    return read_model(folder / name)


def _read(network: Path, meta: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        content, told = network.read_bytes(), json.loads(meta.read_text(encoding="utf-8"))
    except OSError as refused:
        raise DamagedModel(f"{refused.filename} cannot be read: {refused.strerror}") from refused
    except ValueError as broken:
        raise DamagedModel(f"{meta} is not JSON: {broken}") from broken
    if not isinstance(told, dict):
        raise DamagedModel(f"{meta} holds no object")
    found = hashlib.sha256(content).hexdigest()
    if told.get("sha256", found) != found:
        raise DamagedModel(f"{network.name} has sha256 {found[:12]}…, but {meta.name} was written for another file")
    whose = {"file": "model.onnx", "sha256": found, "size_bytes": len(content)}
    # What training/masks exports has strides, and says nothing of a layout.
    layout = {"layout": "points" if "strides" in told else "yolo"}
    return content, {**_UNSAID, **layout, **told, **whose}
