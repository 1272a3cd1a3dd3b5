"""On SQLite and on PostgreSQL, with real commits: people who race, and prepared queries against plain ones."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from quintet.services.annotation.models import Label, Task
from quintet.services.annotation.rules import GROUPS
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import fetched, picture, status, upload
from quintet.services.annotation.tests.test_tasks import CAR, add_jobs, make_task, member


@pytest.fixture(autouse=True)
def ready(engine: None, settings: Any, tmp_path: Path) -> None:
    """The groups that a migration made were emptied with the rest."""
    settings.DATA = tmp_path / "data"
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


def at_once(*asked: Callable[[], Any]) -> list[Any]:
    """What each answers when all ask at the same moment."""
    barrier = Barrier(len(asked))

    def ask(one: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(ask, asked))


def test_uploads_that_race_are_all_there_or_refused_and_frames_are_numbered_without_a_gap() -> None:
    user = member()
    task_id = make_task(with_key(user), segment_size=2)["id"]
    clients = [with_key(user) for _ in range(4)]

    def one(number: int) -> Any:
        return upload(clients[number], task_id, {f"{number}-{n}.jpg": picture() for n in range(3)}).status_code

    answered = at_once(*(lambda number=number: one(number) for number in range(4)))
    assert set(answered) <= {202, 409}
    assert answered.count(202) >= 1
    client = with_key(user)
    task, meta = (told(client.get(f"/api/v1/tasks/{task_id}{more}")) for more in ("", "/data/meta"))
    assert status(client, task_id) == ("Finished", "")
    assert task["size"] == len(meta["frames"]) == 3 * answered.count(202)
    covered = {n for part in task["segments"] for n in range(part["start_frame"], part["stop_frame"] + 1)}
    assert covered == set(range(task["size"]))


def test_jobs_that_are_completed_at_the_same_moment_complete_their_task() -> None:
    user = member()
    task_id = make_task(with_key(user))["id"]
    jobs, said = add_jobs(task_id, 3), {"status": "completed"}
    clients = [with_key(user) for _ in jobs]
    answers = at_once(
        *(
            lambda client=client, job=job: send(client, "PATCH", f"jobs/{job}", said).status_code
            for client, job in zip(clients, jobs, strict=True)
        )
    )
    assert (set(answers), Task.objects.get(pk=task_id).status) == ({200}, "completed")


def test_labels_that_two_people_add_at_once_are_there_once() -> None:
    user = member()
    task_id = make_task(with_key(user), labels=[CAR])["id"]
    clients = [with_key(user) for _ in range(3)]
    said = {"labels": [CAR, {"name": "bus"}]}
    answers = at_once(*(lambda c=c: send(c, "PATCH", f"tasks/{task_id}", said).status_code for c in clients))
    assert set(answers) == {200}
    assert sorted(Label.objects.values_list("name", flat=True)) == ["bus", "car"]


def test_the_prepared_list_says_what_the_orm_says_and_all_of_it_can_be_removed() -> None:
    user = member()
    user.groups.add(Group.objects.get(name="observer"))
    client = with_key(user)
    for number in range(3):
        add_jobs(make_task(client, name=f"task {number}")["id"], number)
    upload(client, 1, {"a.jpg": picture()})
    listed = told(client.get("/api/v1/tasks"))
    assert listed == told(client.get("/api/v1/tasks?ordering=-id"))
    assert [told(client.get(f"/api/v1/tasks/{task['id']}")) for task in listed["results"]] == listed["results"]
    for task in listed["results"]:
        assert client.delete(f"/api/v1/tasks/{task['id']}").status_code == 204
    assert not Task.objects.exists()


def test_files_that_are_begun_at_once_share_what_one_person_may_have(settings: Any) -> None:
    settings.QUINTET_ANNOTATION_RESUMABLE_PERSON_MB = 2
    user = member()
    task_id = make_task(with_key(user))["id"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(1024 * 1024), "Upload-Metadata": "filename YS5qcGc="}

    def one() -> int:
        path = f"/api/v1/tasks/{task_id}/data/uploads"
        return int(with_key(user).generic("POST", path, headers=headers).status_code)

    assert sorted(at_once(*[one] * 4)) == [201, 201, 413, 413]


def test_frames_that_are_deleted_at_once_by_two_jobs_are_all_deleted() -> None:
    user = member()
    client = with_key(user)
    task_id = make_task(client, segment_size=3)["id"]
    upload(client, task_id, {f"{n}.jpg": picture() for n in range(6)})
    jobs = [job["id"] for job in told(client.get(f"/api/v1/tasks/{task_id}/jobs"))]

    def one(place: int) -> int:
        said = {"deleted_frames": [3 * place, 3 * place + 1]}
        return int(send(with_key(user), "PATCH", f"jobs/{jobs[place]}/data/meta", said).status_code)

    assert at_once(lambda: one(0), lambda: one(1)) == [200, 200]
    assert told(client.get(f"/api/v1/tasks/{task_id}/data/meta?forms=all"))["deleted_frames"] == [0, 1, 3, 4]
    rows = told(client.get(f"/api/v1/tasks/{task_id}/data/frames"))["results"]
    assert [(row["deleted"], row["jobs"]) for row in rows[2:5]] == [
        (False, [jobs[0]]), (True, [jobs[1]]), (True, [jobs[1]])
    ]  # fmt: skip


def test_a_key_that_no_database_stores_is_nobodys() -> None:
    client = with_key(member())
    for key in ("%00", "a%00b", "%ed%a0%80"):
        assert client.get(f"/api/v1/lambda/requests/{key}").status_code == 404
        assert client.delete(f"/api/v1/lambda/requests/{key}").status_code == 404


def test_frames_and_chunks_can_be_had() -> None:
    client = with_key(member())
    task_id = make_task(client)["id"]
    upload(client, task_id, {"a.jpg": picture(), "b.jpg": picture(20, 20)}, chunk_size=1)
    for asked in ({"type": "chunk", "number": 1}, {"type": "frame", "number": 1}, {"type": "preview"}):
        fetched(client, task_id, **asked)
