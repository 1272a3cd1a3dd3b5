"""Which formats there are, by name, in the order in which clients list them."""

from collections.abc import Callable
from dataclasses import dataclass

from quintet.services.annotation.formats import coco, cvat, cvat_reading, datumaro, labelme, masks, mot, voc, yolo
from quintet.services.annotation.formats.document import Archive, Document
from quintet.services.annotation.formats.reading import Parcel, Target
from quintet.services.annotation.shapes.marks import Marks


@dataclass(frozen=True)
class Exporter:
    """A format that can be written; without `write` it is known by name alone. paints: an image for each frame"""

    name: str
    write: Callable[[Document, Archive], None] | None
    ext: str = "ZIP"
    paints: bool = False


@dataclass(frozen=True)
class Importer:
    """A format that can be read; without `read` it is known by name alone."""

    name: str
    ext: str
    read: Callable[[Parcel, Target], Marks] | None


# TFRecord needs TensorFlow, which is not part of this product.
IMPORTERS = {
    each.name: each
    for each in (
        Importer("COCO 1.0", "JSON, ZIP", coco.read),
        Importer("CVAT 1.1", "XML, ZIP", cvat_reading.read),
        Importer("LabelMe 3.0", "ZIP", labelme.read),
        Importer("Segmentation mask 1.1", "ZIP", masks.read),
        Importer("MOT 1.1", "ZIP", mot.read),
        Importer("PASCAL VOC 1.1", "ZIP", voc.read),
        Importer("TFRecord 1.0", "ZIP", None),
        Importer("YOLO 1.1", "ZIP", yolo.read),
    )
}
EXPORTERS = {
    each.name: each
    for each in (
        Exporter("COCO 1.0", coco.write),
        Exporter("CVAT for video 1.1", cvat.write_video),
        Exporter("CVAT for images 1.1", cvat.write_images),
        Exporter("Datumaro 1.0", datumaro.write),
        Exporter("LabelMe 3.0", labelme.write),
        Exporter("Segmentation mask 1.1", masks.write, paints=True),
        Exporter("MOT 1.1", mot.write),
        Exporter("PASCAL VOC 1.1", voc.write),
        Exporter("TFRecord 1.0", None),
        Exporter("YOLO 1.1", yolo.write),
    )
}


def described() -> dict[str, list[dict[str, object]]]:
    """What /server/annotation/formats answers."""
    return {
        "importers": [_described(each.name, each.ext, each.read is not None) for each in IMPORTERS.values()],
        "exporters": [_described(each.name, each.ext, each.write is not None) for each in EXPORTERS.values()],
    }


def _described(name: str, ext: str, enabled: bool) -> dict[str, object]:
    return {"name": name, "ext": ext, "version": name.rpartition(" ")[2], "enabled": enabled}
