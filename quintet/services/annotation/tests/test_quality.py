"""Ground truth, replicas, and agreement held against numbers reckoned by hand."""

import io
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from quintet.accounts.models import User
from quintet.services.annotation.models import Data, Job, Segment, Shape, TrackedShape
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_person()


@pytest.fixture
def client(alice: User) -> Client:
    return with_key(alice)


@pytest.fixture
def drawn(alice: User) -> Drawable:
    return make_drawable(alice, (0, 4), (5, 9))


def make_truth(client: Client, drawn: Drawable, *frames: int) -> int:
    answer = send(client, "POST", f"tasks/{drawn.task.pk}/ground_truth", {"frames": list(frames)})
    assert answer.status_code == 201, answer.content
    return int(told(answer)["id"])


def save(client: Client, job: int, **said: Any) -> None:
    answer = send(client, "PUT", f"jobs/{job}/annotations", marks(**said))
    assert answer.status_code == 200, answer.content


def report(client: Client, drawn: Drawable, query: str = "") -> Any:
    answer = client.get(f"/api/v1/tasks/{drawn.task.pk}/agreement?{query}")
    assert answer.status_code == 200, answer.content
    return told(answer)


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return found["matched"], found["mismatched"], found["missing"], found["extra"]


def figure(label: int, form: str, *points: float, frame: int = 0) -> dict[str, Any]:
    return box(label, frame, points, type=form)


def test_ground_truth_covers_the_frames_that_were_asked_for(client: Client, drawn: Drawable) -> None:
    url = f"tasks/{drawn.task.pk}/ground_truth"
    made = told(send(client, "POST", url, {"frames": [6, 1, 3, 1]}))
    assert (made["frames"], made["start_frame"], made["stop_frame"]) == ([1, 3, 6], 1, 6)
    assert (made["kind"], made["task_id"], made["status"]) == ("ground_truth", drawn.task.pk, "annotation")
    assert told(client.get(f"/api/v1/{url}")) == [made]
    assert told(client.get(f"/api/v1/{url}/{made['id']}")) == made
    save(client, made["id"], shapes=[box(drawn.car, 1)], tracks=[track(drawn.car, keyframe(1), keyframe(3))])
    assert client.delete(f"/api/v1/{url}/{made['id']}").status_code == 204
    assert told(client.get(f"/api/v1/{url}")) == []
    assert not Shape.objects.exists()
    assert not TrackedShape.objects.exists()
    assert Segment.objects.count() == 2
    assert client.delete(f"/api/v1/{url}/{drawn.jobs[0].pk}").status_code == 404
    assert Job.objects.count() == 2


def test_frames_are_drawn_alike_for_the_same_seed(client: Client, drawn: Drawable) -> None:
    url = f"tasks/{drawn.task.pk}/ground_truth"
    Data.objects.update(deleted_frames=[0])
    first = told(send(client, "POST", url, {"count": 4, "seed": 7}))
    assert client.delete(f"/api/v1/{url}/{first['id']}").status_code == 204
    again = told(send(client, "POST", url, {"count": 4, "seed": 7}))
    assert first["frames"] == again["frames"]
    assert len(set(first["frames"])) == 4
    rest = told(send(client, "POST", url, {"count": 100}))
    assert sorted(first["frames"] + rest["frames"]) == list(range(1, 10))
    assert send(client, "POST", url, {"count": 1}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {}, {"frames": []}, {"frames": [10]}, {"frames": [-1]}, {"frames": ["x"]}, {"frames": 5}, {"count": 0},
        {"count": "x"}, {"count": 1, "seed": -1}, {"count": 1, "frames": [1]}, {"frames": [2]}, {"frames": [3]},
        {"frames": [1], "assignee": 10**15}, [], "x",
    ],
)  # fmt: skip
def test_frames_that_cannot_be_had_are_refused(client: Client, drawn: Drawable, body: object) -> None:
    make_truth(client, drawn, 2)
    Data.objects.update(deleted_frames=[3])
    assert send(client, "POST", f"tasks/{drawn.task.pk}/ground_truth", body).status_code == 400
    assert Job.objects.count() == 3


