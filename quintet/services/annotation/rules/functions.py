"""Functions: programs that find things on frames by themselves. Others provide them (interface.py); how they see is
nothing that annotation knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:  # every process knows of functions, and few look at pixels
    import numpy as np
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.uint8]"
# Left, top, right, bottom in pixels.
Box = tuple[float, float, float, float]


class FunctionFailed(RuntimeError):
    """A function cannot look at anything. Its text is fit for people."""


@dataclass(frozen=True, slots=True)
class Function:
    """What a function finds and how it presents itself.

    id         in addresses: letters, digits, dots, dashes and underscores, 128 at most
    framework  what runs it
    labels     of the things that it finds
    threshold  least confidence of a thing when nobody names one
    """

    id: str
    name: str
    description: str
    framework: str
    labels: tuple[str, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing on a picture. confidence: 0 … 1"""

    label: str
    confidence: float
    box: Box


class Provider(Protocol):
    """Who has functions."""

    def functions(self) -> Iterable[Function]:
        """Those that can be had now."""
        ...

    def detect(self, function: Function, pixels: Pixels, threshold: float) -> list[Finding]:
        """What is on an upright picture, uint8 (height, width, 3), RGB. Raises FunctionFailed."""
        ...


_PROVIDERS: dict[str, Provider] = {}


def provide(name: str, provider: Provider) -> None:
    """From now on this process has these functions; another provider of that name goes."""
    _PROVIDERS[name] = provider


def withdraw(name: str) -> None:
    """Not any more."""
    _PROVIDERS.pop(name, None)


def known_functions() -> list[Function]:
    """Every function, by provider and in its order."""
    return [function for provider in _PROVIDERS.values() for function in provider.functions()]


def function_called(function_id: str) -> tuple[Function, Provider] | None:
    """The function and who has it; None when nobody has."""
    for provider in _PROVIDERS.values():
        for function in provider.functions():
            if function.id == function_id:
                return function, provider
    return None


def matched(found: Sequence[str], marked: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """What is found -> the label that it is marked with; what is in neither is left out.

    found    labels of the function
    marked   labels of the task
    said     what the client wants; without it labels of one name go together, however that is written

    >>> matched(["with_mask", "bare"], ["With mask", "car"], {})
    {'with_mask': 'With mask'}
    >>> matched(["with_mask", "bare"], ["With mask", "car"], {"bare": "car"})
    {'bare': 'car'}
    """
    if said:
        return dict(said)
    called = {_plain(name): name for name in reversed(marked)}
    # The very same name goes before one that is only alike.
    return {
        name: name if name in marked else called[_plain(name)] for name in found if _plain(name) in called
    }  # fmt: skip


def _plain(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ").strip()


def fault_of_mapping(found: Sequence[str], marked: Sequence[str], said: Mapping[str, str]) -> str | None:
    """What is wrong with a client's mapping, or None.

    >>> fault_of_mapping(["face"], ["car"], {"fase": "car"})
    'The function finds no "fase", only face.'
    """
    for name, label in said.items():
        if name not in found:
            return f'The function finds no "{name}", only {", ".join(found)}.'
        if label not in marked:
            return f'The task has no label "{label}".'
    return None
