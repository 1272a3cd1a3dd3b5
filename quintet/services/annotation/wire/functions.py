"""Functions and runs of them on the wire, as CVAT's lambda manager has them."""

from typing import Any

from rest_framework import serializers

from quintet.core.deferred.models import CANCELLED, DONE, FAILED, QUEUED, RUNNING
from quintet.services.annotation.queries.functions import ShownRequest
from quintet.services.annotation.rules.functions import Finding, Function
from quintet.services.annotation.wire.people import moment

_BIGINT = 2**63 - 1
_MOST = 2**31 - 1
_STATUS = {QUEUED: "queued", RUNNING: "started", DONE: "finished", FAILED: "failed", CANCELLED: "failed"}


class _Wish(serializers.Serializer[Any]):
    """quality: CVAT's `original` or `compressed`; both read the same pixels here."""

    task = serializers.IntegerField(min_value=0, max_value=_BIGINT)
    threshold = serializers.FloatField(required=False, allow_null=True)
    quality = serializers.ChoiceField(choices=("original", "compressed"), required=False, allow_null=True)
    mapping = serializers.DictField(
        child=serializers.CharField(max_length=64), required=False, allow_null=True
    )  # fmt: skip

    def validate_threshold(self, said: float | None) -> float | None:
        # Neither is what is no number.
        if said is not None and not 0 < said < 1:
            raise serializers.ValidationError("Ensure this value is between 0 and 1.")
        return said


class CallBody(_Wish):
    """A function is to look at one frame."""

    frame = serializers.IntegerField(min_value=0, max_value=_MOST)


class RequestBody(_Wish):
    """A function is to look at a whole task."""

    function = serializers.CharField(max_length=128)
    cleanup = serializers.BooleanField(required=False, default=False)


def shown_function(function: Function) -> dict[str, object]:
    """One of the list."""
    return {
        "id": function.id,
        "kind": "detector",
        "labels": list(function.labels),
        "state": "ready",
        "description": function.description,
        "framework": function.framework,
        "name": function.name,
    }


def shown_finding(found: Finding) -> dict[str, object]:
    """One thing on a frame; CVAT's functions say confidence as text."""
    return {
        "confidence": f"{found.confidence:.4f}",
        "label": found.label,
        "points": [round(side, 2) for side in found.box],
        "type": "rectangle",
    }


def shown_request(shown: ShownRequest) -> dict[str, object]:
    """One run, and how far it is. progress: 0 … 100"""
    row, how = shown.row, shown.how
    progress = 100 if how.state == DONE else min(100, how.done * 100 // how.total) if how.total else 0
    said = how.error if how.state == FAILED else "It was cancelled." if how.state == CANCELLED else None
    return {
        "id": row.key,
        "function": {"id": row.function, "threshold": row.told.get("threshold"), "task": row.task_id},
        "status": _STATUS[how.state],
        "progress": progress,
        "enqueued": moment(row.created_at),
        "started": moment(how.started_at),
        "ended": moment(how.finished_at),
        "exc_info": said,
    }
