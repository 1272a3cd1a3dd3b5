"""What is wrong with marks, in words fit for the client."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quintet.services.annotation.shapes.forms import FAR, FARTHEST, Skeleton, fault_of_form
from quintet.services.annotation.shapes.marks import FULL, Attribute, Keyframe, Marks, Shape, Tag, Track


@dataclass(frozen=True)
class Spec:
    """One attribute of a label. values: of a number least, most and step; of a select or radio what may be chosen."""

    id: int
    name: str
    mutable: bool
    input_type: str
    default: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class LabelRule:
    """A label and its attributes by number, in order; skeleton: what its skeletons are made of, if it has any."""

    id: int
    name: str
    color: str
    specs: Mapping[int, Spec] = field(default_factory=dict)
    skeleton: Skeleton | None = None


Rules = Mapping[int, LabelRule]
# A complaint: one sentence, or by field as REST framework nests them.
Fault = str | dict[str, Any]

_POINTS: dict[str, tuple[Callable[[int], bool], str]] = {
    "rectangle": (lambda count: count == 4, "A rectangle has 4 numbers."),
    "cuboid": (lambda count: count == 16, "A cuboid has 16 numbers."),
    "polygon": (lambda count: count >= 6 and not count % 2, "A polygon has an even number of numbers, at least 6."),
    "polyline": (lambda count: count >= 4 and not count % 2, "A polyline has an even number of numbers, at least 4."),
    "ellipse": (lambda count: count == 4, "An ellipse has 4 numbers."),
    "points": (lambda count: count >= 2 and not count % 2, "Points have an even number of numbers, at least 2."),
}


def fault_of_marks(marks: Marks, rules: Rules, *, start: int, stop: int, last: int) -> Fault | None:
    """The first complaint, or None.

    start, stop   frames of the job, both included; tags and shapes lie there
    last          the task's last frame; keyframes of a track may lie beyond the job, not beyond the task
    """
    return (
        _first("tags", marks.tags, lambda tag: _of_tag(tag, rules, start, stop))
        or _first("shapes", marks.shapes, lambda shape: _of_shape(shape, rules, start, stop))
        or _first("tracks", marks.tracks, lambda track: _of_track(track, rules, last))
    )


def fault_of_frames(marks: Marks, frames: Collection[int]) -> Fault | None:
    """What lies on other frames than these; keyframes as well."""

    def fault_of(mark: Tag | Shape | Keyframe) -> Fault | None:
        return None if mark.frame in frames else {"frame": ["The job does not cover this frame."]}

    return (
        _first("tags", marks.tags, fault_of)
        or _first("shapes", marks.shapes, fault_of)
        or _first("tracks", marks.tracks, lambda track: _first("shapes", track.shapes, fault_of))
    )


def _first(name: str, items: Sequence[Any], fault_of: Callable[[Any], Fault | None]) -> Fault | None:
    for place, item in enumerate(items):
        if fault := fault_of(item):
            return fault if isinstance(fault, str) else {name: [{}] * place + [fault]}
    return None


def _of_tag(tag: Tag, rules: Rules, start: int, stop: int) -> Fault | None:
    rule = rules.get(tag.label_id)
    if rule is None:
        return f"label_id `{tag.label_id}` is invalid"
    if not start <= tag.frame <= stop:
        return _of_frame(start, stop)
    return fault_of_attributes(tag.attributes, rule.specs) if tag.attributes else None


def _of_shape(shape: Shape, rules: Rules, start: int, stop: int) -> Fault | None:
    rule = rules.get(shape.label_id)
    if rule is None:
        return f"label_id `{shape.label_id}` is invalid"
    if not start <= shape.frame <= stop:
        return _of_frame(start, stop)
    is_plain = type(shape) is Shape
    return (fault_of_points(shape) if is_plain else _of_form(shape, rule)) or (
        fault_of_attributes(shape.attributes, rule.specs) if shape.attributes else None
    )  # fmt: skip


def _of_track(track: Track, rules: Rules, last: int) -> Fault | None:
    rule = rules.get(track.label_id)
    if rule is None:
        return f"label_id `{track.label_id}` is invalid"
    if track.frame > last:
        return _of_frame(0, last)
    fixed = {number: spec for number, spec in rule.specs.items() if not spec.mutable}
    changing = {number: spec for number, spec in rule.specs.items() if spec.mutable}
    return fault_of_attributes(track.attributes, fixed) or _first(
        "shapes", track.shapes, lambda shape: _of_keyframe(shape, rule, changing, last)
    )


def _of_keyframe(shape: Keyframe, rule: LabelRule, changing: Mapping[int, Spec], last: int) -> Fault | None:
    if shape.frame > last:
        return _of_frame(0, last)
    is_plain = type(shape) is Keyframe
    return (fault_of_points(shape) if is_plain else _of_form(shape, rule)) or fault_of_attributes(
        shape.attributes, changing
    )


def _of_frame(least: int, most: int) -> Fault:
    return {"frame": [f"Ensure this value is between {least} and {most}."]}


def _of_form(figure: Shape | Keyframe, rule: LabelRule) -> Fault | None:
    assert isinstance(figure, FULL)
    if fault := fault_of_form(figure, rule.skeleton):
        return fault
    return fault_of_points(figure) if figure.type not in ("mask", "skeleton") else None


def fault_of_points(figure: Shape | Keyframe) -> Fault | None:
    """Whether a figure has as many numbers as its kind has, and lies where a frame may be."""
    fits, said = _POINTS[figure.type]
    if not fits(len(figure.points)):
        return {"points": [said]}
    # A sum with something in it that is no number is none either; the comparisons alone would let it pass.
    if not (max(figure.points) <= FARTHEST and min(figure.points) >= -FARTHEST and abs(sum(figure.points)) >= 0):
        return {"points": [FAR]}
    return None


def fault_of_attributes(attributes: Sequence[Attribute], specs: Mapping[int, Spec]) -> Fault | None:
    """An attribute that the label has not, at this level, or a value that the attribute cannot have."""
    for place, said in enumerate(attributes):
        spec = specs.get(said.spec_id)
        if spec is None:
            return f"spec_id `{said.spec_id}` is invalid"
        if not fits(said.value, spec):
            fault = {"value": [f'"{said.value}" is not a valid value of {spec.name}.']}
            return {"attributes": [{}] * place + [fault]}
    return None


def fits(value: str, spec: Spec) -> bool:
    """Whether an attribute may have this value. A checkbox may have any: it is ticked where that is "true".

    >>> age = Spec(1, "age", False, "number", "18", ("0", "120", "1"))
    >>> fits("17", age), fits("121", age), fits("old", age)
    (True, False, False)
    """
    if value == spec.default or value in spec.values:
        return True
    if spec.input_type in ("select", "radio"):
        return False
    return spec.input_type != "number" or _fits_number(value, spec.values)


def _fits_number(value: str, limits: Sequence[str]) -> bool:
    number = _number(value)
    if number is None:
        return False
    least, most = (_number(limit) for limit in (*limits, "", "")[:2])
    return (least is None or number >= least) and (most is None or number <= most)


def _number(said: str) -> float | None:
    try:
        number = float(said) if len(said) < 64 else None
    except ValueError:
        return None
    # Neither nan nor an infinity.
    return number if number is not None and number - number == 0 else None
