"""The only module of this service that the rest of the product may import."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from quintet.services.annotation.doors import ADMINISTRATOR_LEVEL, DOOR
from quintet.services.annotation.rules.functions import (
    Box,
    Finding,
    Function,
    FunctionFailed,
    Pixels,
    Provider,
    matched,
    provide,
)

if TYPE_CHECKING:  # models cannot be loaded before Django is
    from quintet.services.annotation.actions.labelled import LabelledFrame

__all__ = [
    "ADMINISTRATOR_LEVEL",
    "DOOR",
    "Box",
    "Finding",
    "Function",
    "FunctionFailed",
    "Pixels",
    "Provider",
    "labelled_frames",
    "labels_of",
    "matched",
    "provide",
]


def labels_of(task_id: int) -> Sequence[str]:
    """Names of a task's labels, in order. Raises NotFound."""
    from quintet.services.annotation.actions import labelled

    return labelled.labels_of(task_id)


def labelled_frames(task_id: int, *, with_empty: bool = False) -> "Iterator[LabelledFrame]":
    """A task's frames with the boxes on them, one after the other; those that were deleted are left out.

    with_empty   whether frames come on which nothing was marked, too

    Raises NotFound, and UnreadableFrame for a frame whose file is gone or damaged.
    """
    from quintet.services.annotation.actions import labelled

    return labelled.labelled_frames(task_id, with_empty=with_empty)
