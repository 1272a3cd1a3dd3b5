"""Labels and attributes: colours, kinds of input, values that fit them."""

import colorsys
import math
import re
import zlib
from collections.abc import Sequence

CHECKBOX, RADIO, NUMBER, TEXT, SELECT = "checkbox", "radio", "number", "text", "select"
INPUT_TYPES = (CHECKBOX, RADIO, NUMBER, TEXT, SELECT)
MOST_NODES = 200
_COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def color_of(name: str) -> str:
    """A colour for a label that came without one, always the same for the same name.

    >>> color_of("car")
    '#2d33a9'
    """
    drawn = zlib.crc32(name.encode("utf-8", "replace"))
    hue, light = drawn % 360 / 360, (0.62, 0.5, 0.42)[drawn // 360 % 3]
    red, green, blue = colorsys.hls_to_rgb(hue, light, 0.58)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def is_color(said: str) -> bool:
    """Whether it is `#rrggbb`."""
    return _COLOR.fullmatch(said) is not None


def fault_of_attribute(input_type: str, values: Sequence[str], default: str) -> str | None:
    """What is wrong with an attribute, or None. Missing values are a client's shorthand and no fault.

    >>> fault_of_attribute("number", ["0", "10", "2"], "4")
    >>> fault_of_attribute("number", ["0", "ten", "2"], "4")
    'A number needs three values: least, most, step.'
    >>> fault_of_attribute("select", ["red"], "blue")
    'The default value is not among the values.'
    """
    if input_type == NUMBER:
        return _fault_of_number(values, default)
    if input_type == CHECKBOX:
        allowed = ("true", "false")
        return None if default.lower() in ("", *allowed) else "The default of a checkbox is true or false."
    if input_type in (RADIO, SELECT) and values and default and default not in values:
        return "The default value is not among the values."
    return None


def fault_of_skeleton(names: Sequence[str], edges: Sequence[Sequence[int]]) -> dict[str, list[str]] | None:
    """What is wrong with a skeleton of nodes called so, or None.

    >>> fault_of_skeleton(["head", "tail"], [[0, 1]])
    >>> fault_of_skeleton(["head", "tail"], [[0, 2]])
    {'edges': ['An edge joins two different nodes, told by their places from 0.']}
    """
    if len(set(names)) < len(names):
        return {"nodes": ["All names of nodes must be different."]}
    if any(first == second or max(first, second) >= len(names) for first, second in edges):
        return {"edges": ["An edge joins two different nodes, told by their places from 0."]}
    return None


def _fault_of_number(values: Sequence[str], default: str) -> str | None:
    if not any(values):
        return None if default == "" or _number(default) is not None else "The default of a number is a number."
    bounds = [_number(value) for value in values]
    if len(bounds) != 3 or None in bounds:
        return "A number needs three values: least, most, step."
    least, most, step = (bound or 0.0 for bound in bounds)
    if least > most or step <= 0:
        return "A number needs least ≤ most and a step above 0."
    if default and not ((said := _number(default)) is not None and least <= said <= most):
        return "The default value is not between least and most."
    return None


def _number(said: str) -> float | None:
    try:
        found = float(said)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
