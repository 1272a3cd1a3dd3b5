"""Tasks, projects and jobs over HTTP."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from quintet.accounts.models import User
from quintet.services.annotation.demo import make_samples
from quintet.services.annotation.models import Job, Label, Segment, Task
from quintet.services.annotation.tests.makers import make_person, make_superuser, send, told, with_key

pytestmark = pytest.mark.django_db

CAR = {
    "name": "car",
    "attributes": [
        {"name": "color", "mutable": False, "input_type": "select", "default_value": "red", "values": ["red", "blue"]},
        {"name": "parked", "mutable": True, "input_type": "checkbox", "default_value": "false", "values": ["false"]},
    ],
}
FIELDS = (
    "url id name mode owner assignee bug_tracker created_date updated_date overlap segment_size z_order status labels "
    "segments project"
).split()


def member(name: str = "alice", group: str = "user") -> User:
    user = make_person(name)
    user.groups.add(Group.objects.get(name=group))
    return user


def make_task(client: Client, **said: object) -> Any:
    answer = send(client, "POST", "tasks", {"name": "street", "labels": [CAR, {"name": "person"}], **said})
    assert answer.status_code == 201, answer.content
    return told(answer)


def add_jobs(task_id: int, count: int = 2) -> list[int]:
    segments = [Segment.objects.create(task_id=task_id, start_frame=n, stop_frame=n) for n in range(count)]
    return [Job.objects.create(task_id=task_id, segment=segment).pk for segment in segments]


def test_a_new_task_has_the_documents_fields_in_its_order_and_no_data_yet() -> None:
    alice = member()
    task = make_task(with_key(alice), overlap=1, segment_size=3, bug_tracker="https://bugs.example/1")
    assert list(task) == FIELDS
    assert (task["owner"], task["mode"], task["status"], task["overlap"]) == (alice.pk, "", "annotation", 1)
    car, person = task["labels"]
    assert [list(label) for label in (car, person)] == [["id", "name", "color", "attributes"]] * 2
    assert [said["values"] for said in car["attributes"]] == [["red", "blue"], ["false"]]
    assert all(label["color"].startswith("#") and len(label["color"]) == 7 for label in (car, person))
    assert told(with_key(alice).get(f"/api/v1/tasks/{task['id']}")) == task


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"labels": []}, {"labels": ["Label set must not be empty"]}),
        ({"labels": [CAR, CAR]}, {"labels": ["All label names must be unique for the task"]}),
        ({"labels": [{"name": "x", "color": "red"}]}, {"labels": [{"color": ["A colour is written #rrggbb."]}]}),
        ({"assignee": 999}, {"assignee": ['Invalid pk "999" - object does not exist.']}),
        ({"project": 999}, {"project": ['Invalid pk "999" - object does not exist.']}),
        ({"segment_size": -1}, {"segment_size": ["Ensure this value is greater than or equal to 0."]}),
        ({"name": "n" * 257}, {"name": ["Ensure this field has no more than 256 characters."]}),
        ({"name": "a\x00b"}, {"name": ["Null characters are not allowed."]}),
    ],
)
def test_a_task_that_breaks_a_rule_is_refused_and_not_made(said: dict[str, object], fault: object) -> None:
    answer = send(with_key(member()), "POST", "tasks", {"name": "street", "labels": [CAR], **said})
    assert (answer.status_code, told(answer)) == (400, fault)
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "attribute",
    [
        {"name": "a", "mutable": True, "input_type": "slider", "default_value": "1"},
        {"name": "a", "mutable": True, "input_type": "number", "default_value": "1", "values": ["0", "x", "1"]},
        {"name": "a", "mutable": True, "input_type": "select", "default_value": "c", "values": ["a", "b"]},
        {"name": "a", "mutable": True, "input_type": "text"},
        {"mutable": True, "input_type": "text", "default_value": ""},
    ],
)
def test_an_attribute_that_no_client_could_show_is_refused(attribute: object) -> None:
    said = {"name": "street", "labels": [{"name": "car", "attributes": [attribute]}]}
    answer = send(with_key(member()), "POST", "tasks", said)
    assert answer.status_code == 400
    assert "attributes" in told(answer)["labels"][0]


def test_values_may_be_missing() -> None:
    attribute = {"name": "note", "mutable": False, "input_type": "text", "default_value": ""}
    task = make_task(with_key(member()), labels=[{"name": "car", "attributes": [attribute]}])
    assert task["labels"][0]["attributes"][0]["values"] == [""]


def test_labels_are_merged_by_name_and_nothing_is_lost() -> None:
    client = with_key(member())
    task = make_task(client, labels=[{**CAR, "color": "#ABCDEF"}])
    attribute = {**CAR["attributes"][0], "values": ["red", "green"], "default_value": "green"}  # type: ignore[dict-item]
    more = {"name": "bus", "attributes": []}
    said = {"labels": [{"name": "car", "attributes": [attribute]}, more], "overlap": 9, "segment_size": 9}
    changed = told(send(client, "PATCH", f"tasks/{task['id']}", said))
    car, bus = changed["labels"]
    assert (car["id"], car["color"], bus["name"]) == (task["labels"][0]["id"], "#abcdef", "bus")
    assert [said["id"] for said in car["attributes"]] == [said["id"] for said in task["labels"][0]["attributes"]]
    assert car["attributes"][0]["values"] == ["red", "green"]
    assert (changed["overlap"], changed["segment_size"]) == (None, 0)
    assert changed["updated_date"] > task["updated_date"]
    bad: object
    for bad in ([], [{}], [{"attributes": []}], [{"name": "x", "attributes": [{"name": "y"}]}], 3, [3], None):
        assert send(client, "PATCH", f"tasks/{task['id']}", {"labels": bad}).status_code == 400, bad
    assert told(send(client, "PUT", f"tasks/{task['id']}", {})) == {
        "name": ["This field is required."], "labels": ["This field is required."]
    }  # fmt: skip


def test_who_may_make_change_and_delete() -> None:
    owner, annotator, observer = member("owner"), member("annie", "annotator"), member("olga", "observer")
    task = make_task(with_key(owner))
    path = f"tasks/{task['id']}"
    for user in (annotator, observer, make_person("nobody")):
        assert send(with_key(user), "POST", "tasks", {"name": "n", "labels": [CAR]}).status_code == 403
        assert send(with_key(user), "PATCH", path, {"name": "mine"}).status_code == 403
        assert with_key(user).delete(f"/api/v1/{path}").status_code == 403
    assert send(with_key(owner), "PATCH", path, {"assignee": annotator.pk}).status_code == 200
    assert told(send(with_key(annotator), "PATCH", path, {"name": "named"}))["name"] == "named"
    assert with_key(annotator).delete(f"/api/v1/{path}").status_code == 403
    assert with_key(owner).delete(f"/api/v1/{path}").status_code == 204
    assert with_key(owner).delete(f"/api/v1/{path}").status_code == 404
    assert not Label.objects.exists()


def test_a_list_of_any_length_is_four_statements(django_assert_max_num_queries: Any) -> None:
    client = with_key(make_superuser())
    for number in range(12):
        add_jobs(make_task(client, name=f"task {number}")["id"])
    client.get("/api/v1/users/self")
    with django_assert_max_num_queries(5):
        client.get("/api/v1/tasks/1")
    with django_assert_max_num_queries(6):  # two of them tell who asks
        page = told(client.get("/api/v1/tasks?page_size=10&page=1"))
    assert [page["count"], len(page["results"]), page["results"][0]["name"]] == [12, 10, "task 11"]
    assert page["next"] == "http://testserver/api/v1/tasks?page=2&page_size=10"
    assert len(told(client.get("/api/v1/tasks?page_size=all"))["results"]) == 12
    assert told(client.get("/api/v1/tasks?page=2"))["previous"] == "http://testserver/api/v1/tasks"
    for past in ("page=3", "page=999999999999999&page_size=999999999999999", "page=2&page_size=all", "page=0"):
        assert told(client.get(f"/api/v1/tasks?{past}")) == {"detail": "Invalid page."}, past


def test_lists_show_what_one_may_see_and_what_is_asked_for() -> None:
    owner, other = member("owner"), member("other")
    mine = make_task(with_key(owner), name="Harbour", assignee=owner.pk)
    free = make_task(with_key(owner), name="Station")

    def names(client: Client, query: str) -> list[str]:
        return [task["name"] for task in told(client.get(f"/api/v1/tasks?{query}"))["results"]]

    assert names(with_key(other), "") == ["Station"]
    job_id = add_jobs(mine["id"], 1)[0]
    Job.objects.filter(pk=job_id).update(assignee=other)
    assert names(with_key(other), "") == ["Station", "Harbour"]
    client = with_key(make_superuser())
    for query, found in {
        "name=harb": ["Harbour"], "owner=OWN": ["Station", "Harbour"], "assignee=own": ["Harbour"],
        "search=owner,stat": ["Station"], "ordering=name": ["Harbour", "Station"],
        "ordering=-name": ["Station", "Harbour"], "ordering=colour": ["Station", "Harbour"], "mode=inter": [],
        f"id=1&id={free['id']}": ["Station"], "page_size=10&?id=undefined": ["Station", "Harbour"],
    }.items():  # fmt: skip
        assert names(client, query) == found, query
    assert told(client.get("/api/v1/tasks?id=two")) == {"id": ["Enter a number."]}
    assert client.get("/api/v1/tasks?search=%00").status_code == 400


def test_the_prepared_list_says_what_the_orm_says() -> None:
    client = with_key(make_superuser())
    for number in range(3):
        add_jobs(make_task(client, name=f"task {number}")["id"], number)
    assert told(client.get("/api/v1/tasks")) == told(client.get("/api/v1/tasks?ordering=-id"))


def test_a_tasks_status_follows_from_its_jobs() -> None:
    owner, worker = member("owner"), make_person("worker")
    client = with_key(owner)
    task_id = make_task(client, assignee=owner.pk)["id"]
    first, second = add_jobs(task_id)
    path = f"jobs/{first}"

    def status() -> str:
        return Task.objects.get(pk=task_id).status

    assert send(with_key(worker), "PATCH", path, {"status": "completed"}).status_code == 403
    shown = told(send(client, "PATCH", path, {"status": "completed", "assignee": worker.pk}))
    assert list(shown) == ["url", "id", "assignee", "status", "start_frame", "stop_frame", "task_id"]
    assert (shown["assignee"], shown["status"], status()) == (worker.pk, "completed", "annotation")
    assert send(client, "PUT", f"jobs/{second}", {"status": "validation"}).status_code == 200
    assert status() == "validation"
    assert send(with_key(worker), "PATCH", path, {"assignee": None}).status_code == 200
    send(client, "PATCH", f"jobs/{second}", {"status": "completed"})
    assert status() == "completed"
    assert told(send(client, "PATCH", path, {"status": "done"})) == {"status": ['"done" is not a valid choice.']}
    fault = {"assignee": ['Invalid pk "999" - object does not exist.']}
    assert told(send(client, "PATCH", path, {"assignee": 999})) == fault
    assert client.delete(f"/api/v1/{path}").status_code == 405
    assert [job["id"] for job in told(client.get(f"/api/v1/tasks/{task_id}/jobs"))] == [first, second]


def test_projects_are_made_seen_changed_and_take_their_tasks_with_them() -> None:
    lead, worker, stranger = member("lead"), make_person("worker"), make_person("stranger")
    client = with_key(lead)
    project = told(send(client, "POST", "projects", {"name": "city"}))
    assert list(project) == [
        "url", "id", "name", "owner", "assignee", "bug_tracker", "created_date", "updated_date", "status"
    ]  # fmt: skip
    path = f"projects/{project['id']}"
    maker = with_key(member("maker"))
    body = {"name": "n", "labels": [{"name": "car", "attributes": []}], "project": project["id"]}
    assert send(maker, "POST", "tasks", body).status_code == 403, "nobody puts tasks where they may not look"
    own = make_task(maker)
    assert send(maker, "PATCH", f"tasks/{own['id']}", {"project": project["id"]}).status_code == 403
    assert maker.delete(f"/api/v1/tasks/{own['id']}").status_code == 204
    task = make_task(client, project=project["id"], assignee=worker.pk)
    assert send(with_key(stranger), "GET", path, {}).status_code == 403
    assert told(with_key(stranger).get("/api/v1/projects"))["count"] == 0
    assert told(with_key(worker).get("/api/v1/projects"))["count"] == 1
    assert told(with_key(worker).get(f"/api/v1/{path}")) == project
    assert told(with_key(worker).get(f"/api/v1/{path}/tasks"))["results"][0]["id"] == task["id"]
    assert send(with_key(worker), "PATCH", path, {"name": "x"}).status_code == 403
    assert told(send(client, "PATCH", path, {"name": "town", "assignee": worker.pk}))["name"] == "town"
    assert send(client, "PUT", path, {"name": "x"}).status_code == 403
    assert send(with_key(make_superuser()), "PUT", path, {"name": "x"}).status_code == 405
    assert with_key(worker).delete(f"/api/v1/{path}").status_code == 403
    assert client.delete(f"/api/v1/{path}").status_code == 204
    assert not Task.objects.exists()


def test_a_task_outlives_its_owner() -> None:
    owner = member()
    task = Task.objects.create(name="n", owner=owner, created_at=timezone.now(), updated_at=timezone.now())
    assert with_key(owner).delete(f"/api/v1/users/{owner.pk}").status_code == 204
    task.refresh_from_db()
    assert task.owner_id is None


@pytest.mark.parametrize(
    "body", [b"[]", b"3", b'"x"', b"null", b'{"labels": 3}', b'{"labels": [3]}', b'{"labels": {}}']
)
def test_a_body_of_the_wrong_shape_is_refused(body: bytes) -> None:
    client = with_key(member())
    assert client.generic("POST", "/api/v1/tasks", body, content_type="application/json").status_code == 400


def test_the_demonstration_has_one_task_however_often_it_is_made() -> None:
    root = make_superuser()
    for _ in range(2):
        make_samples(root)
    [task] = told(with_key(root).get("/api/v1/tasks"))["results"]
    assert (task["size"], len(task["segments"]), [label["name"] for label in task["labels"]]) == (
        6, 2, ["car", "person"]
    )  # fmt: skip
