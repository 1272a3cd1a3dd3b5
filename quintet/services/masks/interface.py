"""The only module of this service that the rest of the product may import."""

import threading
from typing import TYPE_CHECKING

from quintet.services.masks import conf
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.queries import (
    any_camera_has_a_source,
    detector_called,
    known_models,
    model_for,
    models_folder,
    picture_detector,
    video_detector,
    why_models_run_elsewhere,
)
from quintet.services.masks.vision.letterbox import CLASSES, Pixels
from quintet.services.masks.vision.registry import DamagedModel, UnknownModel

if TYPE_CHECKING:
    from quintet.services.masks.vision.detector import Face

__all__ = [
    "ADMINISTRATOR_LEVEL",
    "CLASSES",
    "DOOR",
    "DamagedModel",
    "UnknownModel",
    "any_camera_has_a_source",
    "faces_on",
    "known_models",
    "model_for",
    "models_folder",
    "places_to_watch_cameras",
    "watch_cameras",
    "why_models_run_elsewhere",
    "why_the_model_cannot_be_used",
]


def watch_cameras(stop: threading.Event, *, parent_pid: int = 0) -> None:
    """Read cameras until told to stop, or until there has been none with a source for a while."""
    # Only the process that reads them needs what decodes video.
    from quintet.services.masks.watching.watcher import Watcher

    Watcher(stop, parent_pid=parent_pid).run()


def places_to_watch_cameras() -> int:
    """How many threads of a web process may be held by people who watch cameras."""
    return conf.CAMERA_STREAMS.value


def faces_on(pixels: Pixels, *, model: str, threshold: float) -> "list[Face]":
    """The faces of an upright picture, best score first. A process has one session for each model, whoever asks.

    pixels     uint8 (height, width, 3), RGB
    model      a name that known_models has
    threshold  least score, between 0 and 1

    Raises     UnknownModel, DamagedModel
    """
    return detector_called(model).detect(pixels, threshold)


def why_the_model_cannot_be_used() -> str:
    """What is wrong with the models that look at pictures and videos; empty when nothing is."""
    try:
        picture_detector()
        video_detector()
    except (DamagedModel, UnknownModel) as bad:
        return str(bad)
    return ""
