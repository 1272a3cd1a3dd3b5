"""Projects are made, changed and removed."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from quintet.core.clock import now
from quintet.core.errors import NotAllowed
from quintet.services.annotation.actions.holding import hold_project
from quintet.services.annotation.actions.tasks import remove_tasks
from quintet.services.annotation.models import Project, Task
from quintet.services.annotation.queries import Person
from quintet.services.annotation.queries.projects import project_open_to
from quintet.services.annotation.rules import may_make

_COLUMNS = {"name": "name", "bug_tracker": "bug_tracker", "owner": "owner_id", "assignee": "assignee_id"}


def create_project(person: Person, told: Mapping[str, Any]) -> Project:
    """Make a project; it belongs to whoever makes it unless an owner is told. Raises NotAllowed."""
    if not may_make(person.groups):
        raise NotAllowed("makes no projects")
    moment = now()
    kept = {_COLUMNS[name]: value for name, value in told.items()}
    kept["owner_id"] = kept.get("owner_id") or person.user.pk
    return Project.objects.create(created_at=moment, updated_at=moment, **kept)


def change_project(person: Person, project_id: int, told: Mapping[str, Any]) -> Project:
    """Change name, owner, assignee, bug_tracker. Raises NotFound, NotAllowed."""
    project = project_open_to(person, project_id, "change")
    for name, value in told.items():
        setattr(project, _COLUMNS[name], value)
    project.updated_at = now()
    project.save(update_fields=["updated_at", *(_COLUMNS[name] for name in told)])
    return project


def delete_project(person: Person, project_id: int) -> None:
    """Remove a project and its tasks. Raises NotFound, NotAllowed."""
    project_open_to(person, project_id, "delete")
    with transaction.atomic():
        hold_project(project_id)
        remove_tasks(list(Task.objects.filter(project_id=project_id).values_list("pk", flat=True)))
        Project.objects.filter(pk=project_id).delete()
