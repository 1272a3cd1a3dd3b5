"""Tasks on the wire, with the keys in the document's order (001:100-160)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from quintet.services.annotation.queries.tasks import Row, ShownTasks
from quintet.services.annotation.wire.people import moment


def tasks(shown: ShownTasks, request: HttpRequest) -> list[dict[str, object]]:
    """All of them."""
    address = request.build_absolute_uri("/api/v1/")
    found = [_task(row, shown.labels[row[0]], shown.jobs[row[0]], address) for row in shown.rows]
    if shown.skeletons:
        for task in found:
            for label in task["labels"]:  # type: ignore[attr-defined]  # what _task has made
                label |= {"skeleton": shown.skeletons[label["id"]]} if label["id"] in shown.skeletons else {}
    return found


def _task(row: Row, labels: Sequence[Row], jobs: Sequence[Row], address: str) -> dict[str, object]:
    (
        task_id, name, mode, owner, assignee, bug_tracker, created_at, updated_at, overlap, segment_size, z_order,
        status, project, data_id, chunk_size, compressed, original, size, image_quality,
    ) = row  # fmt: skip
    shown: dict[str, object] = {
        "url": f"{address}tasks/{task_id}",
        "id": task_id,
        "name": name,
        "mode": mode,
        "owner": owner,
        "assignee": assignee,
        "bug_tracker": bug_tracker,
        "created_date": moment(created_at),
        "updated_date": moment(updated_at),
        "overlap": overlap,
        "segment_size": segment_size,
        "z_order": z_order,
        "status": status,
        "labels": [_label(label) for label in labels],
        "segments": _segments(jobs, address),
        "project": project,
    }
    if data_id is not None:
        shown |= {
            "data_chunk_size": chunk_size,
            "data_compressed_chunk_type": compressed,
            "data_original_chunk_type": original,
            "size": size,
            "image_quality": image_quality,
            "data": data_id,
        }
    return shown


def _label(row: Row) -> dict[str, object]:
    label_id, name, color, attributes = row
    return {"id": label_id, "name": name, "color": color, "attributes": [_attribute(said) for said in attributes]}


def _attribute(row: Row) -> dict[str, object]:
    attribute_id, name, mutable, input_type, default_value, values = row
    return {
        "id": attribute_id,
        "name": name,
        "mutable": mutable,
        "input_type": input_type,
        "default_value": default_value,
        "values": values.split("\n"),
    }


def _segments(jobs: Sequence[Row], address: str) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = []
    by_segment: dict[int, list[object]] = {}
    for segment_id, start, stop, job_id, assignee, status in jobs:
        if segment_id not in by_segment:
            by_segment[segment_id] = []
            shown.append({"start_frame": start, "stop_frame": stop, "jobs": by_segment[segment_id]})
        job = {"url": f"{address}jobs/{job_id}", "id": job_id, "assignee": assignee, "status": status}
        by_segment[segment_id].append(job)
    return shown


def job(row: Row, task_id: int, request: HttpRequest) -> Mapping[str, Any]:
    """One job; `row` as queries.jobs_of has it."""
    _, start, stop, job_id, assignee, status = row
    return {
        "url": request.build_absolute_uri(f"/api/v1/jobs/{job_id}"),
        "id": job_id,
        "assignee": assignee,
        "status": status,
        "start_frame": start,
        "stop_frame": stop,
        "task_id": task_id,
    }