def test_a_task_without_frames_has_no_truth(client: Client, drawn: Drawable) -> None:
    Data.objects.all().delete()
    assert send(client, "POST", f"tasks/{drawn.task.pk}/ground_truth", {"frames": [0]}).status_code == 400
    assert client.get(f"/api/v1/tasks/{drawn.task.pk}/agreement").status_code == 404


@pytest.mark.parametrize("kind", ["ground_truth", "replica"])
def test_what_is_set_apart_is_seen_in_nothing_that_was_there_before(client: Client, drawn: Drawable, kind: str) -> None:
    save(client, drawn.jobs[0].pk, shapes=[box(drawn.car, 1)])
    paths = [f"/api/v1/tasks/{drawn.task.pk}{path}" for path in ("", "/jobs", "/annotations")]

    def seen() -> list[Any]:
        found = [told(client.get(path)) for path in paths]
        del found[0]["updated_date"]
        export = client.get(f"{paths[2]}?format=CVAT for images 1.1&action=download")
        with zipfile.ZipFile(io.BytesIO(b"".join(export))) as archive:
            lines = archive.read("annotations.xml").decode().splitlines()
        return [*found, [line for line in lines if "<updated>" not in line and "<dumped>" not in line]]

    before = seen()
    if kind == "ground_truth":
        apart = make_truth(client, drawn, 1, 6)
    else:
        apart = told(send(client, "POST", f"jobs/{drawn.jobs[0].pk}/replicas", {}))["id"]
    save(client, apart, shapes=[box(drawn.person, 1)], tags=[tag(drawn.car, 1)])
    assert send(client, "PATCH", f"jobs/{apart}", {"status": "completed"}).status_code == 200
    assert seen() == before
    for job in drawn.jobs:
        assert send(client, "PATCH", f"jobs/{job.pk}", {"status": "completed"}).status_code == 200
    assert told(client.get(paths[0]))["status"] == "completed"
    # Nor does a save of the whole task reach it.
    assert send(client, "PUT", drawn.url, marks()).status_code == 200
    assert client.delete(f"/api/v1/{drawn.url}").status_code == 204
    left = told(client.get(f"/api/v1/jobs/{apart}/annotations"))
    assert (left["version"], len(left["shapes"]), len(left["tags"])) == (1, 1, 1)


@pytest.mark.parametrize(
    "what", ["tag", "shape", "track", "a track's later keyframe"]
)  # fmt: skip
def test_ground_truth_is_annotated_on_its_own_frames_alone(client: Client, drawn: Drawable, what: str) -> None:
    truth = make_truth(client, drawn, 1, 3, 6)
    body = {
        "tag": {"tags": [tag(drawn.car, 2)]},
        "shape": {"shapes": [box(drawn.car, 5)]},
        "track": {"tracks": [track(drawn.car, keyframe(2))]},
        "a track's later keyframe": {"tracks": [track(drawn.car, keyframe(1), keyframe(4))]},
    }[what]
    answer = send(client, "PUT", f"jobs/{truth}/annotations", marks(**body))
    assert answer.status_code == 400
    assert b"does not cover this frame" in answer.content


def test_a_file_that_comes_into_ground_truth_is_cut_to_its_frames(client: Client, drawn: Drawable) -> None:
    body = {
        "shapes": [box(drawn.car, 1), box(drawn.car, 2)],
        "tracks": [track(drawn.car, keyframe(0, (0, 0, 10, 10)), keyframe(4, (40, 0, 50, 10), outside=True))],
    }
    save(client, drawn.jobs[0].pk, **body)
    export = client.get(f"/api/v1/{drawn.url}?format=CVAT for video 1.1&action=download")
    file = SimpleUploadedFile("truth.zip", b"".join(export))
    truth = make_truth(client, drawn, 1, 3, 6)
    url = f"/api/v1/jobs/{truth}/annotations?format=CVAT 1.1"
    content = encode_multipart(BOUNDARY, {"annotation_file": file})
    assert client.put(url, content, content_type=MULTIPART_CONTENT).status_code == 201
    there = told(client.get(f"/api/v1/jobs/{truth}/annotations"))
    kept = [[(shape["frame"], shape["outside"]) for shape in each["shapes"]] for each in there["tracks"]]
    assert [(1, False), (3, False), (6, True)] in kept


