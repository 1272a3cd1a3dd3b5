"""The models that may be loaded: those shipped here, and those in a folder that the operator names.

A model is a folder with `model.json` and the ONNX file it tells of.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quintet.services.masks.vision.letterbox import CLASSES

SHIPPED = Path(__file__).with_name("models")


class UnknownModel(LookupError):
    """No folder of that name holds a model."""


class DamagedModel(RuntimeError):
    """A model's files contradict each other or cannot be read."""


@dataclass(frozen=True)
class Model:
    """What model.json says.

    side       pixels of the long side that a picture is scaled to
    strides    of the network's levels; the sides of its canvas are multiples of the last
    threshold  least score of a face when the caller names none
    overlap    IoU above which the lesser of two faces is dropped
    figures    how well it did, by part of the data and size
    """

    name: str
    folder: Path
    file: Path
    sha256: str
    side: int
    strides: tuple[int, ...]
    classes: tuple[str, ...]
    threshold: float
    overlap: float
    most_faces: int
    licence: str
    figures: dict[str, Any]

    def read(self) -> bytes:
        """The ONNX file. Raises DamagedModel unless it is the very file that model.json was written for."""
        try:
            content = self.file.read_bytes()
        except OSError as missing:
            raise DamagedModel(f"model {self.name!r}: {self.file} cannot be read") from missing
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise DamagedModel(
                f"model {self.name!r}: {self.file.name} has sha256 {found[:12]}…, "
                f"but model.json was written for {self.sha256[:12]}…; install the model again"
            )
        return content


def read_model(folder: Path) -> Model:
    """The model in a folder. Raises UnknownModel without a model.json, DamagedModel when that makes no sense."""
    try:
        told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except OSError as missing:
        raise UnknownModel(f"{folder} holds no model.json") from missing
    except ValueError as broken:
        raise DamagedModel(f"{folder / 'model.json'} is not JSON: {broken}") from broken
    try:
        model = Model(
            name=folder.name,
            folder=folder,
            file=folder / told["file"],
            sha256=told["sha256"],
            side=int(told["input"]["long_side"]),
            strides=tuple(int(stride) for stride in told["strides"]),
            classes=tuple(told["classes"]),
            threshold=float(told["threshold"]),
            overlap=float(told["nms"]["overlap"]),
            most_faces=int(told["nms"]["most_faces"]),
            licence=told["licence"],
            figures=told["figures"],
        )
    except (KeyError, TypeError, ValueError) as broken:
        raise DamagedModel(f"{folder / 'model.json'} lacks or garbles {broken}") from broken
    if not set(model.classes) <= set(CLASSES):
        raise DamagedModel(f"model {model.name!r} knows classes {model.classes}, we know {CLASSES}")
    if not model.strides or not 0 < model.threshold < 1:
        raise DamagedModel(f"model {model.name!r} needs strides, and a threshold between 0 and 1")
    return model


def all_models(extra: Path | None = None) -> list[Model]:
    """Every model by name; one in the extra folder stands in for a shipped one of the same name."""
    found = {}
    for root in (SHIPPED, extra):
        if root is not None and root.is_dir():
            for told in sorted(root.glob("*/model.json")):
                found[told.parent.name] = read_model(told.parent)
    return [found[name] for name in sorted(found)]


def find_model(name_or_path: str | Path, extra: Path | None = None) -> Model:
    """The model of that name, or in that folder. Raises UnknownModel."""
    path = Path(name_or_path)
    if path.is_absolute() or len(path.parts) > 1:
        return read_model(path)
    for root in (extra, SHIPPED):
        if root is not None and (root / path / "model.json").is_file():
            return read_model(root / path)
    known = ", ".join(sorted(model.name for model in all_models(extra))) or "none"
    raise UnknownModel(f"no model is named {str(name_or_path)!r}; known: {known}")
