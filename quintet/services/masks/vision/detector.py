"""Finds faces in a picture and says how each wears its mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Literal, cast

import numpy as np

from quintet.services.masks.vision.decode import Floats, faces_from
from quintet.services.masks.vision.engines import CPU, ONNXRUNTIME, Array, Engine, start
from quintet.services.masks.vision.letterbox import GREY, Pixels, Placement, resize_letterboxed
from quintet.services.masks.vision.looks import joined, mirrored_back
from quintet.services.masks.vision.registry import DamagedModel, Model, find_model
from quintet.services.masks.vision.yolo import foreign_faces_from, tensor_of

_LEAST_TO_ADD = 0.02

Wearing = Literal["with_mask", "without_mask", "mask_worn_incorrect"]


@dataclass(frozen=True)
class Face:
    """One face of an upright picture.

    x1, y1, x2, y2  left, top, right, bottom in pixels of the picture, from its top left corner
    score           0..1, how sure the detector is of face and class together
    """

    x1: float
    y1: float
    x2: float
    y2: float
    wearing: Wearing
    score: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x1, y1, x2, y2."""
        return self.x1, self.y1, self.x2, self.y2


class Detector:
    """A model ready to run. Many threads may share one."""

    def __init__(
        self, model: Model, *, threads: int = 1, providers: Sequence[str] = CPU, runtime: str = ONNXRUNTIME
    ) -> None:
        """Raises DamagedModel when the model's files are not what they should be."""
        content = model.read()
        try:
            self.engine = start(content, threads=threads, providers=providers, runtime=runtime)
        except Exception as broken:  # onnxruntime has an exception class of its own for every status
            raise DamagedModel(f"model {model.name!r} cannot be loaded: {broken}") from broken
        if fault := _fault_of_input(self.engine, model):
            raise DamagedModel(f"model {model.name!r} {fault}")
        self.model = model

    def run(self, canvas: Pixels) -> list[Array]:
        """What the network answers to a letterboxed picture, undecoded."""
        return self.engine.run(tensor_of(canvas) if self.model.layout == "yolo" else canvas[None])

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Face]:
        """Find the faces of an upright picture, best score first.

        pixels     uint8 (height, width, 3), RGB, row 0 at the top
        threshold  least score, between 0 and 1; the model's own when none is given

        Raises     ValueError for anything else
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"a picture is uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
        least = self.model.threshold if threshold is None else threshold
        if not 0 < least < 1:
            raise ValueError(f"a threshold lies between 0 and 1, not at {least}")
        least = self.model.calibration.before(least)
        side, mirrored = self.model.sides_for(pixels.shape[1], pixels.shape[0])
        found = self._look_twice(pixels, side, mirrored, least) if mirrored else self._look(pixels, side, least)
        found[:, 1] = self.model.calibration.of(found[:, 1])
        classes = self.model.classes
        return [
            Face(x1, y1, x2, y2, cast(Wearing, classes[int(kind)]), score)
            for kind, score, x1, y1, x2, y2 in found.tolist()
        ]

    def _look(self, pixels: Pixels, side: int, least: float, *, mirrored: bool = False) -> Floats:
        canvas, placement = resize_letterboxed(
            pixels, side, self.model.multiple, channels=self.model.channels, mirrored=mirrored
        )
        found = self._faces_on(canvas, placement, least)
        return mirrored_back(found, placement.width) if mirrored else found

    def _look_twice(self, pixels: Pixels, side: int, mirrored: int, least: float) -> Floats:
        # What one look is hardly sure of still adds to what the other is.
        hardly = min(least, max(_LEAST_TO_ADD, least / 5))
        one, two = (
            self._look(pixels, side, hardly),
            self._look(pixels, mirrored, hardly, mirrored=True),
        )
        found = joined(one, two, overlap=self.model.overlap)
        return found[found[:, 1] >= least][: self.model.most_faces]

    def _faces_on(self, canvas: Pixels, placement: Placement, least: float) -> Floats:
        model, answers = self.model, self.run(canvas)
        if model.layout == "yolo":
            return foreign_faces_from(answers, model, least, placement)
        logits, distances = cast("list[Floats]", answers)
        return faces_from(
            logits[0],
            distances[0],
            (canvas.shape[0], canvas.shape[1]),
            model.strides,
            threshold=least,
            overlap=model.overlap,
            most=model.most_faces,
            placement=placement,
            softplus=model.softplus,
        )


def _fault_of_input(engine: Engine, model: Model) -> str:
    """Why the network cannot take what its layout gives it; empty when it can."""
    wanted, given = "uint8", cast("tuple[int | None, ...]", (1, None, None, model.channels))
    if model.layout == "yolo":
        wanted, given = "float32", (1, 3, model.side, model.side)
    if engine.kind != wanted:
        return f"takes {engine.kind}, and layout {model.layout!r} gives {wanted}"
    fits = len(engine.shape) == 4 and all(
        None in (has, gets) or has == gets for has, gets in zip(engine.shape, given, strict=True)
    )
    return "" if fits else f"takes {_shown(engine.shape)}, and its model.json promises {_shown(given)}"


def _shown(shape: Sequence[int | None]) -> str:
    return " x ".join("any" if length is None else str(length) for length in shape)


def try_out(model: Model) -> None:
    """Let the model look at a grey picture. Raises DamagedModel when that already goes wrong."""
    detector = Detector(model)
    try:
        faces = detector.detect(np.full((480, 640, 3), GREY, np.uint8), 0.01)
    except DamagedModel:
        raise
    except Exception as broken:  # onnxruntime's own exceptions, and numpy's for answers of another shape
        raise DamagedModel(f"model {model.name!r} does not run: {broken}") from broken
    if not all(np.isfinite([face.score, *face.box]).all() for face in faces):
        raise DamagedModel(f"model {model.name!r} answers with what is no number")


_loading = Lock()


def load_detector(
    name_or_path: str | Path = "accurate",
    *,
    threads: int = 1,
    providers: Sequence[str] = CPU,
    runtime: str = ONNXRUNTIME,
    extra: Path | None = None,
) -> Detector:
    """The detector of that name or in that folder: one per process, however many ask for it.

    extra   folder with more models, which come before those shipped

    Raises  UnknownModel, DamagedModel
    """
    model = find_model(name_or_path, extra)
    # Two first requests at once would each load it; the lock lets one load and the other find it loaded.
    with _loading:
        return _loaded(model.folder.resolve(), model.sha256, threads, tuple(providers), runtime)


# The hash is asked for so that a model which takes another's place is loaded.
@lru_cache(maxsize=8)
def _loaded(folder: Path, sha256: str, threads: int, providers: tuple[str, ...], runtime: str) -> Detector:
    return Detector(find_model(folder), threads=threads, providers=providers, runtime=runtime)
