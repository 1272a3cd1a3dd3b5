"""The only module of this service that the rest of the product may import."""

import threading

from quintet.services.masks import conf
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.queries import (
    any_camera_has_a_source,
    model_for,
    models_folder,
    picture_detector,
    video_detector,
    why_models_run_elsewhere,
)
from quintet.services.masks.vision.registry import DamagedModel, UnknownModel

__all__ = [
    "ADMINISTRATOR_LEVEL",
    "DOOR",
    "any_camera_has_a_source",
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


def why_the_model_cannot_be_used() -> str:
    """What is wrong with the models that look at pictures and videos; empty when nothing is."""
    try:
        picture_detector()
        video_detector()
    except (DamagedModel, UnknownModel) as bad:
        return str(bad)
    return ""
