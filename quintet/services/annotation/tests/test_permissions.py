"""Who may do what, asked at every endpoint: CVAT 1.x's table, where observers only look."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from quintet.accounts.models import User
from quintet.services.annotation.models import Project, Task
from quintet.services.annotation.tests.drawings import Drawable, make_drawable, marks
from quintet.services.annotation.tests.makers import make_person, send, told, with_key
from quintet.services.annotation.tests.test_tasks import CAR, member

pytestmark = pytest.mark.django_db

# By group, without any tie to the task; and by tie, without any group.
GROUPS = ("admin", "user", "annotator", "observer", "nobody")
TIES = ("owner", "assignee", "worker", "lead", "deputy")
EVERYBODY = frozenset({*GROUPS, *TIES})
MAKERS = frozenset({"admin", "user"})
OWNERS = frozenset({"admin", "owner", "lead"})
CHANGERS = OWNERS | {"assignee", "deputy"}
WORKERS = CHANGERS | {"worker"}
SEERS = WORKERS | {"observer"}
# What nobody is assigned to is everybody's, but observers only look.
FREE_WORKERS = EVERYBODY - {"observer"}

# Verb, path, body; then who may where the task has an assignee, and who may where it has none.
TABLE: list[tuple[str, str, object, frozenset[str], frozenset[str]]] = [
    ("POST", "tasks", {"name": "n", "labels": [CAR]}, MAKERS, MAKERS),
    ("POST", "projects", {"name": "n"}, MAKERS, MAKERS),
    ("GET", "tasks/{task}", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/jobs", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/status", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/data/meta", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/data?type=preview", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/data?type=chunk&number=0", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/annotations", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/annotations?format=YOLO%201.1", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/dataset?format=Bogus", None, SEERS, EVERYBODY),
    ("GET", "tasks/{task}/imports", None, SEERS, EVERYBODY),
    ("POST", "tasks/{task}/data", {}, CHANGERS, CHANGERS - {"assignee"}),
    ("PUT", "tasks/{task}", {"name": "n", "labels": [CAR]}, CHANGERS, CHANGERS - {"assignee"}),
    ("PATCH", "tasks/{task}", {"name": "n"}, CHANGERS, CHANGERS - {"assignee"}),
    ("PUT", "tasks/{task}/annotations", marks(), CHANGERS, CHANGERS - {"assignee"}),
    ("PATCH", "tasks/{task}/annotations?action=create", marks(), CHANGERS, CHANGERS - {"assignee"}),
    ("DELETE", "tasks/{task}/annotations", None, CHANGERS, CHANGERS - {"assignee"}),
    ("PUT", "tasks/{task}/annotations?format=YOLO%201.1", {}, CHANGERS, CHANGERS - {"assignee"}),
    ("DELETE", "tasks/{task}", None, OWNERS, OWNERS),
    ("GET", "jobs/{job}", None, SEERS, EVERYBODY),
    ("GET", "jobs/{job}/annotations", None, SEERS, EVERYBODY),
    ("PUT", "jobs/{job}", {"status": "validation"}, WORKERS, FREE_WORKERS),
    ("PATCH", "jobs/{job}", {"status": "validation"}, WORKERS, FREE_WORKERS),
    ("PUT", "jobs/{job}/annotations", marks(), WORKERS, FREE_WORKERS),
    ("PATCH", "jobs/{job}/annotations?action=update", marks(), WORKERS, FREE_WORKERS),
    ("DELETE", "jobs/{job}/annotations", None, WORKERS, FREE_WORKERS),
    ("PUT", "jobs/{job}/annotations?format=YOLO%201.1", {}, WORKERS, FREE_WORKERS),
    ("GET", "projects/{project}", None, SEERS, EVERYBODY),
    ("GET", "projects/{project}/tasks", None, SEERS, EVERYBODY),
    ("PATCH", "projects/{project}", {"name": "n"}, frozenset({"admin", "lead", "deputy"}),
     frozenset({"admin", "lead", "deputy"})),
    ("DELETE", "projects/{project}", None, frozenset({"admin", "lead"}), frozenset({"admin", "lead"})),
]  # fmt: skip


@pytest.fixture
def people() -> Mapping[str, Client]:
    """One of each group, and somebody for each tie."""
    found = {}
    for name in GROUPS[1:4]:
        found[name] = with_key(member(name, name))
    found["admin"] = with_key(make_person("admin", is_administrator=True))
    for name in ("nobody", *TIES):
        found[name] = with_key(make_person(name))
    return found


def _task(*, is_free: bool) -> tuple[Drawable, Project]:

    known = {user.username: user for user in User.objects.all()}
    moment = timezone.now()
    project = Project.objects.create(
        name="city", owner=known["lead"], assignee=known["deputy"], created_at=moment, updated_at=moment
    )
    drawn = make_drawable(known["owner"])
    Task.objects.filter(pk=drawn.task.pk).update(
        project=project, assignee=None if is_free else known["assignee"], creator=known["owner"]
    )
    drawn.task.jobs.update(assignee=known["worker"])
    return drawn, project


def _status(client: Client, verb: str, path: str, body: object) -> int:
    """What is done is undone again."""
    with transaction.atomic():
        answer: Any = send(client, verb, path, body) if body is not None else client.generic(verb, f"/api/v1/{path}")
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("verb", "path", "body", "assigned", "free"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
@pytest.mark.parametrize("is_free", [False, True], ids=["assigned", "free"])
def test_the_table_of_permissions(
    people: Mapping[str, Client],
    verb: str,
    path: str,
    body: object,
    assigned: frozenset[str],
    free: frozenset[str],
    is_free: bool,
) -> None:
    drawn, project = _task(is_free=is_free)
    asked = path.format(task=drawn.task.pk, job=drawn.jobs[0].pk, project=project.pk)
    answers = {name: _status(client, verb, asked, body) for name, client in people.items()}
    assert {answers[name] for name in EVERYBODY} <= {200, 201, 202, 204, 400, 403}, answers
    assert {name for name, status in answers.items() if status != 403} == (free if is_free else assigned)
    assert _status(Client(), verb, asked, body) == 401


@pytest.mark.parametrize("is_free", [False, True], ids=["assigned", "free"])
def test_the_lists_show_what_one_may_see(people: Mapping[str, Client], is_free: bool) -> None:
    _task(is_free=is_free)
    seen = {name for name, client in people.items() if told(client.get("/api/v1/tasks"))["count"]}
    assert seen == (EVERYBODY if is_free else SEERS)
    projects = {name for name, client in people.items() if told(client.get("/api/v1/projects"))["count"]}
    assert projects >= {"admin", "observer", "lead", "deputy", "owner", "worker"}


@pytest.mark.parametrize("path", ["tasks/99", "jobs/99", "projects/99", "tasks/99/annotations", "tasks/99/imports"])
def test_what_is_not_there_is_404_to_everybody_before_anybody_is_refused(
    people: Mapping[str, Client], path: str
) -> None:
    assert {client.get(f"/api/v1/{path}").status_code for client in people.values()} == {404}
