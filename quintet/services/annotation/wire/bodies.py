"""What clients send about projects, tasks, labels and jobs, checked."""

from typing import Any

from rest_framework import serializers

from quintet.accounts.models import User
from quintet.services.annotation.doors import DOOR
from quintet.services.annotation.models import Project, Status
from quintet.services.annotation.rules import INPUT_TYPES, fault_of_attribute, is_color
from quintet.services.annotation.rules.labels import MOST_NODES, fault_of_skeleton

_MOST = 2**31 - 1
_BIGINT = 2**63 - 1


class _Number(serializers.Field):  # type: ignore[type-arg]  # takes no type argument at run time
    """The number of a row, or null; an empty text in a form is null."""

    default_error_messages = {  # noqa: RUF012  # as REST framework has it
        "does_not_exist": 'Invalid pk "{pk}" - object does not exist.',
        "incorrect_type": "Incorrect type. Expected pk value, received {kind}.",
    }

    def __init__(self, **said: Any) -> None:
        super().__init__(required=False, allow_null=True, **said)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, data: Any) -> int:
        is_digits = isinstance(data, str) and data.isascii() and data.isdigit()
        if isinstance(data, bool) or not (isinstance(data, int) or is_digits):
            self.fail("incorrect_type", kind=type(data).__name__)
        shown = str(data)[:20]
        if len(shown) > 18 or not self.is_there(int(data)):
            self.fail("does_not_exist", pk=shown)
        return int(data)

    def is_there(self, number: int) -> bool:
        raise NotImplementedError


class PersonNumber(_Number):
    """Somebody whom this service knows."""

    def is_there(self, number: int) -> bool:
        return User.objects.filter(pk=number, grants__service=DOOR.service).exists()


class ProjectNumber(_Number):
    """A project that is there."""

    def is_there(self, number: int) -> bool:
        return Project.objects.filter(pk=number).exists()


class _Several(serializers.ListSerializer[Any]):
    """Says what is wrong with each, in their order, as CVAT does; REST framework by now says it by number."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as refused:
            said = refused.detail
            if not isinstance(said, dict) or not all(isinstance(place, int) for place in said):
                raise
            faults: dict[Any, Any] = said
            raise serializers.ValidationError([faults.get(place, {}) for place in range(max(faults) + 1)]) from refused


class DefaultValue(serializers.CharField):
    """A text; of a checkbox many clients say it as JSON's true or false."""

    def __init__(self, **said: Any) -> None:
        super().__init__(max_length=128, allow_blank=True, **said)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(str(data).lower() if isinstance(data, bool) else data)


class AttributeBody(serializers.Serializer[Any]):
    """What is said of a thing beside its label."""

    name = serializers.CharField(max_length=64)
    mutable = serializers.BooleanField()
    input_type = serializers.ChoiceField(choices=INPUT_TYPES)
    default_value = DefaultValue()
    values = serializers.ListField(
        child=serializers.CharField(max_length=4096, allow_blank=True), required=False, default=list
    )

    class Meta:
        list_serializer_class = _Several

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # One per line is how they are kept.
        values = [part.strip() for value in attrs["values"] for part in value.split("\n")]
        if fault := fault_of_attribute(attrs["input_type"], values, attrs["default_value"]):
            raise serializers.ValidationError({"values": [fault]})
        joined = "\n".join(values)
        if len(joined) > 4096:
            raise serializers.ValidationError({"values": ["Ensure the values have no more than 4096 characters."]})
        return {**attrs, "values": joined}


class _Node(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=64)
    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)


class _SkeletonBody(serializers.Serializer[Any]):
    nodes = serializers.ListField(child=_Node(), min_length=1, max_length=MOST_NODES)
    edges = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=0, max_value=MOST_NODES), min_length=2, max_length=2
        ),
        max_length=MOST_NODES * 4,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        nodes = [dict(node) for node in attrs["nodes"]]
        if fault := fault_of_skeleton([node["name"] for node in nodes], attrs["edges"]):
            raise serializers.ValidationError(fault)
        return {"nodes": nodes, "edges": attrs["edges"]}


class Skeleton(serializers.Field):  # type: ignore[type-arg]
    """What a label's skeletons are made of: nodes, and which of them are joined, by place from 0. Always whole."""

    def to_internal_value(self, data: Any) -> Any:
        said = _SkeletonBody(data=data)
        if not said.is_valid():
            raise serializers.ValidationError(said.errors)
        return said.validated_data


class LabelBody(serializers.Serializer[Any]):
    """A class of things; `color` is left out of what is read when the client leaves the choice to us."""

    name = serializers.CharField(max_length=64)
    color = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    attributes = AttributeBody(many=True, required=False, default=list)
    skeleton = Skeleton(required=False, allow_null=True)

    class Meta:
        list_serializer_class = _Several

    def validate_color(self, color: str | None) -> str | None:
        if color and not is_color(color):
            raise serializers.ValidationError("A colour is written #rrggbb.")
        return color.lower() if color else None

    def validate_attributes(self, attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({attribute["name"] for attribute in attributes}) < len(attributes):
            raise serializers.ValidationError("All attribute names must be unique for the label")
        return attributes


class Labels(serializers.Field):  # type: ignore[type-arg]
    """All labels of a task, each whole: REST framework takes the parts of a PATCH's parts for optional, too."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        said = LabelBody(data=data, many=True)
        if not said.is_valid():
            raise serializers.ValidationError(said.errors)
        labels: list[dict[str, Any]] = said.validated_data
        if not labels:
            raise serializers.ValidationError("Label set must not be empty")
        if len({label["name"] for label in labels}) < len(labels):
            raise serializers.ValidationError("All label names must be unique for the task")
        return labels


class _Thing(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=256)
    owner = PersonNumber()
    assignee = PersonNumber()
    bug_tracker = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class ProjectBody(_Thing):
    """A project."""


class TaskChanges(_Thing):
    """What of a task can be changed; the rest of what a client sends is passed over."""

    z_order = serializers.BooleanField(required=False)
    project = ProjectNumber()
    labels = Labels()


class TaskBody(TaskChanges):
    """A new task."""

    overlap = serializers.IntegerField(min_value=0, max_value=_MOST, required=False, allow_null=True)
    segment_size = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)


class JobChanges(serializers.Serializer[Any]):
    """What of a job can be changed."""

    status = serializers.ChoiceField(choices=Status.values, required=False)
    assignee = PersonNumber()
