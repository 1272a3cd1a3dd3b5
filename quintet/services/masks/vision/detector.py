"""Finds faces in a picture and says how each wears its mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Literal, cast

import numpy as np
import onnxruntime

from quintet.services.masks.vision.decode import faces_from
from quintet.services.masks.vision.letterbox import Pixels, resize_letterboxed
from quintet.services.masks.vision.registry import DamagedModel, Model, find_model

Wearing = Literal["with_mask", "without_mask", "mask_worn_incorrect"]

CPU = ("CPUExecutionProvider",)


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

    def __init__(self, model: Model, *, threads: int = 1, providers: Sequence[str] = CPU) -> None:
        """Raises DamagedModel when the model's files are not what they should be."""
        content = model.read()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Pictures come in every shape: an arena sized for the last one would only hold on to memory.
        options.enable_mem_pattern = False
        # Waiting threads sleep: a server's cores have other work than spinning for the next picture.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(content, options, providers=list(providers))
        except Exception as broken:  # onnxruntime has an exception class of its own for every status
            raise DamagedModel(f"model {model.name!r} cannot be loaded: {broken}") from broken
        self.model = model

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
        strides = self.model.strides
        canvas, placement = resize_letterboxed(pixels, self.model.side, strides[-1])
        logits, distances = self.session.run(None, {"pixels": canvas[None]})
        found = faces_from(
            logits[0],
            distances[0],
            (canvas.shape[0], canvas.shape[1]),
            strides,
            threshold=least,
            overlap=self.model.overlap,
            most=self.model.most_faces,
            placement=placement,
        )
        classes = self.model.classes
        return [
            Face(x1, y1, x2, y2, cast(Wearing, classes[int(kind)]), score)
            for kind, score, x1, y1, x2, y2 in found.tolist()
        ]


_loading = Lock()


def load_detector(
    name_or_path: str | Path = "accurate",
    *,
    threads: int = 1,
    providers: Sequence[str] = CPU,
    extra: Path | None = None,
) -> Detector:
    """The detector of that name or in that folder: one per process, however many ask for it.

    extra   folder with more models, which come before those shipped

    Raises  UnknownModel, DamagedModel
    """
    model = find_model(name_or_path, extra)
    # Two first requests at once would each load it; the lock lets one load and the other find it loaded.
    with _loading:
        return _loaded(model.folder.resolve(), threads, tuple(providers))


@lru_cache(maxsize=8)
def _loaded(folder: Path, threads: int, providers: tuple[str, ...]) -> Detector:
    return Detector(find_model(folder), threads=threads, providers=providers)
