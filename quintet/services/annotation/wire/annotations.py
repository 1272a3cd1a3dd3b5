"""What was marked, on the wire. Bodies are read by msgspec; only when that refuses one does REST framework look for the
words, since its clients know them."""

import re
from typing import Any

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from quintet.core.errors import BadInput
from quintet.services.annotation.errors import Misshapen
from quintet.services.annotation.shapes.marks import (
    FORMS,
    FULL_FORMS,
    MOST,
    SOURCES,
    VALUE_MAX_LENGTH,
    FullMarks,
    Marks,
)
from quintet.services.annotation.shapes.plainly import plain, tidied

_DECODER = msgspec.json.Decoder(Marks, strict=False)
_FULL_DECODER = msgspec.json.Decoder(FullMarks, strict=False)
_ENCODER = msgspec.json.Encoder()


def wants_all_forms(request: HttpRequest) -> bool:
    """Whether the client has said that it knows more than CVAT 1.x does: `?forms=all`."""
    return request.GET.get("forms") == "all"


def read_marks(request: HttpRequest) -> Marks:
    """The body. Raises BadInput for what is no JSON, and Misshapen for what does not fit."""
    body, in_full = request.body, wants_all_forms(request)
    try:
        # What no database stores is refused in words below.
        if b"\\u0000" not in body:
            return tidied(_FULL_DECODER.decode(body)) if in_full else _DECODER.decode(body)
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as broken:
        raise BadInput("JSON parse error - the body cannot be read") from broken
    return _read_slowly(body, in_full=in_full)


def _read_slowly(body: bytes, *, in_full: bool) -> Marks:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise BadInput(f"JSON parse error - {broken}") from broken
    marks = _FullMarks(data=said) if in_full else _Marks(data=said)
    if not marks.is_valid():
        raise Misshapen(_listed(marks.errors))
    try:
        if in_full:
            return tidied(msgspec.convert(marks.validated_data, FullMarks, strict=False))
        return msgspec.convert(marks.validated_data, Marks, strict=False)
    except msgspec.ValidationError as unfit:
        raise BadInput(str(unfit)) from unfit


def _listed(fault: Any) -> Any:
    """Faults of a list's items as CVAT's REST framework said them: one entry for each item up to the last bad one."""
    if not isinstance(fault, dict):
        return fault
    inner = {place: _listed(said) for place, said in fault.items()}
    if not inner or not all(isinstance(place, int) for place in inner):
        return inner
    return [inner.get(place, {}) for place in range(max(inner) + 1)]


def written(marks: Marks, request: HttpRequest) -> HttpResponse:
    """The answer, in words that the client knows."""
    return HttpResponse(_ENCODER.encode(_as_known(marks, request)), content_type="application/json")


def written_beside(marks: Marks, request: HttpRequest, **said: object) -> HttpResponse:
    """The answer with more said beside."""
    shown = _as_known(marks, request)
    return HttpResponse(_ENCODER.encode({**msgspec.structs.asdict(shown), **said}), content_type="application/json")


def _as_known(marks: Marks, request: HttpRequest) -> Marks:
    return marks if wants_all_forms(request) else plain(marks)


def read_version(request: HttpRequest) -> int | None:
    """The version that must still be the newest: `If-Match: "7"`. None where nobody asks for it."""
    said = request.headers.get("If-Match", "*").strip()
    if said == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"?([0-9]{1,18})"?', said)
    if found is None:
        raise BadInput('If-Match holds a version of the job\'s annotations, such as "7".')
    return int(found[1])


def _count(**said: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=MOST, **said)


class _Value(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        # CVAT writes Python's own words for truth values.
        return super().to_internal_value(str(data) if isinstance(data, bool) else data)


class _Attribute(serializers.Serializer[Any]):
    spec_id = serializers.IntegerField()
    value = _Value(max_length=VALUE_MAX_LENGTH, allow_blank=True, trim_whitespace=False)


class _Thing(serializers.Serializer[Any]):
    id = serializers.IntegerField(default=None, allow_null=True)
    frame = _count()
    label_id = serializers.IntegerField()
    group = _count(allow_null=True)
    source = serializers.ChoiceField(choices=SOURCES, default="manual")  # type: ignore[assignment]  # the wire's word
    attributes = _Attribute(many=True)


class _Figure(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=FORMS)
    occluded = serializers.BooleanField()
    z_order = serializers.IntegerField(default=0, min_value=-MOST, max_value=MOST)
    points = serializers.ListField(child=serializers.FloatField(), allow_empty=False)


class _Shape(_Figure, _Thing):
    pass


class _Keyframe(_Figure):
    id = serializers.IntegerField(default=None, allow_null=True)
    frame = _count()
    outside = serializers.BooleanField()
    attributes = _Attribute(many=True)


class _Track(_Thing):
    shapes = _Keyframe(many=True, allow_empty=False)


class _Marks(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    tags = _Thing(many=True)
    shapes = _Shape(many=True)
    tracks = _Track(many=True)


class _Element(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=64, trim_whitespace=False)  # type: ignore[assignment]  # the wire's word
    points = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    occluded = serializers.BooleanField(default=False)
    outside = serializers.BooleanField(default=False)


class _FullFigure(_Figure):
    type = serializers.ChoiceField(choices=FULL_FORMS)
    points = serializers.ListField(child=serializers.FloatField(), required=False)
    rotation = serializers.FloatField(required=False)
    elements = _Element(many=True, required=False)


class _FullShape(_FullFigure, _Thing):
    pass


class _FullKeyframe(_FullFigure, _Keyframe):
    pass


class _FullTrack(_Track):
    shapes = _FullKeyframe(many=True, allow_empty=False)


class _FullMarks(_Marks):
    shapes = _FullShape(many=True)  # type: ignore[assignment]  # wider
    tracks = _FullTrack(many=True)
