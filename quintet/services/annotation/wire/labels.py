"""Labels on the wire, and what changes them."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from rest_framework import serializers

from quintet.core.errors import BadInput
from quintet.services.annotation.actions.labels import Agreed
from quintet.services.annotation.actions.relabelling import Consequence, attributes_in_order
from quintet.services.annotation.models import Label
from quintet.services.annotation.rules import INPUT_TYPES
from quintet.services.annotation.wire.bodies import AttributeBody, DefaultValue, LabelBody

_BIGINT = 2**63 - 1
_YES = ("true", "1", "yes")


def label(row: Label, request: HttpRequest) -> dict[str, object]:
    """One label, as its task shows it, and whose it is."""
    return {
        "url": request.build_absolute_uri(f"/api/v1/labels/{row.pk}"),
        "id": row.pk,
        "task_id": row.task_id,
        "name": row.name,
        "color": row.color,
        "skeleton": row.skeleton,
        "attributes": [
            {
                "id": attribute.pk,
                "name": attribute.name,
                "mutable": attribute.mutable,
                "input_type": attribute.input_type,
                "default_value": attribute.default_value,
                "values": attribute.values.split("\n"),
            }
            for attribute in attributes_in_order(row)
        ],
    }


def consequence(found: Consequence) -> dict[str, object]:
    """What a change did, or would do."""
    values = {"migrated": found.migrated, "lost": found.lost}
    return {"marks": found.marks, "values": values, "jobs": len(found.jobs)}


def read_agreed(query: QueryDict) -> Agreed:
    """?dry_run=true; ?confirm=<count>; ?marks=delete, or ?values=delete where only values would go. Raises BadInput."""
    said = query.get("confirm", "")
    if said and not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise BadInput.of("confirm", "Enter a number.")
    return Agreed(
        count=int(said) if said else None,
        to_all="delete" in (query.get("marks"), query.get("values")),
        is_rehearsal=query.get("dry_run", "").lower() in _YES,
    )


class AttributeChange(serializers.Serializer[Any]):
    """What changes of an attribute that is named by its number; without one it is a new attribute, and whole."""

    id = serializers.IntegerField(min_value=1, max_value=_BIGINT)
    delete = serializers.BooleanField(required=False)
    name = serializers.CharField(max_length=64, required=False)
    mutable = serializers.BooleanField(required=False)
    input_type = serializers.ChoiceField(choices=INPUT_TYPES, required=False)
    default_value = DefaultValue(required=False)
    values = serializers.ListField(child=serializers.CharField(max_length=4096, allow_blank=True), required=False)
    migrate = serializers.DictField(
        child=serializers.CharField(max_length=4096, allow_blank=True, trim_whitespace=False), required=False
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "id" not in data:
            return AttributeBody().run_validation(data)
        return super().to_internal_value(data)

    def validate_values(self, values: list[str]) -> str:
        joined = "\n".join(part.strip() for value in values for part in value.split("\n"))
        if len(joined) > 4096:
            raise serializers.ValidationError("Ensure the values have no more than 4096 characters.")
        return joined


class LabelChanges(LabelBody):
    """What of a label can be changed; attributes that are not named stay as they are."""

    name = serializers.CharField(max_length=64, required=False)
    attributes = AttributeChange(many=True, required=False)  # type: ignore[assignment]  # another kind of the same field

    def validate_attributes(self, attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return attributes


def _names() -> serializers.DictField:
    # A name, or null: what is said there is lost.
    return serializers.DictField(child=serializers.CharField(max_length=64, allow_null=True), required=False)


class Merge(serializers.Serializer[Any]):
    """Into which label of the same task, and which attribute becomes which."""

    into = serializers.IntegerField(min_value=1, max_value=_BIGINT)
    attributes = _names()


class RenameByName(serializers.Serializer[Any]):
    """Which label of a project's tasks, and what it is called from now on."""

    name = serializers.CharField(max_length=64)
    to = serializers.CharField(max_length=64)


class MergeByName(serializers.Serializer[Any]):
    """Which label of a project's tasks, into which one, and which attribute becomes which."""

    name = serializers.CharField(max_length=64)
    into = serializers.CharField(max_length=64)
    attributes = _names()
