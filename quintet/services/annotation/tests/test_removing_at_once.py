"""On each database: somebody removes a task, a job or a webhook while others save, upload and ask."""

from base64 import b64encode
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from quintet.accounts.models import User
from quintet.services.annotation.models import Job, Resumable, Shape, Task, Webhook
from quintet.services.annotation.rules import GROUPS
from quintet.services.annotation.tests.drawings import Drawable, box, make_drawable, marks
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import picture
from quintet.services.annotation.tests.test_engines import at_once
from quintet.services.annotation.tests.test_tasks import member

ROUNDS = 4
TUS = {"Tus-Resumable": "1.0.0"}
ADDRESS = "http://127.0.0.1:9/"
XML = (
    b'<annotations><image id="0" name="img_000.png"><box label="car" xtl="1" ytl="1" xbr="9" ybr="9"/></image>'
    b"</annotations>"
)


@pytest.fixture(autouse=True)
def ready(engine: None, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.QUINTET_ANNOTATION_WEBHOOK_PRIVATE = True
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


@pytest.fixture
def client(ready: None) -> Client:
    return with_key(member())


@pytest.fixture
def drawn(client: Client) -> Drawable:
    return make_drawable(member_of(client), (0, 4), (5, 9))


def member_of(client: Client) -> User:
    return User.objects.get(pk=told(client.get("/api/v1/users/self"))["id"])


def many(drawn: Drawable, frame: int = 0) -> dict[str, Any]:
    return marks(shapes=[box(drawn.car, frame) for _ in range(100)])


def save(client: Client, job: int, said: dict[str, Any]) -> Any:
    return partial(send, client, "PUT", f"jobs/{job}/annotations", said)


def begun(client: Client, task: int, name: str = "a.jpg", size: int = 10) -> Any:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}"}
    return client.generic("POST", f"/api/v1/tasks/{task}/data/uploads", headers=headers)


def piece(client: Client, address: str, content: bytes) -> Any:
    kind = "application/offset+octet-stream"
    return client.patch(address, content, content_type=kind, headers={**TUS, "Upload-Offset": "0"})


def import_into(client: Client, path: str) -> Any:
    body = encode_multipart(BOUNDARY, {"annotation_file": SimpleUploadedFile("a.xml", XML)})
    return client.put(f"/api/v1/{path}/annotations?format=CVAT%201.1", body, content_type=MULTIPART_CONTENT)


def refuse_mistakes(answers: Any) -> list[int]:
    codes = [answer.status_code for answer in answers]
    assert max(codes) < 500, [(answer.status_code, getattr(answer, "content", b"")[:200]) for answer in answers]
    return codes


def test_a_job_that_is_removed_while_somebody_saves_in_it_goes_whole(client: Client, drawn: Drawable) -> None:
    task, job = drawn.task.pk, drawn.jobs[0].pk
    for _ in range(ROUNDS):
        truth = told(send(client, "POST", f"tasks/{task}/ground_truth", {"frames": [0, 1]}))["id"]
        replica = told(send(client, "POST", f"jobs/{job}/replicas", {}))["id"]
        codes = refuse_mistakes(
            at_once(
                partial(send, client, "DELETE", f"tasks/{task}/ground_truth/{truth}", None),
                save(client, truth, many(drawn)),
                partial(send, client, "PATCH", f"jobs/{truth}", {"status": "completed"}),
                partial(send, client, "DELETE", f"jobs/{job}/replicas/{replica}", None),
                save(client, replica, many(drawn)),
            )
        )
        assert (codes[0], codes[3]) == (204, 204)
    assert not Job.objects.exclude(kind=Job.ANNOTATION).exists()
    assert not Shape.objects.exists()


def test_a_task_is_removed_whatever_others_do_in_it_at_the_moment(client: Client) -> None:
    for _ in range(ROUNDS):
        drawn = make_drawable(member_of(client), (0, 4), (5, 9))
        task = drawn.task.pk
        address = begun(client, task)["Location"]
        codes = refuse_mistakes(
            at_once(
                partial(client.delete, f"/api/v1/tasks/{task}"),
                save(client, drawn.jobs[0].pk, many(drawn)),
                partial(piece, client, address, b"0123456789"),
                partial(begun, client, task),
                partial(send, client, "POST", "webhooks", {"task": task, "url": ADDRESS}),
                partial(import_into, client, f"tasks/{task}"),
                partial(client.get, f"/api/v1/tasks/{task}/annotations?format=COCO%201.0"),
                partial(send, client, "DELETE", f"labels/{drawn.car}?marks=delete", None),
            )
        )
        assert codes[0] == 204
    assert not Task.objects.exists()
    assert not any(table.objects.exists() for table in (Resumable, Webhook, Shape))


