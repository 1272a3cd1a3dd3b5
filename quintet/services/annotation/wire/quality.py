"""Ground truth, replicas and agreement on the wire."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, QueryDict
from rest_framework import serializers

from quintet.core.errors import BadInput
from quintet.services.annotation.models import Job
from quintet.services.annotation.queries.quality import Agreement, JudgedJob, Measure
from quintet.services.annotation.shapes.agreement import (
    NOTHING,
    FrameTally,
    Judgement,
    Tally,
    judgement,
    kappa,
    worst_frames,
)
from quintet.services.annotation.shapes.checks import Rules
from quintet.services.annotation.wire.bodies import PersonNumber
from quintet.services.annotation.wire.frames import safe_cell

_MOST = 2**31 - 1
_SEED = 2**63 - 1
_WORST = 20
_FARTHEST = 1e4


class GroundTruthBody(serializers.Serializer[Any]):
    """Which frames: named, or so many drawn by a seed."""

    frames = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=_MOST), required=False, min_length=1
    )
    count = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=_SEED, required=False)
    assignee = PersonNumber()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("frames" in attrs) == ("count" in attrs):
            raise serializers.ValidationError("Say either which frames or how many.")
        return attrs


class ReplicaBody(serializers.Serializer[Any]):
    """Who annotates the segment as well."""

    assignee = PersonNumber()


def job_set_apart(row: Job, request: HttpRequest) -> dict[str, object]:
    """Like any job, with what sets it apart. frames: None where it covers all from start_frame to stop_frame"""
    return {
        "url": request.build_absolute_uri(f"/api/v1/jobs/{row.pk}"),
        "id": row.pk,
        "task_id": row.task_id,
        "kind": row.kind,
        "assignee": row.assignee_id,
        "status": row.status,
        "start_frame": row.segment.start_frame,
        "stop_frame": row.segment.stop_frame,
        "frames": row.frames,
    }


def read_measure(query: QueryDict) -> Measure:
    """?iou, above 0 and 1 at most; ?pixels. Raises BadInput."""
    usual = Measure()
    return Measure(
        least=_number(query, "iou", usual.least, most=1.0),
        pixels=_number(query, "pixels", usual.pixels, most=_FARTHEST),
    )


def _number(query: QueryDict, name: str, usual: float, *, most: float) -> float:
    said = query.get(name, "")
    try:
        number = float(said[:32]) if said else usual
    except ValueError:
        number = 0.0
    # What is no number is not between them either.
    if not 0 < number <= most:
        raise BadInput.of(name, f"Enter a number above 0, {most:g} at most.")
    return number


def agreement(found: Agreement) -> dict[str, object]:
    """The whole report."""
    frames = [
        (frame, job.id, tally) for job in found.jobs if job.kind == Job.ANNOTATION for frame, tally in _frames(job)
    ]
    return {
        "iou": found.measure.least,
        "pixels": found.measure.pixels,
        "frames": found.frames,
        "labels": _labels(found.labels),
        "whole": {**_counted(found.whole, found.labels), "worst": _worst(frames)},
        "jobs": [_judged(job, found.labels) for job in found.jobs],
    }


def agreement_of_two(one: int, other: int, labels: Rules, tally: Tally, measure: Measure) -> dict[str, object]:
    """Two jobs: `extra` is what the second has and the first has not."""
    frames = [(frame, other, found) for frame, found in tally.frames.items()]
    return {
        "iou": measure.least,
        "pixels": measure.pixels,
        "jobs": [one, other],
        "frames": len(tally.frames),
        "labels": _labels(labels),
        **_counted(tally, labels),
        "worst": _worst(frames),
    }


def _labels(rules: Rules) -> list[dict[str, object]]:
    return [{"id": rule.id, "name": rule.name, "color": rule.color} for rule in rules.values()]


def _frames(job: JudgedJob) -> Iterable[tuple[int, FrameTally]]:
    return job.tally.frames.items()


def _judged(job: JudgedJob, labels: Rules) -> dict[str, object]:
    worst = _worst((frame, job.id, found) for frame, found in _frames(job))
    counted = _counted(job.tally, labels)
    return {
        "id": job.id, "kind": job.kind, "assignee": job.assignee_id, "frames": len(job.tally.frames), **counted,
        "worst": worst,
    }  # fmt: skip


def _counted(tally: Tally, labels: Rules) -> dict[str, object]:
    known = [label for label in labels if any(label in pair for pair in tally.pairs)]
    classes = [*known, NOTHING]
    return {
        **_shown(judgement(tally)),
        "kappa": kappa(tally.pairs),
        "by_label": [{"id": label, "name": labels[label].name, **_shown(judgement(tally, label))} for label in known],
        # Rows are true, columns are what was marked; the last of each is nothing.
        "confusion": {
            "labels": [*known, None],
            "rows": [[tally.pairs.get((one, other), 0) for other in classes] for one in classes],
        },
    }


def _shown(found: Judgement) -> dict[str, object]:
    return {
        "matched": found.matched,
        "mismatched": found.mismatched,
        "missing": found.missing,
        "extra": found.extra,
        "precision": found.precision,
        "recall": found.recall,
        "mean_iou": found.closeness,
    }


def _worst(frames: Iterable[tuple[int, int, FrameTally]]) -> list[dict[str, int]]:
    return [
        {
            "frame": frame, "job": job, "matched": found.matched, "mismatched": found.mismatched,
            "missing": found.missing, "extra": found.extra,
        }
        for frame, job, found in worst_frames(frames, _WORST)
    ]  # fmt: skip


_COLUMNS = (
    "job", "kind", "assignee", "frames", "label", "matched", "mismatched", "missing", "extra", "precision", "recall",
    "mean_iou", "kappa",
)  # fmt: skip


def agreement_as_csv(found: Agreement) -> str:
    """A line for the whole and for each job, each followed by a line for each of its labels. Begins with a byte-order
    mark, without which spreadsheets misread Chinese names."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(_lines(("", "", "", found.frames), found.whole, found.labels))
    for job in found.jobs:
        begin = (job.id, job.kind, job.assignee_id or "", len(job.tally.frames))
        writer.writerows(_lines(begin, job.tally, found.labels))
    return out.getvalue()


def _lines(begin: tuple[object, ...], tally: Tally, labels: Rules) -> Iterator[list[object]]:
    counted = _shown(judgement(tally))
    yield [*begin, "", *_cells(counted), _cell(kappa(tally.pairs))]
    for label, rule in labels.items():
        if any(label in pair for pair in tally.pairs):
            yield [*begin, safe_cell(rule.name), *_cells(_shown(judgement(tally, label))), ""]


def _cells(shown: dict[str, object]) -> list[object]:
    return [_cell(value) for value in shown.values()]


def _cell(value: object) -> object:
    return "" if value is None else value
