"""Functions look at frames: one while the client waits, all of a task in the background."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from quintet.core.clock import now
from quintet.core.deferred import running
from quintet.core.deferred.actions import enqueue
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job
from quintet.services.annotation.actions import functions as actions
from quintet.services.annotation.models import Data, FunctionRequest, Label
from quintet.services.annotation.tests.drawings import box, marks
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import film, upload
from quintet.services.annotation.tests.painters import PAINTER, Painter, a_painter, painted
from quintet.services.annotation.tests.test_tasks import make_task, member

pytestmark = pytest.mark.django_db
LABELS = [{"name": "Red"}, {"name": "light green"}, {"name": "car"}]
PICTURES = {
    "a.png": painted(("red", (4, 6, 44, 26))),
    "b.png": painted(("lime", (10, 10, 50, 40)), ("red", (0, 0, 40, 8))),
    "c.png": painted(),
}
FOUND = [(0, "Red", [4, 6, 44, 26]), (1, "Red", [0, 0, 40, 8]), (1, "light green", [10, 10, 50, 40])]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


@pytest.fixture(autouse=True)
def painter() -> Iterator[Painter]:
    with a_painter() as held:
        yield held


@pytest.fixture
def client() -> Client:
    return with_key(member())


def task_of(client: Client, files: dict[str, bytes] = PICTURES, **said: Any) -> Any:
    task_id = make_task(client, **{"labels": LABELS, **said})["id"]
    assert upload(client, task_id, files).status_code == 202
    run_due()
    return told(client.get(f"/api/v1/tasks/{task_id}"))


def ask(client: Client, task: Any, **said: Any) -> Any:
    """The run that was begun."""
    answer = send(client, "POST", "lambda/requests", {"function": PAINTER.id, "task": task["id"], **said})
    assert answer.status_code == 200, answer.content
    return told(answer)


def how(client: Client, run: Any) -> Any:
    return told(client.get(f"/api/v1/lambda/requests/{run['id']}"))


def shapes_of(client: Client, task: Any) -> list[tuple[int, str, list[float]]]:
    names = {label["id"]: label["name"] for label in task["labels"]}
    found = told(client.get(f"/api/v1/tasks/{task['id']}/annotations"))["shapes"]
    assert all(shape["type"] == "rectangle" and shape["source"] == "auto" for shape in found)
    return sorted((shape["frame"], names[shape["label_id"]], shape["points"]) for shape in found)


def test_the_list_says_what_cvats_page_reads(client: Client) -> None:
    found = told(client.get("/api/v1/lambda/functions"))
    [one] = [each for each in found if each["id"] == PAINTER.id]
    assert one == {
        "id": "test.painter", "kind": "detector", "labels": ["red", "light-green"], "state": "ready",
        "description": "finds colours", "framework": "numpy", "name": "Painter",
    }  # fmt: skip
    assert told(client.get("/api/v1/lambda/functions/test.painter")) == one
    assert client.get("/api/v1/lambda/functions/test.sculptor").status_code == 404


def test_a_whole_task_is_annotated_while_the_page_polls(client: Client) -> None:
    task = task_of(client)
    run = ask(client, task, mapping={"red": "Red", "light-green": "light green"}, cleanup=False)
    assert list(run) == ["id", "function", "status", "progress", "enqueued", "started", "ended", "exc_info"]
    assert run["function"] == {"id": PAINTER.id, "threshold": None, "task": task["id"]}
    assert (run["status"], run["progress"], run["started"], run["ended"]) == ("queued", 0, None, None)
    assert told(client.get("/api/v1/lambda/requests")) == [run]

    run_due(2)
    between = how(client, run)
    assert (between["status"], between["progress"], between["ended"]) == ("started", 100, None)
    assert shapes_of(client, task) == []
    run_due()
    after = how(client, run)
    assert (after["status"], after["progress"], after["exc_info"]) == ("finished", 100, None)
    assert after["enqueued"] <= after["started"] <= after["ended"]
    assert shapes_of(client, task) == FOUND


def test_the_jobs_history_says_who_asked_for_it_and_takes_it_back(client: Client) -> None:
    task = task_of(client)
    ask(client, task)
    run_due()
    job = task["segments"][0]["jobs"][0]["id"]
    [save] = told(client.get(f"/api/v1/jobs/{job}/history"))["results"]
    assert (save["kind"], save["person"]["username"], save["counts"]["added"]["shapes"]) == ("function", "alice", 3)
    assert send(client, "POST", f"jobs/{job}/history/0/restore", {}).status_code == 200
    assert shapes_of(client, task) == []


def test_labels_of_one_name_go_together_however_it_is_written(client: Client) -> None:
    task = task_of(client)
    ask(client, task)
    run_due()
    assert shapes_of(client, task) == FOUND


def test_what_is_mapped_to_nothing_is_left_out(client: Client) -> None:
    task = task_of(client)
    ask(client, task, mapping={"light-green": "car"})
    run_due()
    assert shapes_of(client, task) == [(1, "car", [10, 10, 50, 40])]


def test_a_threshold_may_be_named(client: Client) -> None:
    task = task_of(client, {"small.png": painted(("red", (0, 0, 20, 20)))})
    ask(client, task)
    run_due()
    assert shapes_of(client, task) == []
    assert ask(client, task, threshold=0.3)["function"]["threshold"] == 0.3
    run_due()
    assert shapes_of(client, task) == [(0, "Red", [0, 0, 20, 20])]


@pytest.mark.parametrize("cleanup", [False, True])
def test_what_was_there_stays_unless_it_is_to_go(client: Client, cleanup: bool) -> None:
    task = task_of(client)
    url, label = f"tasks/{task['id']}/annotations", task["labels"][2]["id"]
    assert send(client, "PUT", url, marks(shapes=[box(label, 2, source="auto")])).status_code == 200
    ask(client, task, cleanup=cleanup)
    run_due()
    assert shapes_of(client, task) == FOUND + ([] if cleanup else [(2, "car", [10, 20, 110, 80])])


def test_what_lies_on_frames_of_two_jobs_comes_into_both_and_is_seen_once(client: Client) -> None:
    task = task_of(client, segment_size=2, overlap=1)
    ask(client, task)
    run_due()
    assert shapes_of(client, task) == FOUND
    jobs = [job["id"] for segment in task["segments"] for job in segment["jobs"]]
    counts = [len(told(client.get(f"/api/v1/jobs/{job}/annotations"))["shapes"]) for job in jobs]
    assert counts == [3, 2, 0]


def test_nobody_looks_at_deleted_frames(client: Client, painter: Painter) -> None:
    task = task_of(client)
    Data.objects.update(deleted_frames=[0])
    ask(client, task)
    run_due()
    assert shapes_of(client, task) == FOUND[1:]
    assert painter.seen == 2


def test_frames_of_a_video_are_looked_at(client: Client, tmp_path: Path) -> None:
    task = task_of(client, {"clip.mp4": film(tmp_path / "clip.mp4", count=6)})
    run = ask(client, task)
    run_due()
    assert how(client, run)["status"] == "finished"


def test_a_picture_that_a_camera_held_askew_is_looked_at_upright_and_marked_as_stored(
    client: Client, painter: Painter
) -> None:
    stored = (4, 6, 44, 26)
    task = task_of(client, {f"{turn}.png": painted(("red", stored), turn=turn) for turn in range(1, 9)})
    # Upright the patch is half as wide as it is high where the picture lies on its side.
    ask(client, task, threshold=0.3)
    run_due()
    assert shapes_of(client, task) == [(frame, "Red", list(stored)) for frame in range(8)]


def test_one_frame_is_looked_at_while_the_client_waits(client: Client) -> None:
    task = task_of(client)
    said = {"task": task["id"], "frame": 1, "quality": "compressed", "mapping": {"red": "car"}}
    answer = send(client, "POST", f"lambda/functions/{PAINTER.id}", said)
    found = {"confidence": "0.6250", "label": "car", "points": [0, 0, 40, 8], "type": "rectangle"}
    assert (answer.status_code, told(answer)) == (200, [found])
    assert shapes_of(client, task) == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"threshold": 0}, {"threshold": ["Ensure this value is between 0 and 1."]}),
        ({"threshold": "nan"}, {"threshold": ["A valid number is required."]}),
        ({"quality": "best"}, {"quality": ['"best" is not a valid choice.']}),
        ({"mapping": {"blue": "car"}}, {"mapping": ['The function finds no "blue", only red, light-green.']}),
        ({"mapping": {"red": "bus"}}, {"mapping": ['The task has no label "bus".']}),
        ({"mapping": ["red"]}, {"mapping": ['Expected a dictionary of items but got type "list".']}),
        ({"cleanup": "perhaps"}, {"cleanup": ["Must be a valid boolean."]}),
        ({"task": None}, {"task": ["This field may not be null."]}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(client: Client, said: Any, fault: Any) -> None:
    task = task_of(client)
    answer = send(client, "POST", "lambda/requests", {"function": PAINTER.id, "task": task["id"], **said})
    assert (answer.status_code, told(answer)) == (400, fault)
    assert not FunctionRequest.objects.exists()


def test_a_task_that_has_none_of_the_labels_is_refused_rather_than_emptied(client: Client) -> None:
    task = task_of(client, labels=[{"name": "car"}])
    answer = send(
        client, "POST", "lambda/requests", {"function": PAINTER.id, "task": task["id"], "cleanup": True}
    )  # fmt: skip
    said = "None of red, light-green is a label of the task; say which is which."
    assert (answer.status_code, told(answer)) == (400, {"mapping": [said]})


def test_what_is_not_there_is_404(client: Client) -> None:
    task = task_of(client)
    for function, number in (("test.sculptor", task["id"]), (PAINTER.id, 999)):
        answer = send(client, "POST", "lambda/requests", {"function": function, "task": number})
        assert answer.status_code == 404
        answer = send(client, "POST", f"lambda/functions/{function}", {"task": number, "frame": 0})
        assert answer.status_code == 404
    assert client.get("/api/v1/lambda/requests/nothing").status_code == 404
    assert client.delete("/api/v1/lambda/requests/nothing").status_code == 404


def test_a_frame_that_the_task_has_not_is_refused(client: Client) -> None:
    task = task_of(client)
    empty = make_task(client, labels=LABELS)
    for number, fault in (
        (task["id"], {"frame": ["Ensure this value is less than or equal to 2."]}),
        (empty["id"], {"task": ["The task has no frames yet."]}),
    ):
        answer = send(client, "POST", f"lambda/functions/{PAINTER.id}", {"task": number, "frame": 3})
        assert (answer.status_code, told(answer)) == (400, fault)


def test_a_second_run_waits_until_the_first_is_done(client: Client) -> None:
    task = task_of(client)
    ask(client, task)
    answer = send(client, "POST", "lambda/requests", {"function": PAINTER.id, "task": task["id"]})
    said = f"Only one running request is allowed for the same task #{task['id']}"
    assert (answer.status_code, told(answer)) == (409, said)
    run_due()
    newer = ask(client, task, cleanup=True)
    assert [run["status"] for run in told(client.get("/api/v1/lambda/requests"))] == ["queued", "finished"]
    assert told(client.get("/api/v1/lambda/requests"))[0]["id"] == newer["id"]


def test_only_who_may_change_the_task_lets_functions_mark_it(client: Client) -> None:
    task = task_of(client)
    run = ask(client, task)
    watching, stranger = with_key(member("olaf", "observer")), with_key(member("bob"))
    assert send(client, "PATCH", f"tasks/{task['id']}", {"assignee": member("carol").pk}).status_code == 200
    for other, sees in ((watching, 200), (stranger, 403)):
        said = {"function": PAINTER.id, "task": task["id"]}
        assert send(other, "POST", "lambda/requests", said).status_code == 403
        assert other.delete(f"/api/v1/lambda/requests/{run['id']}").status_code == 403
        assert other.get(f"/api/v1/lambda/requests/{run['id']}").status_code == sees
        assert len(told(other.get("/api/v1/lambda/requests"))) == (sees == 200)
        said = {"task": task["id"], "frame": 0}
        assert send(other, "POST", f"lambda/functions/{PAINTER.id}", said).status_code == sees
    assert Client().get("/api/v1/lambda/functions").status_code == 401
    run_due()
    assert shapes_of(client, task) == FOUND


@pytest.mark.parametrize("rows_done", [0, 1, 2])
def test_what_is_taken_back_marks_nothing(client: Client, rows_done: int) -> None:
    task = task_of(client)
    run = ask(client, task, cleanup=True)
    run_due(rows_done)
    assert client.delete(f"/api/v1/lambda/requests/{run['id']}").status_code == 204
    run_due()
    assert shapes_of(client, task) == []
    assert client.get(f"/api/v1/lambda/requests/{run['id']}").status_code == 404
    assert told(client.get("/api/v1/lambda/requests")) == []
    assert not Job.objects.filter(kind__startswith="annotation.", state__in=("queued", "running")).exists()


def test_what_was_saved_stays_when_its_run_is_forgotten(client: Client) -> None:
    task = task_of(client)
    run = ask(client, task)
    run_due()
    assert client.delete(f"/api/v1/lambda/requests/{run['id']}").status_code == 204
    assert shapes_of(client, task) == FOUND


@pytest.mark.parametrize("dead_at", [0, 1, 2])
def test_a_run_survives_the_death_of_a_worker_and_marks_once(client: Client, dead_at: int) -> None:
    task = task_of(client)
    run = ask(client, task)
    run_due(dead_at)
    # It takes the row, and is never heard of again.
    dead = running.claim("dead")
    assert dead is not None
    assert how(client, run)["status"] == "started"
    Job.objects.filter(pk=dead.pk).update(lease_until=now() - timedelta(seconds=1))
    run_due()
    assert how(client, run)["status"] == "finished"
    assert shapes_of(client, task) == FOUND


def test_a_slow_worker_whose_row_was_taken_over_marks_nothing_more(client: Client) -> None:
    task = task_of(client)
    ask(client, task)
    run_due(2)
    slow = running.claim("slow")
    assert slow is not None
    Job.objects.filter(pk=slow.pk).update(lease_until=now() - timedelta(seconds=1))
    run_due()
    running.run(slow)
    assert shapes_of(client, task) == FOUND


def test_a_function_that_cannot_look_fails_in_words_and_marks_nothing(client: Client, painter: Painter) -> None:
    task = task_of(client)
    painter.dies_at = 1
    run = ask(client, task, cleanup=True)
    run_due()
    said = how(client, run)
    assert (said["status"], said["exc_info"]) == (
        "failed", "The function test.painter cannot be used: the paint is dry"
    )  # fmt: skip
    assert shapes_of(client, task) == []
    # Nor is the way barred for the next one.
    painter.dies_at = -1
    ask(client, task)
    run_due()
    assert shapes_of(client, task) == FOUND


def test_a_mistake_of_the_functions_own_is_not_shown(client: Client, painter: Painter) -> None:
    task = task_of(client)
    painter.dies_at, painter.failure = 0, ZeroDivisionError("secret")  # type: ignore[assignment]
    run = ask(client, task)
    for _ in range(6):
        run_due()
        Job.objects.filter(state="queued").update(run_after=now())
    said = how(client, run)
    assert (said["status"], said["exc_info"]) == ("failed", "The work could not be done.")


def test_a_label_that_went_meanwhile_is_named(client: Client) -> None:
    task = task_of(client)
    run = ask(client, task, mapping={"red": "Red"})
    run_due(2)
    Label.objects.filter(pk=task["labels"][0]["id"]).update(name="Rot")
    run_due()
    assert how(client, run)["exc_info"] == 'The task has no label "Red".'


def test_ends_are_forgotten_after_a_while(client: Client, settings: Any) -> None:
    task = task_of(client)
    run = ask(client, task)
    run_due()
    enqueue("annotation.forget_requests")
    run_due()
    assert how(client, run)["status"] == "finished"
    settings.QUINTET_ANNOTATION_FUNCTIONS_HOURS = 0
    running_one = ask(client, task, cleanup=True)
    actions.forget_requests(None)  # type: ignore[arg-type]  # it asks nothing of its worker
    assert [each["id"] for each in told(client.get("/api/v1/lambda/requests"))] == [running_one["id"]]
    assert shapes_of(client, task) == FOUND


def test_a_task_that_is_removed_takes_its_runs_with_it(client: Client) -> None:
    task = task_of(client)
    ask(client, task)
    run_due(1)
    assert client.delete(f"/api/v1/tasks/{task['id']}").status_code == 204
    run_due()
    assert told(client.get("/api/v1/lambda/requests")) == []
    assert not Job.objects.filter(state__in=("queued", "running")).exists()
