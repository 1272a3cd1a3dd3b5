"""Modules that are large in memory, and that most processes never need."""

from importlib import import_module
from typing import Any


class Later:
    """Stands where a module would, and imports it when the first of its names is asked for.

    Beside it stands an import under TYPE_CHECKING, so that type checkers and import-linter see what really happens:

        if TYPE_CHECKING:
            from quintet.services.masks.vision.video import joining
        else:
            joining = Later("quintet.services.masks.vision.video.joining")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self._name), name)
        # The next time nobody comes here.
        setattr(self, name, found)
        return found