def test_frames_are_deleted_while_more_are_added(client: Client, drawn: Drawable) -> None:
    task = drawn.task.pk
    for number in range(ROUNDS):
        said = {"client_files[0]": SimpleUploadedFile(f"{number}.jpg", picture()), "image_quality": "70"}
        codes = refuse_mistakes(
            at_once(
                partial(client.post, f"/api/v1/tasks/{task}/data", said),
                partial(send, client, "PATCH", f"tasks/{task}/data/meta", {"deleted_frames": [number]}),
                partial(send, client, "PUT", drawn.url, many(drawn)),
            )
        )
        assert codes == [202, 200, 200]


def test_nothing_is_put_into_a_project_that_goes_at_the_moment(client: Client) -> None:
    labels = [{"name": "car", "attributes": []}]
    for _ in range(ROUNDS):
        project = told(send(client, "POST", "projects", {"name": "city"}))["id"]
        drawn = make_drawable(member_of(client), project_id=project)
        other = make_drawable(member_of(client))
        codes = refuse_mistakes(
            at_once(
                partial(client.delete, f"/api/v1/projects/{project}"),
                save(client, drawn.jobs[0].pk, many(drawn)),
                partial(send, client, "POST", "webhooks", {"project": project, "url": ADDRESS}),
                partial(send, client, "POST", "tasks", {"name": "new", "labels": labels, "project": project}),
                partial(send, client, "PATCH", f"tasks/{other.task.pk}", {"project": project}),
            )
        )
        assert codes[0] == 204
    assert not Webhook.objects.exists()
    assert not Task.objects.filter(project__isnull=False).exists()


def test_the_labels_of_a_project_are_merged_while_one_of_its_tasks_goes(client: Client) -> None:
    for _ in range(ROUNDS):
        project = told(send(client, "POST", "projects", {"name": "city"}))["id"]
        stays, goes = (make_drawable(member_of(client), project_id=project) for _ in range(2))
        codes = refuse_mistakes(
            at_once(
                partial(send, client, "POST", f"projects/{project}/labels/merge", {"name": "car", "into": "person"}),
                partial(client.delete, f"/api/v1/tasks/{goes.task.pk}"),
            )
        )
        assert codes == [200, 204]
        assert [each["name"] for each in told(client.get(f"/api/v1/tasks/{stays.task.pk}/labels"))] == ["person"]


def test_a_webhook_is_changed_by_several_and_loses_no_change(client: Client, drawn: Drawable) -> None:
    for _ in range(ROUNDS):
        hook = told(send(client, "POST", "webhooks", {"task": drawn.task.pk, "url": ADDRESS}))["id"]
        at_once(
            partial(send, client, "PATCH", f"webhooks/{hook}", {"is_active": False}),
            partial(send, client, "PATCH", f"webhooks/{hook}", {"url": "http://127.0.0.2:9/"}),
            partial(send, client, "PATCH", f"webhooks/{hook}", {"events": ["job.status"]}),
        )
        found = told(client.get(f"/api/v1/webhooks/{hook}"))
        assert (found["is_active"], found["address"], found["events"]) == (
            False, "http://127.0.0.2:9/…", ["job.status"],
        )  # fmt: skip
        refuse_mistakes(
            at_once(
                partial(send, client, "PATCH", f"webhooks/{hook}", {"is_active": True}),
                partial(client.delete, f"/api/v1/webhooks/{hook}"),
                partial(client.delete, f"/api/v1/webhooks/{hook}"),
                partial(send, client, "POST", f"webhooks/{hook}/ping", None),
            )
        )


def test_a_file_that_came_in_pieces_becomes_frames_once(client: Client) -> None:
    content = picture()
    for _ in range(ROUNDS):
        labels = [{"name": "car", "attributes": []}]
        task = told(send(client, "POST", "tasks", {"name": "new", "labels": labels}))["id"]
        address = begun(client, task, size=len(content))["Location"]
        piece(client, address, content)
        said = {"image_quality": 70, "resumable_files": [address]}
        ask = partial(send, client, "POST", f"tasks/{task}/data", said)
        codes = refuse_mistakes(at_once(ask, ask, ask))
        assert 202 in codes
        assert told(client.get(f"/api/v1/tasks/{task}"))["size"] == 1