def fill(client: Client, drawn: Drawable) -> int:
    """Truth on the frames 1, 3 and 6; in the first job one of each mistake, in the second one none."""
    truth = make_truth(client, drawn, 1, 3, 6)
    there = [
        box(drawn.car, 1, (0, 0, 10, 10)), box(drawn.person, 1, (50, 50, 60, 60)), box(drawn.car, 3, (0, 0, 10, 10)),
        box(drawn.car, 6, (100, 100, 120, 120)),
    ]  # fmt: skip
    save(client, truth, shapes=there)
    judged = [
        box(drawn.car, 1, (0, 0, 10, 8)), box(drawn.car, 1, (50, 50, 60, 60)), box(drawn.car, 1, (200, 0, 210, 10)),
        box(drawn.car, 2, (0, 0, 10, 10)),
    ]  # fmt: skip
    save(client, drawn.jobs[0].pk, shapes=judged)
    passing = track(drawn.car, keyframe(5, (90, 100, 110, 120)), keyframe(7, (110, 100, 130, 120)))
    save(client, drawn.jobs[1].pk, tracks=[passing])
    return truth


def test_agreement_is_what_a_person_reckons(client: Client, drawn: Drawable) -> None:
    fill(client, drawn)
    found = report(client, drawn)
    first, second = found["jobs"]
    assert (first["id"], first["kind"], first["frames"]) == (drawn.jobs[0].pk, "annotation", 2)
    assert counts(first) == (1, 1, 1, 1)
    # One of three marked, one of three true; the common area is 80 of 100.
    assert (first["precision"], first["recall"], first["mean_iou"]) == (0.333333, 0.333333, 0.8)
    # Observed 1/4; by chance (2·3 + 1·0 + 1·1) / 16.
    assert first["kappa"] == round((1 / 4 - 7 / 16) / (1 - 7 / 16), 6) == -0.333333
    assert first["confusion"] == {
        "labels": [drawn.car, drawn.person, None], "rows": [[1, 0, 1], [1, 0, 0], [1, 0, 0]]
    }  # fmt: skip
    car, person = first["by_label"]
    assert (car["name"], counts(car)) == ("car", (1, 0, 1, 1))
    assert (car["precision"], car["recall"]) == (0.333333, 0.5)
    assert (counts(person), person["precision"], person["recall"]) == ((0, 1, 0, 0), None, 0.0)
    assert first["worst"] == [
        {"frame": 3, "job": drawn.jobs[0].pk, "matched": 0, "mismatched": 0, "missing": 1, "extra": 0},
        {"frame": 1, "job": drawn.jobs[0].pk, "matched": 1, "mismatched": 1, "missing": 0, "extra": 1},
    ]
    # Between its keyframes the track is exactly where the truth is.
    assert (counts(second), second["mean_iou"], second["kappa"]) == ((1, 0, 0, 0), 1.0, 1.0)
    whole = found["whole"]
    assert (counts(whole), whole["precision"], whole["recall"], whole["mean_iou"]) == ((2, 1, 1, 1), 0.5, 0.5, 0.9)
    # Observed 2/5; by chance (3·4 + 1·0 + 1·1) / 25.
    assert whole["kappa"] == -0.25
    assert (found["frames"], [row["frame"] for row in whole["worst"]]) == (3, [3, 1])
    assert report(client, drawn) == found


def test_how_close_is_close_enough_can_be_said(client: Client, drawn: Drawable) -> None:
    fill(client, drawn)
    assert counts(report(client, drawn, "iou=0.8")["jobs"][0]) == (1, 1, 1, 1)
    assert counts(report(client, drawn, "iou=0.81")["jobs"][0]) == (0, 1, 2, 2)


