"""Decisions of masks that need no database."""

from collections.abc import Iterable, Mapping

CLASSES = ("with_mask", "without_mask", "mask_worn_incorrect")

PICTURE, DATA_URI, BOXES = "picture", "data URI", "boxes"


def counts_of(classes: Iterable[str]) -> Mapping[str, int]:
    """How many faces there are of each class; classes without a face are there with 0.

    >>> counts_of(["with_mask", "with_mask"])
    {'with_mask': 2, 'without_mask': 0, 'mask_worn_incorrect': 0}
    """
    seen = list(classes)
    return {name: seen.count(name) for name in CLASSES}


def answer_wanted(accept: str) -> str:
    """PICTURE, DATA_URI or BOXES: what an Accept header asks picture_calculate for.

    Whoever takes a picture gets one, whatever else they take: the document promises a picture, and libraries of its
    time said `application/json, text/plain, */*` whatever they wanted.

    >>> answer_wanted("application/json, text/plain, */*")
    'picture'
    >>> answer_wanted("application/json")
    'boxes'
    """
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if any(kind == "*/*" or kind.startswith("image/") for kind in kinds):
        return PICTURE
    for kind in kinds:
        if kind in ("application/json", "application/*"):
            return BOXES
        if kind in ("text/plain", "text/*"):
            return DATA_URI
    return PICTURE
