"""Which model looks at what: a setting says so, or else `quintet model use` did, or else those shipped for it."""

from contextlib import suppress
from pathlib import Path

from quintet.core.conf import DATA, Setting
from quintet.services.masks import conf
from quintet.services.masks.vision.chosen import AT_FIRST, Use, chosen_models
from quintet.services.masks.vision.detector import Detector, load_detector
from quintet.services.masks.vision.engines import why_not_as_asked
from quintet.services.masks.vision.registry import DamagedModel, Model, UnknownModel, model_folders, read_model

_SETTINGS: dict[Use, Setting[str]] = {"pictures": conf.MODEL, "video": conf.VIDEO_MODEL}


def models_folder() -> Path:
    """Where added models are; it need not exist."""
    return Path(DATA.value).absolute() / "models"


def model_for(use: Use) -> str:
    """A name, or a folder. What was chosen counts from the next question on, without a restart."""
    return _SETTINGS[use].value or chosen_models(models_folder()).get(use) or AT_FIRST[use]


def picture_detector() -> Detector:
    """The one that looks at pictures. Raises UnknownModel, DamagedModel."""
    return _load(model_for("pictures"), threads=conf.MODEL_THREADS.value)


def video_detector() -> Detector:
    """The one that looks at videos; the one that is shipped for pictures where its model is not there any more."""
    try:
        return _load(model_for("video"))
    except UnknownModel:
        return _load(AT_FIRST["pictures"])


def camera_detector() -> Detector:
    """The one that all cameras share. Raises UnknownModel, DamagedModel."""
    return _load(conf.CAMERA_MODEL.value or model_for("video"))


def detector_called(name: str) -> Detector:
    """Any one, in the session that pictures have. Raises UnknownModel, DamagedModel."""
    return _load(name, threads=conf.MODEL_THREADS.value)


def known_models() -> list[Model]:
    """Every model by name, shipped and added; one that makes no sense is left out."""
    found = []
    for folder in model_folders(models_folder()):
        with suppress(DamagedModel, UnknownModel):
            found.append(read_model(folder))
    return found


def why_models_run_elsewhere() -> str:
    """What MASKS_RUNTIME or MASKS_PROVIDERS ask for that this machine has not; empty when it has all."""
    return why_not_as_asked(conf.PROVIDERS.value, conf.RUNTIME.value)


def _load(name: str, *, threads: int = 1) -> Detector:
    return load_detector(
        name, threads=threads, providers=conf.PROVIDERS.value, runtime=conf.RUNTIME.value, extra=models_folder()
    )
