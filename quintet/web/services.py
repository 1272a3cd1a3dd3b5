"""The five services as the pages show them, in the order of their documents."""

from quintet.accounts.doors import Door
from quintet.services.annotation import interface as annotation
from quintet.services.dicom import interface as dicom
from quintet.services.masks import interface as masks
from quintet.services.mocks import interface as mocks
from quintet.services.procurement import interface as procurement

DOORS: tuple[Door, ...] = (masks.DOOR, annotation.DOOR, dicom.DOOR, procurement.DOOR, mocks.DOOR)
NAMES = tuple(door.service for door in DOORS)
