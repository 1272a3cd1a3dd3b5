"""The only module of this service that the rest of the product may import."""

from quintet.services.dicom.doors import ADMINISTRATOR_LEVEL, DOOR

__all__ = ["ADMINISTRATOR_LEVEL", "DOOR"]