@pytest.mark.parametrize(
    "query", ["iou=0", "iou=1.01", "iou=x", "iou=nan", "iou=%EF%BC%91%00", "pixels=0", "pixels=1e9"]
)
def test_what_is_no_measure_is_refused(client: Client, drawn: Drawable, query: str) -> None:
    make_truth(client, drawn, 1)
    assert client.get(f"/api/v1/tasks/{drawn.task.pk}/agreement?{query}").status_code == 400


def test_deleted_frames_are_left_out(client: Client, drawn: Drawable) -> None:
    fill(client, drawn)
    Data.objects.update(deleted_frames=[1])
    found = report(client, drawn)
    assert (found["frames"], counts(found["jobs"][0])) == (2, (0, 0, 1, 0))


def test_partners_are_found_for_as_many_as_possible(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 0)
    # The first two are closest to one another, and yet belong to the others.
    save(client, truth, shapes=[box(drawn.car, 0, (0, 0, 10, 10)), box(drawn.car, 0, (5, 0, 15, 10))])
    save(client, drawn.jobs[0].pk, shapes=[box(drawn.car, 0, (2, 0, 12, 10)), box(drawn.car, 0, (-4, 0, 6, 10))])
    found = report(client, drawn, "iou=0.4")["whole"]
    assert counts(found) == (2, 0, 0, 0)
    # 7 of 13 and 6 of 14.
    assert found["mean_iou"] == round((7 / 13 + 6 / 14) / 2, 6)


def test_between_equally_close_ones_the_label_decides(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 0)
    save(client, truth, shapes=[box(drawn.person, 0)])
    save(client, drawn.jobs[0].pk, shapes=[box(drawn.car, 0), box(drawn.person, 0)])
    assert counts(report(client, drawn)["whole"]) == (1, 0, 0, 1)


def test_tags_agree_by_their_label(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 0, 1, 2)
    save(client, truth, tags=[tag(drawn.car, 0), tag(drawn.person, 1), tag(drawn.car, 2)])
    save(client, drawn.jobs[0].pk, tags=[tag(drawn.car, 0), tag(drawn.car, 1), tag(drawn.car, 2), tag(drawn.person, 2)])
    found = report(client, drawn)["whole"]
    assert (counts(found), found["mean_iou"]) == ((2, 1, 0, 1), None)


@pytest.mark.parametrize(
    ("form", "true", "marked", "close"),
    [
        # 3 and 4 pixels off are 5 of 10.
        ("points", (10, 10), (13, 14), 0.5),
        ("points", (10, 10, 20, 20), (10, 10), None),
        # The same line, from its other end and with one more point.
        ("polyline", (0, 0, 30, 0), (30, 0, 20, 0, 0, 0), 1.0),
        ("polyline", (0, 0, 30, 0), (0, 4, 30, 4), 0.6),
        ("polyline", (0, 0, 0, 0), (1, 0, 1, 0), 0.9),
        # A triangle that is half of a square.
        ("polygon", (0, 0, 10, 0, 10, 10, 0, 10), (0, 0, 10, 0, 10, 10), 0.5),
        ("cuboid", (0, 0) * 4 + (10, 10) * 4, (0, 0) * 4 + (10, 5) * 4, 0.5),
    ],
)
def test_every_kind_of_figure_is_compared(
    client: Client, drawn: Drawable, form: str, true: Any, marked: Any, close: float | None
) -> None:
    truth = make_truth(client, drawn, 0)
    save(client, truth, shapes=[figure(drawn.person, form, *true)])
    save(client, drawn.jobs[0].pk, shapes=[figure(drawn.person, form, *marked)])
    found = report(client, drawn)["whole"]
    assert found["mean_iou"] == (None if close is None else pytest.approx(close, abs=1e-6))
    assert counts(found) == ((0, 0, 1, 1) if close is None else (1, 0, 0, 0))


