"""The models that may be loaded: those shipped here, and those in a folder that the operator names.

A model is a folder with `model.json` and the ONNX file it tells of. Its layout says how pixels go in and answers come
out: "points" is our own (training/masks), "yolo" what YOLO exports have in common (docs/howto/add-a-model.md).
"""

import hashlib
import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal, get_args

from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration
from quintet.services.masks.vision.letterbox import CLASSES, canvas_of

SHIPPED = Path(__file__).with_name("models")

Layout = Literal["points", "yolo"]
Scores = Literal["probabilities", "logits"]
# A network sees nothing on less, and the second look brings nothing.
LEAST_SIDE, _LEAST_SECOND = 32, 288
# In a foreign network, a class that is none of ours.
NOTHING = ""


class UnknownModel(LookupError):
    """No folder of that name holds a model."""


class DamagedModel(RuntimeError):
    """A model's files contradict each other or cannot be read."""


@dataclass(frozen=True)
class Model:
    """What model.json says.

    side       pixels of the long side that a picture is scaled to
    strides    of the network's levels; none in layout "yolo"
    multiple   both sides of the canvas are multiples of it; a foreign network sees a square whatever the picture
    channels   of what layout "points" gives the network: 3, or 4 with the last one grey
    mirrored   pixels of the long side at which the picture's mirror image is looked at too; 0: it is not
    softplus   distances have yet to go through it
    pixels     of all looks' canvases together at most; 0: as many as it takes
    calibration  what its scores become before anybody sees them
    classes    what each of the network's classes is of ours; NOTHING for one that we do not know
    threshold  least score of a face when the caller names none
    overlap    IoU above which the lesser of two faces is dropped
    figures    how well it did, by part of the data and size
    layout     how pixels go in and answers come out
    scores     layout "yolo": whether its scores lie between 0 and 1 already, or go through a sigmoid first
    """

    name: str
    folder: Path
    file: Path
    sha256: str
    side: int
    strides: tuple[int, ...]
    multiple: int
    classes: tuple[str, ...]
    threshold: float
    overlap: float
    most_faces: int
    licence: str
    figures: dict[str, Any]
    layout: Layout = "points"
    scores: Scores = "probabilities"
    channels: int = 3
    mirrored: int = 0
    pixels: int = 0
    softplus: bool = False
    calibration: Calibration = AS_IT_IS

    def sides_for(self, width: int, height: int) -> tuple[int, int]:
        """Pixels of the long sides at which a picture of this size and its mirror image are looked at; 0: it is not.

        A square picture is more to look at than a flat one, and should not take so much longer: with `pixels` the
        second look is made smaller or left out, and if that is not enough the first one is made smaller, too.
        """
        if not self.pixels or not width or not height:
            return self.side, self.mirrored
        first, taken = self._fitting(self.side, LEAST_SIDE, self.pixels, (width, height))
        second, _ = self._fitting(self.mirrored, _LEAST_SECOND, self.pixels - taken, (width, height))
        return first or LEAST_SIDE, second

    def _fitting(self, most: int, least: int, pixels: int, size: tuple[int, int]) -> tuple[int, int]:
        for side in range(most, least - 1, -self.multiple):
            if (taken := prod(canvas_of(*size, side, self.multiple))) <= pixels:
                return side, taken
        return 0, 0

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
        layout, side = told.get("layout", "points"), int(told["input"]["long_side"])
        strides = tuple(int(stride) for stride in told["strides"]) if layout == "points" else ()
        model = Model(
            name=folder.name,
            folder=folder,
            file=folder / told["file"],
            sha256=told["sha256"],
            side=side,
            strides=strides,
            multiple=int(told["input"].get("multiple_of", strides[-1])) if strides else side,
            classes=_classes_of(told["classes"]),
            threshold=float(told["threshold"]),
            overlap=float(told["nms"]["overlap"]),
            most_faces=int(told["nms"]["most_faces"]),
            licence=told["licence"],
            figures=dict(told["figures"]),
            layout=layout,
            scores=told.get("scores", "probabilities"),
            channels=int(told["input"].get("channels", 3)),
            pixels=int(told["input"].get("most_pixels", 0)),
            softplus=bool(told.get("softplus", False)),
            calibration=Calibration(**told.get("calibration", {})),
            mirrored=int(told["input"].get("mirrored_long_side", 0)),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as broken:
        raise DamagedModel(f"{folder / 'model.json'} lacks or garbles {broken}") from broken
    if fault := _fault_of(model):
        raise DamagedModel(f"model {model.name!r} {fault}")
    return model


def _classes_of(told: Any) -> tuple[str, ...]:
    """Ours for each of the network's, in its order: from a list, or from its own names to ours."""
    classes = told.values() if isinstance(told, dict) else list(told)
    return tuple(NOTHING if ours is None else str(ours) for ours in classes)


def _fault_of(model: Model) -> str:
    """Why it makes no sense; empty when it does."""
    if model.layout not in get_args(Layout) or model.scores not in get_args(Scores):
        return (
            f"has layout {model.layout!r} and scores {model.scores!r}, we know {get_args(Layout)}, {get_args(Scores)}"
        )
    ours = {*CLASSES, NOTHING} if model.layout == "yolo" else {*CLASSES}
    if not set(model.classes) <= ours or not set(model.classes) & {*CLASSES}:
        return f"knows classes {model.classes}, we know {CLASSES}"
    if model.layout == "points" and (not model.strides or min(*model.strides, model.multiple) < 1):
        return "needs strides, and sides that are multiples of something"
    if not (0 < model.calibration.slope < 100 and abs(model.calibration.offset) < 100):
        return "needs a calibration with a slope above 0"
    if model.channels not in (3, 4):
        return f"takes {model.channels} channels, we give 3 or 4"
    if model.mirrored and (model.layout != "points" or not LEAST_SIDE <= model.mirrored <= 4096):
        return 'can look at mirror images in layout "points" alone, with a long side of 32 to 4096'
    if (
        not LEAST_SIDE <= model.side <= 4096
        or not 0 < model.threshold < 1
        or not 0 < model.overlap <= 1
        or model.most_faces < 1
    ):
        return "needs a long side of 32 to 4096, a threshold between 0 and 1, and nms that leaves faces"
    return ""


def model_folders(extra: Path | None = None) -> list[Path]:
    """Every model's folder by name, unread; one in the extra folder stands in for a shipped one of the same name."""
    found: dict[str, Path] = {}
    for root in (SHIPPED, extra):
        if root is not None and root.is_dir():
            found |= {told.parent.name: told.parent for told in root.glob("*/model.json")}
    return [found[name] for name in sorted(found)]


def all_models(extra: Path | None = None) -> list[Model]:
    """Every model by name. Raises DamagedModel."""
    return [read_model(folder) for folder in model_folders(extra)]


def find_model(name_or_path: str | Path, extra: Path | None = None) -> Model:
    """The model of that name, or in that folder. Raises UnknownModel."""
    path = Path(name_or_path)
    if path.is_absolute() or len(path.parts) > 1:
        return read_model(path)
    for root in (extra, SHIPPED):
        if root is not None and (root / path / "model.json").is_file():
            return read_model(root / path)
    known = ", ".join(folder.name for folder in model_folders(extra)) or "none"
    raise UnknownModel(f"no model is named {str(name_or_path)!r}; known: {known}")
