"""Who may do what: the table of CVAT 1.x, relation by relation."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from quintet.accounts.models import User
from quintet.core.errors import NotAllowed, NotFound
from quintet.services.annotation.models import Job, Project, Segment, Task
from quintet.services.annotation.queries import Person, job_open_to, person, task_open_to
from quintet.services.annotation.tests.makers import make_person, make_superuser

pytestmark = pytest.mark.django_db


def _in(group: str, name: str) -> User:
    user = make_person(name)
    user.groups.add(Group.objects.get(name=group))
    return user


def _as(user: User) -> Person:
    known = person(user)
    assert known is not None
    return known


def _task(**said: object) -> tuple[Task, Job]:
    moment = timezone.now()
    task = Task.objects.create(name="street", created_at=moment, updated_at=moment, **said)
    segment = Segment.objects.create(task=task, start_frame=0, stop_frame=4)
    return task, Job.objects.create(task=task, segment=segment)


def _deeds(user: User, task: Task, job: Job) -> str:
    """What this person may do, one letter each: see, change, delete, upload; then see and change the job."""
    known, may = _as(user), ""
    for letter, deed in (("s", "see"), ("c", "change"), ("d", "delete"), ("u", "upload")):
        try:
            task_open_to(known, task.pk, deed)  # type: ignore[arg-type]
            may += letter
        except NotAllowed:
            may += "-"
    for letter, deed in (("S", "see"), ("C", "change")):
        try:
            job_open_to(known, job.pk, deed)  # type: ignore[arg-type]
            may += letter
        except NotAllowed:
            may += "-"
    return may


def test_what_each_relation_allows() -> None:
    owner, assignee, worker = (make_person(name) for name in ("owner", "assignee", "worker"))
    creator, lead, deputy = _in("user", "creator"), make_person("lead"), make_person("deputy")
    make_person("stranger")
    _in("observer", "observer")
    moment = timezone.now()
    project = Project.objects.create(
        name="city", owner=lead, assignee=deputy, created_at=moment, updated_at=moment
    )  # fmt: skip
    task, job = _task(owner=owner, assignee=assignee, creator=creator, project=project)
    Job.objects.filter(pk=job.pk).update(assignee=worker)
    everybody = {user.username: _deeds(user, task, job) for user in User.objects.order_by("id")}
    assert everybody == {
        "owner": "scduSC", "assignee": "sc-uSC", "worker": "s---SC", "stranger": "------", "observer": "s---S-",
        "creator": "---u--", "lead": "scduSC", "deputy": "sc-uSC",
    }  # fmt: skip
    assert _deeds(make_superuser(), task, job) == "scduSC"


def test_what_nobody_is_assigned_to_is_everybodys_but_observers_only_look(settings: object) -> None:
    task, job = _task(owner=make_person("owner"))
    annotator, observer = make_person("annotator"), _in("observer", "observer")
    assert (_deeds(annotator, task, job), _deeds(observer, task, job)) == ("s---SC", "s---S-")
    settings.QUINTET_ANNOTATION_OWN_TASKS_ONLY = True  # type: ignore[attr-defined]
    assert (_deeds(annotator, task, job), _deeds(observer, task, job)) == ("------", "s---S-")


def test_what_is_not_there_is_not_found_before_anybody_is_refused() -> None:
    known = _as(make_person())
    with pytest.raises(NotFound):
        task_open_to(known, 7)
    with pytest.raises(NotFound):
        job_open_to(known, 7)
