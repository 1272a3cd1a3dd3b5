"""Projects, and who sees them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from quintet.core.errors import NotAllowed, NotFound
from quintet.services.annotation import conf
from quintet.services.annotation.models import Job, Project, Task
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.rules import ADMIN, Deed, sees_all


def projects_seen_by(person: Person) -> QuerySet[Project]:
    """Those that lists show to this person: what they own, are assigned to, or have any tie to a task of."""
    if sees_all(person.groups):
        return Project.objects.order_by()
    them = person.user.pk
    theirs = Q(owner_id=them) | Q(assignee_id=them)
    tied = Task.objects.filter(_workers_tie(them), project_id=OuterRef("pk"))
    return Project.objects.filter(theirs | Exists(tied)).order_by()


def project_open_to(person: Person, project_id: int, to: Deed = "see") -> Project:
    """The project. Raises NotFound, and NotAllowed when this person may not do that to it."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise NotFound("no such project")
    them = person.user.pk
    may = ADMIN in person.groups or project.owner_id == them
    if to in ("see", "change"):
        may = may or project.assignee_id == them
    if to == "see":
        may = may or sees_all(person.groups) or Task.objects.filter(_workers_tie(them), project=project).exists()
    if not may:
        raise NotAllowed(f"may not {to} the project")
    return project


def _workers_tie(them: int) -> Q:
    works = Exists(Job.objects.filter(task_id=OuterRef("pk"), assignee_id=them))
    tie = Q(owner_id=them) | Q(assignee_id=them) | Q(works)
    return tie if conf.OWN_TASKS_ONLY.value else tie | Q(assignee_id=None)
