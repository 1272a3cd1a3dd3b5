"""Tasks are made, changed and removed."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.core.deferred import actions as deferred
from quintet.core.errors import BadInput, NotAllowed
from quintet.services.annotation.actions import files, resumables
from quintet.services.annotation.actions.holding import hold_jobs, hold_project, hold_task, hold_tasks
from quintet.services.annotation.actions.webhooks import tell
from quintet.services.annotation.models import (
    Attribute,
    Data,
    Form,
    Job,
    Label,
    Shape,
    Tag,
    Task,
    Track,
    TrackedShape,
    Upload,
)
from quintet.services.annotation.queries import Person, task_open_to
from quintet.services.annotation.queries.labels import marked_with
from quintet.services.annotation.queries.projects import project_open_to
from quintet.services.annotation.queries.tasks import attributes_of
from quintet.services.annotation.rules import color_of, may_make
from quintet.services.annotation.rules.webhooks import TASK_CREATED

_CHANGEABLE = ("name", "bug_tracker", "z_order")
_TIES = {"owner": "owner_id", "assignee": "assignee_id", "project": "project_id"}


def create_task(person: Person, told: Mapping[str, Any]) -> int:
    """Make a task without data; it belongs to whoever makes it unless an owner is told. Returns its number.

    told   name, labels, and any of owner, assignee, project (numbers), bug_tracker, z_order, overlap, segment_size

    Raises NotAllowed.
    """
    if not may_make(person.groups):
        raise NotAllowed("makes no tasks")
    _refuse_foreign_project(person, told)
    moment = now()
    kept = {name: told[name] for name in (*_CHANGEABLE, "overlap", "segment_size") if name in told}
    kept |= {column: told[name] for name, column in _TIES.items() if name in told}
    kept["owner_id"] = kept.get("owner_id") or person.user.pk
    with transaction.atomic():
        if kept.get("project_id") is not None:
            hold_project(kept["project_id"])
        task = Task.objects.create(creator_id=person.user.pk, created_at=moment, updated_at=moment, **kept)
        _add_labels(task.pk, told["labels"])
        if task.project_id is not None:
            tell(task.pk, TASK_CREATED, {}, by=person)
    return task.pk


def _refuse_foreign_project(person: Person, told: Mapping[str, Any]) -> None:
    # Whoever owns a project owns its tasks and is told of them, so nobody puts theirs where they may not even look.
    if told.get("project") is not None:
        project_open_to(person, told["project"])


def _add_labels(task_id: int, labels: Sequence[Mapping[str, Any]]) -> None:
    made = Label.objects.bulk_create(
        Label(
            task_id=task_id,
            name=said["name"],
            color=said.get("color") or color_of(said["name"]),
            skeleton=said.get("skeleton"),
        )
        for said in labels
    )
    Attribute.objects.bulk_create(
        Attribute(label_id=label.pk, **attribute)
        for label, said in zip(made, labels, strict=True)
        for attribute in said["attributes"]
    )


def change_task(person: Person, task_id: int, told: Mapping[str, Any]) -> None:
    """Change what was told of create_task's, but for overlap and segment_size.

    Labels are merged by name, and so are their attributes: new ones are added, known ones changed, none removed.
    A label without a colour keeps the one it has.

    Raises NotFound, NotAllowed.
    """
    task_open_to(person, task_id, "change")
    kept = {name: told[name] for name in _CHANGEABLE if name in told}
    kept |= {column: told[name] for name, column in _TIES.items() if name in told}
    with transaction.atomic():
        if told.get("project") is not None:
            hold_project(told["project"])
        # Whoever merges labels at the same time waits here.
        if told.get("project") != hold_task(task_id).project_id:
            _refuse_foreign_project(person, told)
        if "labels" in told:
            _merge_labels(task_id, told["labels"])
        Task.objects.filter(pk=task_id).update(**kept, updated_at=now())


def _merge_labels(task_id: int, labels: Sequence[Mapping[str, Any]]) -> None:
    known = {label.name: label for label in Label.objects.filter(task_id=task_id)}
    attributes = attributes_of(task_id)
    for said in labels:
        label = known.get(said["name"])
        if label is not None:
            if said.get("color") and said["color"] != label.color:
                Label.objects.filter(pk=label.pk).update(color=said["color"])
            if "skeleton" in said:
                change_skeleton(label, said["skeleton"])
            _merge_attributes(label.pk, attributes.get(label.pk, []), said["attributes"])
    _add_labels(task_id, [said for said in labels if said["name"] not in known])


def change_skeleton(label: Label, skeleton: Mapping[str, Any] | None) -> None:
    """What skeletons of this label are made of. Raises BadInput where that takes nodes from some that are there."""
    if skeleton == label.skeleton:
        return
    before, after = ({node["name"] for node in (each or {"nodes": ()})["nodes"]} for each in (label.skeleton, skeleton))
    if lost := sorted(before - after):
        rows = marked_with(label)
        if any(rows[kind].filter(form=Form.SKELETON).exists() for kind in ("shapes", "keyframes")):
            raise BadInput.of("skeleton", f"There are skeletons with the node {lost[0]!r}.")
    Label.objects.filter(pk=label.pk).update(skeleton=skeleton)


def _merge_attributes(label_id: int, present: Sequence[Attribute], told: Sequence[Mapping[str, Any]]) -> None:
    known = {attribute.name: attribute.pk for attribute in present}
    for said in told:
        if said["name"] in known:
            Attribute.objects.filter(pk=known[said["name"]]).update(**said)
        else:
            Attribute.objects.create(label_id=label_id, **said)


def delete_task(person: Person, task_id: int) -> None:
    """Remove a task with its jobs, annotations and files. Raises NotFound, NotAllowed."""
    task_open_to(person, task_id, "delete")
    with transaction.atomic():
        remove_tasks([task_id])


def remove_tasks(task_ids: Sequence[int]) -> None:
    """Remove tasks and all that is theirs, whoever asks. Needs a transaction; files go once it has committed."""
    unread = Upload.objects.filter(data__task_id__in=task_ids, state__in=(Upload.QUEUED, Upload.STARTED))
    for job_id in unread.values_list("job_id", flat=True):
        if job_id is not None:
            deferred.cancel(job_id)
    hold_jobs(task_ids)
    hold_tasks(task_ids)
    resumables.forget_those_of(task_ids)
    folders = list(Data.objects.filter(task_id__in=task_ids).values_list("folder", flat=True))
    jobs = list(Job.objects.filter(task_id__in=task_ids).values_list("pk", flat=True))
    # One statement per table, rather than the ORM's walk from row to row.
    for table in (TrackedShape, Track, Shape, Tag):
        table.objects.filter(job_id__in=jobs)._raw_delete("default")
    Task.objects.filter(pk__in=task_ids).delete()
    for folder in folders:
        transaction.on_commit(partial(files.remove_folder, folder))
