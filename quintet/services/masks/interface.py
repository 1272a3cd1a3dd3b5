"""The only module of this service that the rest of the product may import."""

from quintet.services.masks import conf
from quintet.services.masks.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.masks.vision.detector import load_detector
from quintet.services.masks.vision.registry import DamagedModel, UnknownModel

__all__ = ["ADMINISTRATOR_LEVEL", "DOOR", "why_the_model_cannot_be_used"]


def why_the_model_cannot_be_used() -> str:
    """What is wrong with the model that MASKS_MODEL names; empty when nothing is."""
    try:
        load_detector(conf.MODEL.value)
    except (DamagedModel, UnknownModel) as bad:
        return str(bad)
    return ""
