"""Webhooks of tasks and projects: told of what happens to jobs, signed, tried again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred import inline
from quintet.core.deferred.actions import enqueue
from quintet.core.deferred.models import Job as Deferred
from quintet.core.testing.receivers import Receiver
from quintet.core.webhooks import signature
from quintet.services.annotation.models import Delivery, Project, Webhook
from quintet.services.annotation.tests.drawings import Drawable, box, make_drawable, marks
from quintet.services.annotation.tests.makers import make_person, promote, send, told, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.QUINTET_ANNOTATION_WEBHOOK_PRIVATE = True
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def alice() -> User:
    return make_person()


@pytest.fixture
def client(alice: User) -> Client:
    return with_key(alice)


@pytest.fixture
def drawn(alice: User) -> Drawable:
    return make_drawable(alice, (0, 4), (5, 9))


def make_hook(client: Client, receiver: Receiver, **said: Any) -> dict[str, Any]:
    answer = send(client, "POST", "webhooks", {"url": receiver.address, **said})
    assert answer.status_code == 201, answer.content
    return dict(told(answer))


def deliver(*, due: bool = False) -> list[str]:
    """Run what waits; with `due` also what waits for later. How each stands afterwards."""
    if due:
        Deferred.objects.update(run_after=now())
    return [done.state for done in inline.run_due()]


def heard(receiver: Receiver) -> list[Any]:
    return [json.loads(body) for _, body in receiver.told]


def test_a_changed_status_is_told_once_and_signed(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook, job = make_hook(client, receiver, task=drawn.task.pk, events=["job.status"]), drawn.jobs[0].pk
    for _ in range(2):
        assert send(client, "PATCH", f"jobs/{job}", {"status": "validation"}).status_code == 200
    assert deliver() == ["done"]
    ((headers, body),) = receiver.told
    signed = signature(
        hook["secret"], identifier=headers["webhook-id"], timestamp=int(headers["webhook-timestamp"]), body=body
    )
    assert headers["webhook-signature"] == signed
    said = json.loads(body)
    assert said["type"] == "job.status"
    assert said["data"]["before"] == "annotation"
    assert said["data"]["by"] == {"id": drawn.task.owner_id, "username": "alice"}
    task, job_told = said["data"]["task"], said["data"]["job"]
    assert (task["id"], task["name"], task["project_id"]) == (drawn.task.pk, "street", None)
    assert (job_told["id"], job_told["status"], job_told["assignee"]) == (job, "validation", None)
    (listed,) = told(client.get(f"/api/v1/webhooks/{hook['id']}/deliveries"))["results"]
    assert (listed["event"], listed["type"], listed["status"]) == (headers["webhook-id"], "job.status", 204)
    assert (listed["accepted"], listed["body"]) == (True, said)


def test_all_that_happens_is_told_to_who_wants_all(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    bob = make_person("bob")
    make_hook(client, receiver, task=drawn.task.pk)
    for job in drawn.jobs:
        assert send(client, "PATCH", f"jobs/{job.pk}", {"status": "completed", "assignee": bob.pk}).status_code == 200
    deliver()
    kinds = sorted(said["type"] for said in heard(receiver))
    assert kinds == ["job.assigned", "job.assigned", "job.status", "job.status", "task.status"]
    (done,) = [said["data"] for said in heard(receiver) if said["type"] == "task.status"]
    assert (done["before"], done["task"]["status"]) == ("annotation", "completed")
    assigned = next(said["data"] for said in heard(receiver) if said["type"] == "job.assigned")
    assert (assigned["before"], assigned["job"]["assignee"]) == (None, bob.pk)


def test_a_project_hears_of_its_new_tasks_and_of_their_jobs(
    client: Client, drawn: Drawable, receiver: Receiver, alice: User
) -> None:
    promote(alice)
    moment = drawn.task.created_at
    project = Project.objects.create(name="city", owner=alice, created_at=moment, updated_at=moment)
    make_hook(client, receiver, project=project.pk)
    body = {"name": "new", "labels": [{"name": "car"}]}
    assert send(client, "POST", "tasks", body).status_code == 201
    made = told(send(client, "POST", "tasks", {**body, "project": project.pk}))
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    drawn.task.project = project
    drawn.task.save()
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "annotation"})
    deliver()
    said = {each["type"]: each["data"]["task"] for each in heard(receiver)}
    assert sorted(said) == ["job.status", "task.created"]
    assert said["task.created"] == {
        "id": made["id"], "name": "new", "project_id": project.pk, "status": "annotation"
    }  # fmt: skip
    assert said["job.status"]["id"] == drawn.task.pk


def test_an_import_that_is_done_is_told(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    assert send(client, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car)])).status_code == 200
    export = client.get(f"/api/v1/{drawn.url}?format=CVAT for images 1.1&action=download")
    file = SimpleUploadedFile("marks.zip", b"".join(export))
    make_hook(client, receiver, task=drawn.task.pk, events=["import.finished"])
    content = encode_multipart(BOUNDARY, {"annotation_file": file})
    for query in ("", "&dry_run=true"):
        file.seek(0)
        url = f"/api/v1/{drawn.url}?format=CVAT 1.1{query}"
        assert client.put(url, content, content_type=MULTIPART_CONTENT).status_code in (200, 201)
    deliver()
    (said,) = heard(receiver)
    assert said["data"]["import"]["added"] == {"tags": 0, "shapes": 1, "tracks": 0}


def test_nobody_hears_of_what_was_refused(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    make_hook(client, receiver, task=drawn.task.pk)
    assert send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "done"}).status_code == 400
    stranger = with_key(make_person("stranger"))
    assert send(stranger, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "completed"}).status_code == 403
    assert deliver() == []


def test_what_is_refused_is_told_again(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook = make_hook(client, receiver, task=drawn.task.pk, events=["job.status"])
    receiver.statuses = [500, 204]
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    assert deliver() == ["queued"]
    assert deliver() == []
    assert deliver(due=True) == ["done"]
    first, second = receiver.told
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]
    shown = told(client.get(f"/api/v1/webhooks/{hook['id']}/deliveries"))["results"]
    assert [(each["status"], each["accepted"]) for each in shown] == [(204, True), (500, False)]


def test_nobody_is_told_for_ever(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    make_hook(client, receiver, task=drawn.task.pk, events=["job.status"])
    receiver.statuses, receiver.location = [307], receiver.address + "/elsewhere"
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    assert [deliver(due=True) for _ in range(8)] == [["queued"]] * 6 + [["failed"], []]
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"Redirects are not followed."}
    assert "s3cr3t" not in Deferred.objects.get(kind="annotation.deliver_webhook").error


def test_a_secret_is_shown_once_and_can_be_had_anew(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook = make_hook(client, receiver, task=drawn.task.pk)
    url = f"webhooks/{hook['id']}"
    shown = told(client.get(f"/api/v1/{url}"))
    assert shown == {name: value for name, value in hook.items() if name != "secret"}
    assert shown["address"].endswith("/…")
    assert "s3cr3t" not in json.dumps(shown)
    assert "secret" not in told(send(client, "PATCH", url, {"events": ["job.status"], "is_active": True}))
    renewed = told(send(client, "PATCH", url, {"new_secret": True}))["secret"]
    moved = told(send(client, "PATCH", url, {"url": receiver.address + "/2"}))["secret"]
    assert len({hook["secret"], renewed, moved}) == 3
    assert Webhook.objects.get().events == ["job.status"]
    assert told(send(client, "POST", f"{url}/ping", {}))["event"].startswith("evt-")
    deliver()
    ((headers, body),) = receiver.told
    assert headers["webhook-signature"] == signature(
        moved, identifier=headers["webhook-id"], timestamp=int(headers["webhook-timestamp"]), body=body
    )
    assert json.loads(body)["type"] == "ping"


def test_a_ping_is_tried_once(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook = make_hook(client, receiver, task=drawn.task.pk, is_active=False)
    receiver.statuses = [500]
    assert send(client, "POST", f"webhooks/{hook['id']}/ping", {}).status_code == 202
    assert [deliver(due=True) for _ in range(2)] == [["failed"], []]
    (tried,) = told(client.get(f"/api/v1/webhooks/{hook['id']}/deliveries"))["results"]
    assert (tried["type"], tried["status"], tried["accepted"]) == ("ping", 500, False)


def test_what_was_told_can_be_told_again(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook = make_hook(client, receiver, task=drawn.task.pk, events=["job.status"])
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    deliver()
    url = f"webhooks/{hook['id']}/deliveries/{Delivery.objects.get().pk}/redeliver"
    again = send(client, "POST", url, {})
    assert (again.status_code, told(again)["event"]) == (202, Delivery.objects.get().event)
    deliver()
    assert [body for _, body in receiver.told] == [receiver.told[0][1]] * 2
    other = make_hook(client, receiver, task=drawn.task.pk)
    foreign = url.replace(f"webhooks/{hook['id']}/", f"webhooks/{other['id']}/")
    assert send(client, "POST", foreign, {}).status_code == 404
    send(client, "PATCH", f"webhooks/{hook['id']}", {"is_active": False})
    assert send(client, "POST", url, {}).status_code == 400


def test_who_is_silenced_or_removed_hears_nothing(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    hook, job = make_hook(client, receiver, task=drawn.task.pk), drawn.jobs[0].pk
    send(client, "PATCH", f"jobs/{job}", {"status": "validation"})
    send(client, "PATCH", f"webhooks/{hook['id']}", {"is_active": False})
    send(client, "PATCH", f"jobs/{job}", {"status": "annotation"})
    assert deliver() == ["done"]
    send(client, "PATCH", f"webhooks/{hook['id']}", {"is_active": True})
    send(client, "PATCH", f"jobs/{job}", {"status": "validation"})
    assert client.delete(f"/api/v1/webhooks/{hook['id']}").status_code == 204
    deliver()
    assert receiver.told == []


def test_a_webhook_ends_with_the_rights_of_who_set_it(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    bob = make_person("bob")
    drawn.task.assignee = bob
    drawn.task.save()
    make_hook(with_key(bob), receiver, task=drawn.task.pk, events=["job.status"])
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    assert deliver() == ["done"]
    assert len(receiver.told) == 1
    drawn.task.assignee = drawn.task.owner
    drawn.task.save()
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "annotation"})
    assert deliver() == ["done"]
    assert len(receiver.told) == 1


def test_only_those_who_may_change_the_task_have_its_webhooks(
    client: Client, drawn: Drawable, receiver: Receiver
) -> None:
    hook, worker = make_hook(client, receiver, task=drawn.task.pk), make_person("worker")
    drawn.jobs[0].assignee = worker
    drawn.jobs[0].save()
    theirs, url = with_key(worker), f"webhooks/{hook['id']}"
    assert send(theirs, "POST", "webhooks", {"task": drawn.task.pk, "url": receiver.address}).status_code == 403
    assert send(theirs, "PATCH", url, {"is_active": False}).status_code == 403
    assert send(theirs, "POST", f"{url}/ping", {}).status_code == 403
    assert theirs.delete(f"/api/v1/{url}").status_code == 403
    for path in (url, f"{url}/deliveries", f"webhooks?task_id={drawn.task.pk}"):
        assert theirs.get(f"/api/v1/{path}").status_code == 403
    assert told(theirs.get("/api/v1/webhooks"))["count"] == 0
    assert told(client.get("/api/v1/webhooks"))["results"] == [{k: v for k, v in hook.items() if k != "secret"}]
    assert told(client.get(f"/api/v1/webhooks?task_id={drawn.task.pk}"))["count"] == 1
    root = with_key(make_person("root", is_administrator=True))
    assert told(root.get("/api/v1/webhooks"))["count"] == 1
    assert client.get(f"/api/v1/webhooks?project_id={10**17}").status_code == 404
    assert client.get("/api/v1/webhooks?project_id=x").status_code == 400
    assert Client().get("/api/v1/webhooks").status_code == 401
    assert Webhook.objects.get().is_active


@pytest.mark.parametrize(
    "body",
    [
        {}, {"url": "https://8.8.8.8/"}, {"url": "https://8.8.8.8/", "task": 1, "project": 1}, [], "x",
        {"url": "ftp://8.8.8.8/", "task": "own"}, {"url": "https://user:pw@8.8.8.8/", "task": "own"},
        {"url": "https://8.8.8.8/ü", "task": "own"}, {"url": "http://[::1", "task": "own"}, {"task": "own"},
        {"url": "https://8.8.8.8/", "task": "own", "events": ["job.deleted"]},
        {"url": "https://8.8.8.8/", "task": "own", "events": "job.status"},
        {"url": "https://8.8.8.8/" + "x" * 2000, "task": "own"}, {"url": "x", "task": "own"},
    ],
)  # fmt: skip
def test_what_is_no_webhook_is_refused(client: Client, drawn: Drawable, body: Any) -> None:
    if isinstance(body, dict) and body.get("task") == "own":
        body = {**body, "task": drawn.task.pk}
    assert send(client, "POST", "webhooks", body).status_code == 400
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://10.0.0.8/", "http://[::1]/", "http://169.254.169.254/", "http://2130706433/"],
)
def test_private_addresses_are_refused(client: Client, drawn: Drawable, address: str) -> None:
    answer = send(client, "POST", "webhooks", {"url": address, "task": drawn.task.pk})
    assert (answer.status_code, told(answer)) == (400, {"url": ["That address may not be called."]})


def test_an_address_that_has_become_private_is_not_called(
    client: Client, drawn: Drawable, receiver: Receiver, settings: Any
) -> None:
    make_hook(client, receiver, task=drawn.task.pk)
    send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "validation"})
    settings.QUINTET_ANNOTATION_WEBHOOK_PRIVATE = False
    deliver()
    assert receiver.told == []
    assert Delivery.objects.first().outcome == "That address may not be called."  # type: ignore[union-attr]


def test_a_task_has_so_many_webhooks_at_most(client: Client, drawn: Drawable, receiver: Receiver) -> None:
    for _ in range(20):
        make_hook(client, receiver, task=drawn.task.pk)
    one_more = {"url": receiver.address, "task": drawn.task.pk}
    assert send(client, "POST", "webhooks", one_more).status_code == 400
    page = told(client.get("/api/v1/webhooks?page_size=7&page=3"))
    assert (page["count"], len(page["results"])) == (20, 6)


def test_old_deliveries_are_forgotten(client: Client, drawn: Drawable, receiver: Receiver, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_DELIVERIES_DAYS = 30
    make_hook(client, receiver, task=drawn.task.pk, events=["job.status"])
    for status in ("validation", "annotation"):
        send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": status})
    deliver()
    old = Delivery.objects.order_by("id").first()
    Delivery.objects.filter(pk=old.pk).update(at=now() - timedelta(days=31))  # type: ignore[union-attr]
    enqueue("annotation.drop_deliveries")
    assert deliver() == ["done"]
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("engine")
def test_every_database_tells(receiver: Receiver) -> None:
    alice = make_person()
    client, drawn = with_key(alice), make_drawable(alice)
    moment = drawn.task.created_at
    drawn.task.project = Project.objects.create(name="city", owner=alice, created_at=moment, updated_at=moment)
    drawn.task.save()
    make_hook(client, receiver, project=drawn.task.project.pk)
    make_hook(client, receiver, task=drawn.task.pk)
    assert send(client, "PATCH", f"jobs/{drawn.jobs[0].pk}", {"status": "completed"}).status_code == 200
    deliver()
    assert sorted(said["type"] for said in heard(receiver)) == ["job.status"] * 2 + ["task.status"] * 2
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 2
