"""Labels, one by one: who may see and change them, and how much was marked with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Min, QuerySet

from quintet.core.errors import NotFound
from quintet.services.annotation.models import Job, Label, Shape, Tag, Track, TrackedShape
from quintet.services.annotation.queries.doors import task_open_to
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.rules import Deed

MARKS: dict[str, Any] = {"tags": Tag, "shapes": Shape, "tracks": Track}


def label_open_to(person: Person, label_id: int, to: Deed = "see") -> Label:
    """The label. Raises NotFound, and NotAllowed when this person may not do that to its task."""
    label = Label.objects.filter(pk=label_id).first()
    if label is None:
        raise NotFound("no such label")
    task_open_to(person, label.task_id, to)
    return label


def labels_of(task_id: int) -> Sequence[Label]:
    """A task's labels with their attributes, in order; two statements."""
    return list(Label.objects.filter(task_id=task_id).order_by("id").prefetch_related("attributes"))


def labels_of_project(project_id: int) -> Sequence[Mapping[str, Any]]:
    """name, color (one of those it has) and number of tasks of each label that a project's tasks have, by name."""
    named = Label.objects.filter(task__project_id=project_id).values("name").order_by("name")
    return [*named.annotate(color=Min("color"), tasks=Count("pk"))]


def marked_with(label: Label, **which: Any) -> dict[str, QuerySet[Any]]:
    """The rows of a task's jobs (all, or which) that have this label, by kind; keyframes have their track's."""
    jobs = Job.objects.filter(task_id=label.task_id, **which).values("pk")
    rows = {kind: table.objects.filter(job_id__in=jobs, label_id=label.pk) for kind, table in MARKS.items()}
    tracks = rows["tracks"].values("pk")
    return {**rows, "keyframes": TrackedShape.objects.filter(job_id__in=jobs, track_id__in=tracks)}


def counts_of(label: Label, **which: Any) -> dict[str, int]:
    """How many tags, shapes and tracks of these jobs have this label; three statements."""
    rows = marked_with(label, **which)
    return {kind: rows[kind].count() for kind in MARKS}


def jobs_with(label: Label) -> list[int]:
    """Numbers of the jobs in which something has this label."""
    tags, shapes, tracks = (marked_with(label)[kind].order_by().values_list("job_id") for kind in MARKS)
    return sorted(job_id for (job_id,) in tags.union(shapes, tracks))