def test_a_rectangle_and_a_polygon_may_be_the_same(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 0)
    save(client, truth, shapes=[box(drawn.car, 0, (0, 0, 10, 10)), figure(drawn.person, "points", 50, 50)])
    save(client, drawn.jobs[0].pk, shapes=[figure(drawn.car, "polygon", 0, 0, 10, 0, 10, 10, 0, 10)])
    found = report(client, drawn)["whole"]
    assert (counts(found), found["mean_iou"]) == ((1, 0, 1, 0), 1.0)


def test_where_nothing_is_there_is_nothing_to_say(client: Client, drawn: Drawable) -> None:
    make_truth(client, drawn, 0)
    whole = report(client, drawn)["whole"]
    assert (counts(whole), whole["kappa"], whole["precision"], whole["recall"]) == ((0, 0, 0, 0), None, None, None)
    assert (whole["worst"], whole["by_label"], whole["confusion"]["rows"]) == ([], [], [[0]])


def test_the_report_is_a_table_as_well(client: Client, drawn: Drawable) -> None:
    fill(client, drawn)
    send(client, "PATCH", f"labels/{drawn.person}", {"name": "=person"})
    answer = client.get(f"/api/v1/tasks/{drawn.task.pk}/agreement.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, whole, *rest = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("job,kind,assignee,frames,label,matched")
    assert whole == ",,,3,,2,1,1,1,0.5,0.5,0.9,-0.25"
    job = drawn.jobs[0].pk
    assert rest[2:5] == [
        f"{job},annotation,,2,,1,1,1,1,0.333333,0.333333,0.8,-0.333333",
        f"{job},annotation,,2,car,1,0,1,1,0.333333,0.5,0.8,",
        f"{job},annotation,,2,'=person,0,1,0,0,,0.0,,",
    ]


def test_two_jobs_are_compared_on_the_frames_that_both_have(client: Client, alice: User) -> None:
    drawn = make_drawable(alice, (0, 5), (4, 9), overlap=2)
    one, other = (job.pk for job in drawn.jobs)
    save(client, one, shapes=[box(drawn.car, 1), box(drawn.car, 4), box(drawn.car, 5)])
    save(client, other, shapes=[box(drawn.car, 4), box(drawn.person, 8)])
    found = told(client.get(f"/api/v1/jobs/{one}/agreement/{other}"))
    assert (found["jobs"], found["frames"], counts(found)) == ([one, other], 2, (1, 0, 1, 0))
    turned = told(client.get(f"/api/v1/jobs/{other}/agreement/{one}"))
    assert counts(turned) == (1, 0, 0, 1)


def test_jobs_that_share_nothing_cannot_be_compared(client: Client, drawn: Drawable, alice: User) -> None:
    one, other = (job.pk for job in drawn.jobs)
    foreign = make_drawable(alice).jobs[0].pk
    assert client.get(f"/api/v1/jobs/{one}/agreement/{other}").status_code == 400
    assert client.get(f"/api/v1/jobs/{one}/agreement/{foreign}").status_code == 400
    assert client.get(f"/api/v1/jobs/{one}/agreement/{10**17}").status_code == 404


def test_several_people_annotate_one_segment(client: Client, drawn: Drawable) -> None:
    bob, job = make_person("bob"), drawn.jobs[0].pk
    url = f"jobs/{job}/replicas"
    replica = told(send(client, "POST", url, {"assignee": bob.pk}))
    assert (replica["kind"], replica["start_frame"], replica["stop_frame"]) == ("replica", 0, 4)
    assert told(client.get(f"/api/v1/{url}")) == [replica]
    save(client, job, shapes=[box(drawn.car, 1)])
    save(with_key(bob), replica["id"], shapes=[box(drawn.car, 1), box(drawn.car, 2)])
    assert counts(told(client.get(f"/api/v1/jobs/{job}/agreement/{replica['id']}"))) == (1, 0, 0, 1)
    # Judged as well, and not counted into the whole.
    truth = make_truth(client, drawn, 1, 2)
    save(client, truth, shapes=[box(drawn.car, 1), box(drawn.car, 2)])
    found = report(client, drawn)
    assert [counts(each) for each in found["jobs"]] == [(1, 0, 1, 0), (0, 0, 0, 0), (2, 0, 0, 0)]
    assert counts(found["whole"]) == (1, 0, 1, 0)
    assert send(client, "POST", f"jobs/{replica['id']}/replicas", {}).status_code == 400
    assert client.delete(f"/api/v1/jobs/{drawn.jobs[1].pk}/replicas/{replica['id']}").status_code == 404
    assert client.delete(f"/api/v1/{url}/{replica['id']}").status_code == 204
    assert Job.objects.filter(kind=Job.ANNOTATION).count() == 2
    assert Shape.objects.filter(job_id=job).count() == 1


def test_annotators_see_neither_the_truth_nor_how_good_they_are(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 1)
    drawn.task.assignee = None
    drawn.task.save()
    worker, watcher = make_person("worker"), make_person("watcher")
    drawn.jobs[0].assignee = worker
    drawn.jobs[0].save()
    theirs, task = with_key(worker), f"/api/v1/tasks/{drawn.task.pk}"
    assert theirs.get(f"/api/v1/jobs/{drawn.jobs[0].pk}/annotations").status_code == 200
    for path in (f"{task}/ground_truth", f"{task}/agreement", f"{task}/agreement.csv", f"/api/v1/jobs/{truth}",
                 f"/api/v1/jobs/{truth}/annotations", f"/api/v1/jobs/{drawn.jobs[0].pk}/agreement/{truth}",
                 f"/api/v1/jobs/{drawn.jobs[0].pk}/replicas", f"{task}/ground_truth/{truth}"):  # fmt: skip
        assert theirs.get(path).status_code == 403, path
    assert send(theirs, "POST", f"tasks/{drawn.task.pk}/ground_truth", {"frames": [2]}).status_code == 403
    assert send(theirs, "POST", f"jobs/{drawn.jobs[0].pk}/replicas", {}).status_code == 403
    assert theirs.delete(f"{task}/ground_truth/{truth}").status_code == 403
    watcher.groups.add(Group.objects.get(name="observer"))
    assert with_key(watcher).get(f"{task}/agreement").status_code == 200
    assert with_key(watcher).delete(f"{task}/ground_truth/{truth}").status_code == 403
    # Whoever is given the truth to annotate may see it, and no more.
    assert send(client, "PATCH", f"jobs/{truth}", {"assignee": worker.pk}).status_code == 200
    assert theirs.get(f"/api/v1/jobs/{truth}/annotations").status_code == 200
    assert theirs.get(f"{task}/agreement").status_code == 403


@pytest.fixture
def bob() -> User:
    """Somebody who only works in the task, whose key sees it by a job."""
    return make_person("bob")


def import_into(client: Client, job: int) -> int:
    xml = (
        b'<annotations><image id="1" name="img_001.png"><box label="car" xtl="1" ytl="1" xbr="9" ybr="9"/>'
        b'<box label="secret" xtl="1" ytl="1" xbr="9" ybr="9"/></image></annotations>'
    )
    body = encode_multipart(BOUNDARY, {"annotation_file": SimpleUploadedFile("a.xml", xml)})
    answer = client.put(f"/api/v1/jobs/{job}/annotations?format=CVAT 1.1", body, content_type=MULTIPART_CONTENT)
    assert answer.status_code == 201, answer.content
    return int(answer["Location"].rpartition("/")[2])


def test_what_was_imported_into_the_truth_is_told_to_who_did_it_and_who_may_judge(
    client: Client, drawn: Drawable, bob: User
) -> None:
    truth, carol, imports = make_truth(client, drawn, 1), make_person("carol"), f"/api/v1/tasks/{drawn.task.pk}/imports"
    Job.objects.filter(pk=truth).update(assignee=carol)
    Job.objects.filter(pk=drawn.jobs[0].pk).update(assignee=bob)
    secret, known = import_into(with_key(carol), truth), import_into(with_key(bob), drawn.jobs[0].pk)
    for person, seen in ((client, [known, secret]), (with_key(carol), [known, secret]), (with_key(bob), [known])):
        found = told(person.get(imports))
        assert [each["id"] for each in found["results"]] == seen
        assert found["count"] == len(seen)
    assert with_key(bob).get(f"{imports}/{secret}").status_code == 404
    assert set(told(client.get(f"{imports}/{secret}"))) == set(told(client.get(f"{imports}/{known}")))


def test_how_often_a_label_was_marked_is_told_without_the_truth_to_who_only_works_in_the_task(
    client: Client, drawn: Drawable, bob: User
) -> None:
    truth = make_truth(client, drawn, 1)
    Job.objects.filter(pk=drawn.jobs[0].pk).update(assignee=bob)
    save(client, truth, shapes=[box(drawn.car, 1), box(drawn.car, 1)])
    save(client, drawn.jobs[0].pk, shapes=[box(drawn.car, 1)])
    counted = [told(each.get(f"/api/v1/labels/{drawn.car}"))["marks"]["shapes"] for each in (client, with_key(bob))]
    assert counted == [3, 1]


def test_who_annotates_the_truth_deletes_frames_of_it_alone(client: Client, drawn: Drawable, bob: User) -> None:
    truth = make_truth(client, drawn, 1, 7)
    Job.objects.filter(pk=truth).update(assignee=bob)
    task, job = f"tasks/{drawn.task.pk}/data/meta", f"jobs/{truth}/data/meta"
    assert send(client, "PATCH", task, {"deleted_frames": [3]}).status_code == 200
    assert send(with_key(bob), "PATCH", job, {"deleted_frames": [1, 4]}).status_code == 400
    assert told(send(with_key(bob), "PATCH", job, {"deleted_frames": [7]}))["deleted_frames"] == [7]
    assert told(client.get(f"/api/v1/{task}?forms=all"))["deleted_frames"] == [3, 7]
    assert told(send(with_key(bob), "PATCH", job, {"deleted_frames": []}))["deleted_frames"] == []
    assert told(client.get(f"/api/v1/{task}?forms=all"))["deleted_frames"] == [3]


def test_more_figures_on_one_another_than_can_be_compared_are_refused_in_words(client: Client, drawn: Drawable) -> None:
    truth = make_truth(client, drawn, 1)
    crowd = [box(drawn.car, 1, (place, 0, 600 + place, 400)) for place in range(510)]
    save(client, truth, shapes=crowd)
    save(client, drawn.jobs[0].pk, shapes=crowd)
    answer = client.get(f"/api/v1/tasks/{drawn.task.pk}/agreement")
    assert (answer.status_code, told(answer)) == (
        400, {"detail": "On frame 1 there are too many figures on one another to be compared."}
    )  # fmt: skip


def test_jobs_without_frames_of_the_truth_cost_no_statement(client: Client, alice: User) -> None:
    def statements(drawn: Drawable) -> int:
        save(client, make_truth(client, drawn, 1), shapes=[box(drawn.car, 1)])
        with CaptureQueriesContext(connection) as asked:
            assert len(report(client, drawn)["jobs"]) == len(drawn.jobs)
        return len(asked)

    assert statements(make_drawable(alice, (0, 4))) == statements(
        make_drawable(alice, (0, 4), *((frame, frame) for frame in range(5, 15)))
    )


def test_a_task_has_no_more_jobs_than_it_may_whatever_their_kind(
    client: Client, drawn: Drawable, settings: Any
) -> None:
    settings.QUINTET_ANNOTATION_TASK_JOBS = 4
    make_truth(client, drawn, 1)
    replicas, truths = f"jobs/{drawn.jobs[0].pk}/replicas", f"tasks/{drawn.task.pk}/ground_truth"
    assert send(client, "POST", replicas, {}).status_code == 201
    for path, body in ((replicas, {}), (truths, {"count": 1})):
        answer = send(client, "POST", path, body)
        assert (answer.status_code, told(answer)) == (
            400, {"detail": "The task has 4 jobs already, the most that it may have (QUINTET_ANNOTATION_TASK_JOBS)."}
        )  # fmt: skip
    assert Job.objects.count() == 4
