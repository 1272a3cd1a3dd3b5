"""Files that others read and write, by the names that CVAT's clients know. Knows no Django.

document.py   what is written: a task with its frames and marks; the archive that is written as it goes
reading.py    what is read: an uploaded file, and which frame and label its names mean
matching.py report.py sifting.py   how frames are found, what is told of an import, what cannot be held
areas.py markup.py                 figures for formats that know fewer of them; XML
cvat.py coco.py yolo.py mot.py voc.py labelme.py masks.py datumaro.py   one format each
"""

from quintet.services.annotation.formats.document import Archive, Document, Picture
from quintet.services.annotation.formats.reading import Parcel, Target
from quintet.services.annotation.formats.report import Report
from quintet.services.annotation.formats.sifting import sifted
from quintet.services.annotation.formats.table import EXPORTERS, IMPORTERS, Exporter, Importer, described

__all__ = [
    "EXPORTERS",
    "IMPORTERS",
    "Archive",
    "Document",
    "Exporter",
    "Importer",
    "Parcel",
    "Picture",
    "Report",
    "Target",
    "described",
    "sifted",
]
