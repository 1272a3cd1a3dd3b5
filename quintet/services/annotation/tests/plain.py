"""The same annotations as one writes them first: nested serializers and rows of the ORM, as CVAT does.

Tests hold the quick way against it, and the bench compares their costs.
"""

import json
import struct
from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quintet.services.annotation.models import Job, Shape, Tag, Task, Track, TrackedShape


class AttributeSerializer(serializers.Serializer[Any]):
    spec_id = serializers.IntegerField()
    value = serializers.CharField(max_length=4096, allow_blank=True, trim_whitespace=False)


class ThingSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(default=None, allow_null=True)
    frame = serializers.IntegerField(min_value=0)
    label_id = serializers.IntegerField(min_value=0)
    group = serializers.IntegerField(min_value=0, allow_null=True)
    source = serializers.ChoiceField(choices=["manual", "auto"], default="manual")  # type: ignore[assignment]
    attributes = AttributeSerializer(many=True)


class FigureSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["rectangle", "polygon", "polyline", "points", "cuboid"])
    occluded = serializers.BooleanField()
    z_order = serializers.IntegerField(default=0)
    points = serializers.ListField(child=serializers.FloatField(), allow_empty=False)


class ShapeSerializer(FigureSerializer, ThingSerializer):
    pass


class TrackedShapeSerializer(FigureSerializer):
    id = serializers.IntegerField(default=None, allow_null=True)
    frame = serializers.IntegerField(min_value=0)
    outside = serializers.BooleanField()
    attributes = AttributeSerializer(many=True)


class TrackSerializer(ThingSerializer):
    shapes = TrackedShapeSerializer(many=True, allow_empty=False)


class MarksSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    tags = ThingSerializer(many=True)
    shapes = ShapeSerializer(many=True)
    tracks = TrackSerializer(many=True)


class PlainAnnotations(APIView):
    """GET and PUT of a job's annotations."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request, job_id: int) -> Response:
        return Response(MarksSerializer(read(Job.objects.get(pk=job_id))).data)

    def put(self, request: Request, job_id: int) -> Response:
        said = MarksSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=job_id)
            save(job, said.validated_data)
        return Response(MarksSerializer(said.validated_data).data)


def save(job: Job, said: dict[str, Any]) -> None:
    """Replace what the job holds; what was said gets ids."""
    tables: tuple[Any, ...] = (TrackedShape, Track, Shape, Tag)
    for table in tables:
        table.objects.filter(job=job).delete()
    single: tuple[tuple[Any, Any], ...] = ((Tag, said["tags"]), (Shape, said["shapes"]))
    for table, items in single:
        rows = table.objects.bulk_create([table(job=job, **_columns(item)) for item in items])
        for row, item in zip(rows, items, strict=True):
            item["id"] = row.pk
    for item in said["tracks"]:
        shapes = item["shapes"]
        track = Track.objects.create(job=job, **_columns({k: v for k, v in item.items() if k != "shapes"}))
        item["id"] = track.pk
        kept = TrackedShape.objects.bulk_create(
            [TrackedShape(job=job, track=track, **_columns(shape)) for shape in shapes]
        )
        for place, shape in zip(kept, shapes, strict=True):
            shape["id"] = place.pk
    job.version += 1
    job.save()
    said["version"] = job.version


def _columns(item: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in item.items() if name not in ("id", "type", "points", "attributes")}
    found["attributes"] = {str(each["spec_id"]): each["value"] for each in item["attributes"]}
    if "points" in item:
        found |= {"form": item["type"], "points": struct.pack(f"<{len(item['points'])}d", *item["points"])}
    return found


def read(job: Job) -> dict[str, Any]:
    """What the job holds, with defaults for what was not said."""
    tracks = []
    for track in Track.objects.filter(job=job).order_by("id").prefetch_related("shapes"):
        held: dict[str, str] = {}
        shapes = []
        for shape in sorted(track.shapes.all(), key=lambda shape: (shape.frame, shape.pk)):
            held = {**held, **shape.attributes}
            shapes.append({**_figure(shape), "outside": shape.outside, "attributes": _said(track, held, mutable=True)})
        tracks.append({**_thing(track, mutable=False), "shapes": shapes})
    return {
        "version": job.version,
        "tags": [_thing(tag) for tag in Tag.objects.filter(job=job).order_by("frame", "id")],
        "shapes": [
            {**_thing(shape), **_figure(shape)} for shape in Shape.objects.filter(job=job).order_by("frame", "id")
        ],
        "tracks": tracks,
    }


def _thing(row: Any, mutable: bool | None = None) -> dict[str, Any]:
    names = ("id", "frame", "label_id", "group", "source")
    return {**{name: getattr(row, name) for name in names}, "attributes": _said(row, row.attributes, mutable=mutable)}


def _figure(row: Any) -> dict[str, Any]:
    points = struct.unpack(f"<{len(row.points) // 8}d", row.points)
    names = ("id", "frame", "occluded", "z_order")
    return {"type": row.form, "points": list(points), **{name: getattr(row, name) for name in names}}


_SPECS: dict[int, list[Any]] = {}


def _said(row: Any, said: dict[str, str], mutable: bool | None) -> list[dict[str, Any]]:
    # Read once per process, as CVAT reads them once per request: its cost is not what is compared.
    if row.label_id not in _SPECS:
        task = Task.objects.get(labels=row.label_id)
        for label in task.labels.prefetch_related("attributes"):
            _SPECS[label.pk] = sorted(label.attributes.all(), key=lambda spec: spec.pk)
    return [
        {"spec_id": spec.pk, "value": said.get(str(spec.pk), spec.default_value)}
        for spec in _SPECS[row.label_id]
        if mutable is None or spec.mutable == mutable
    ]


def forget_labels() -> None:
    """Another database, other labels."""
    _SPECS.clear()


def plain_json(content: object) -> Any:
    """As it is on the wire."""
    return json.loads(json.dumps(content))
