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


def is_picture_of_archive(path: str) -> bool:
    """Whether an entry of a ZIP is meant as a picture: no folder, no hidden file, none of what macOS adds.

    >>> is_picture_of_archive("holiday/beach.jpg"), is_picture_of_archive("__MACOSX/._beach.jpg")
    (True, False)
    """
    parts = path.split("/")
    return bool(parts[-1]) and not any(part.startswith((".", "__MACOSX")) for part in parts)


def share_without_mask(counts: Mapping[str, int]) -> float | None:
    """Which part of the faces wears none, or wears one wrongly; None when there are no faces.

    >>> share_without_mask({"with_mask": 3, "without_mask": 1, "mask_worn_incorrect": 0})
    0.25
    """
    people = sum(counts[name] for name in CLASSES)
    return round(1 - counts["with_mask"] / people, 4) if people else None


def safe_cell(said: str) -> str:
    """A text that a spreadsheet takes for a text, not for a formula.

    >>> safe_cell("=1+1")
    "'=1+1"
    """
    return f"'{said}" if said.startswith(("=", "+", "-", "@", "\t", "\r")) else said
