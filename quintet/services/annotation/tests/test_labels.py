"""Labels as things of their own: renamed, changed, merged and removed, with all that was marked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.accounts.models import User
from quintet.services.annotation.models import Job, Label, Project, Shape, Tag, Track, TrackedShape
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
    return make_drawable(alice, (0, 9), (10, 19))


def said(spec: int, value: str) -> dict[str, Any]:
    return {"spec_id": spec, "value": value}


def draw(client: Client, drawn: Drawable) -> None:
    """In the first job a car of each kind and a person; nothing in the second."""
    body = marks(
        tags=[tag(drawn.car, 1, attributes=[said(drawn.model, "bmw")])],
        shapes=[
            box(drawn.car, 2, attributes=[said(drawn.model, "bmw"), said(drawn.parked, "true")]),
            box(drawn.person),
        ],
        tracks=[
            track(
                drawn.car,
                keyframe(3, attributes=[said(drawn.parked, "true")]),
                keyframe(5),
                attributes=[said(drawn.model, "mazda")],
            )
        ],
    )
    assert send(client, "PUT", drawn.job_url(), body).status_code == 200


def values(thing: dict[str, Any]) -> dict[int, str]:
    return {each["spec_id"]: each["value"] for each in thing["attributes"]}


def test_a_label_is_shown_alone_and_with_its_task(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    car, person = told(client.get(f"/api/v1/tasks/{drawn.task.pk}/labels"))
    assert (car["id"], car["name"], person["name"]) == (drawn.car, "car", "person")
    alone = told(client.get(f"/api/v1/labels/{drawn.car}"))
    assert alone.pop("marks") == {"tags": 1, "shapes": 1, "tracks": 1}
    assert alone == car
    assert car["attributes"][0] == {
        "id": drawn.model, "name": "model", "mutable": False, "input_type": "select", "default_value": "mazda",
        "values": ["bmw", "mazda"],
    }  # fmt: skip


def test_a_renamed_label_keeps_its_number_and_its_marks(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    answer = send(client, "PATCH", f"labels/{drawn.car}", {"name": "vehicle", "color": "#ABCDEF"})
    assert answer.status_code == 200
    assert (told(answer)["id"], told(answer)["name"], told(answer)["color"]) == (drawn.car, "vehicle", "#abcdef")
    (label, _) = told(client.get(f"/api/v1/tasks/{drawn.task.pk}"))["labels"]
    assert (label["id"], label["name"]) == (drawn.car, "vehicle")
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert (there["version"], len(there["shapes"])) == (1, 2)
    before = drawn.task.updated_at
    drawn.task.refresh_from_db()
    assert drawn.task.updated_at > before


@pytest.mark.parametrize(
    "body",
    [
        {"name": "person"}, {"name": ""}, {"name": "x" * 65}, {"color": "red"}, {"attributes": 5},
        {"attributes": [{"id": 10**12, "name": "x"}]}, {"attributes": [{"name": "x"}]}, {"attributes": [{}]},
        {"attributes": [{"id": True}]},
    ],
)  # fmt: skip
def test_what_a_label_cannot_be_is_refused(client: Client, drawn: Drawable, body: object) -> None:
    before = told(client.get(f"/api/v1/labels/{drawn.car}"))
    assert send(client, "PATCH", f"labels/{drawn.car}", body).status_code == 400
    assert told(client.get(f"/api/v1/labels/{drawn.car}")) == before


@pytest.mark.parametrize(
    "change",
    [
        {"mutable": True}, {"values": ["bmw"]}, {"name": "parked"}, {"input_type": "slider"},
        {"input_type": "number", "values": ["1", "2"]}, {"default_value": "audi"}, {"migrate": ["bmw"]},
        {"values": ["x" * 4000, "y" * 4000]},
    ],
)  # fmt: skip
def test_what_an_attribute_cannot_be_is_refused(client: Client, drawn: Drawable, change: dict[str, Any]) -> None:
    before = told(client.get(f"/api/v1/labels/{drawn.car}"))
    body = {"attributes": [{"id": drawn.model, **change}]}
    assert send(client, "PATCH", f"labels/{drawn.car}", body).status_code == 400
    assert told(client.get(f"/api/v1/labels/{drawn.car}")) == before


def test_values_are_migrated_where_their_attribute_changes(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    change = {"id": drawn.model, "name": "make", "values": ["BMW AG", "mazda"], "migrate": {"bmw": "BMW AG"}}
    rehearsal = send(client, "PATCH", f"labels/{drawn.car}?dry_run=true", {"attributes": [change]})
    expected = {
        "marks": {"tags": 0, "shapes": 0, "tracks": 0}, "values": {"migrated": 2, "lost": 0}, "jobs": 1
    }  # fmt: skip
    assert told(rehearsal) == expected
    assert told(client.get(f"/api/v1/labels/{drawn.car}"))["attributes"][0]["name"] == "model"
    answer = told(send(client, "PATCH", f"labels/{drawn.car}", {"attributes": [change]}))
    assert answer["changed"] == expected
    assert [each["name"] for each in answer["attributes"]] == ["make", "parked"]
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert there["version"] == 2
    assert values(there["tags"][0])[drawn.model] == "BMW AG"
    assert values(there["shapes"][1]) == {drawn.model: "BMW AG", drawn.parked: "true"}
    assert values(there["tracks"][0]) == {drawn.model: "mazda"}
    assert told(client.get(f"/api/v1/{drawn.job_url(1)}"))["version"] == 0


def test_values_that_fit_no_more_go_only_when_somebody_said_so(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    body = {"attributes": [{"id": drawn.model, "values": ["mazda", "audi"]}]}
    refused = send(client, "PATCH", f"labels/{drawn.car}", body)
    assert (refused.status_code, told(refused)["confirm"], told(refused)["values"]) == (409, 2, 2)
    assert send(client, "PATCH", f"labels/{drawn.car}?confirm=3", body).status_code == 409
    assert values(told(client.get(f"/api/v1/{drawn.job_url()}"))["tags"][0])[drawn.model] == "bmw"
    answer = send(client, "PATCH", f"labels/{drawn.car}?confirm=2", body)
    assert told(answer)["changed"]["values"] == {"migrated": 0, "lost": 2}
    assert values(told(client.get(f"/api/v1/{drawn.job_url()}"))["tags"][0])[drawn.model] == "mazda"


def test_attributes_come_and_go(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    new = {"name": "wheels", "mutable": False, "input_type": "number", "default_value": "4", "values": ["2", "8", "1"]}
    body = {"attributes": [{"id": drawn.parked, "delete": True}, new]}
    refused = send(client, "PATCH", f"labels/{drawn.car}", body)
    # Of the shape and of the first keyframe; the second keyframe says nothing of itself.
    assert (refused.status_code, told(refused)["values"]) == (409, 2)
    answer = told(send(client, "PATCH", f"labels/{drawn.car}?values=delete", body))
    assert [each["name"] for each in answer["attributes"]] == ["model", "wheels"]
    wheels = answer["attributes"][1]["id"]
    assert wheels not in (drawn.model, drawn.parked)
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert values(there["shapes"][1]) == {drawn.model: "bmw", wheels: "4"}
    assert there["tracks"][0]["shapes"][0]["attributes"] == []
    assert not [row for row in TrackedShape.objects.values_list("attributes", flat=True) if row]


def test_two_new_attributes_cannot_have_one_name(client: Client, drawn: Drawable) -> None:
    new = {"name": "wheels", "mutable": False, "input_type": "text", "default_value": ""}
    assert send(client, "PATCH", f"labels/{drawn.car}", {"attributes": [new, new]}).status_code == 400
    # The name of one that goes is free.
    body = {"attributes": [{"id": drawn.parked, "delete": True}, {**new, "name": "parked"}]}
    assert send(client, "PATCH", f"labels/{drawn.car}", body).status_code == 200


def make_van(client: Client, drawn: Drawable) -> tuple[int, int, int]:
    """A label with `model` among other values, and `color`; the numbers of all three."""
    attributes = [
        {"name": "model", "mutable": False, "input_type": "select", "default_value": "vw", "values": ["vw", "bmw"]},
        {"name": "color", "mutable": True, "input_type": "text", "default_value": "", "values": []},
    ]
    body = {"labels": [{"name": "van", "attributes": attributes}]}
    label = told(send(client, "PATCH", f"tasks/{drawn.task.pk}", body))["labels"][2]
    model, color = label["attributes"]
    return label["id"], model["id"], color["id"]


def test_merged_labels_keep_all_marks_and_the_values_that_fit(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    van, model, color = make_van(client, drawn)
    body = {"into": van, "attributes": {"parked": "color"}}
    rehearsal = told(send(client, "POST", f"labels/{drawn.car}/merge?dry_run=true", body))
    # The track's model is a mazda, which no van is.
    expected = {
        "marks": {"tags": 1, "shapes": 1, "tracks": 1}, "values": {"migrated": 4, "lost": 1}, "jobs": 1
    }  # fmt: skip
    assert rehearsal == expected
    assert send(client, "POST", f"labels/{drawn.car}/merge", body).status_code == 409
    assert Shape.objects.filter(label_id=drawn.car).count() == 1
    answer = told(send(client, "POST", f"labels/{drawn.car}/merge?confirm=1", body))
    assert (answer["id"], answer["changed"]) == (van, expected)
    assert client.get(f"/api/v1/labels/{drawn.car}").status_code == 404
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert there["version"] == 2
    assert [shape["label_id"] for shape in there["shapes"]] == [drawn.person, van]
    assert values(there["tags"][0])[model] == "bmw"
    assert values(there["shapes"][1]) == {model: "bmw", color: "true"}
    assert values(there["tracks"][0]) == {model: "vw"}
    assert values(there["tracks"][0]["shapes"][0]) == {color: "true"}
    assert told(client.get(f"/api/v1/{drawn.job_url(1)}"))["version"] == 0


def test_a_value_said_for_good_cannot_become_one_that_changes(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    van, _, _ = make_van(client, drawn)
    body = {"into": van, "attributes": {"model": "color", "parked": None}}
    # Lost are parked of the shape and of the keyframe, and the model of the track.
    assert told(send(client, "POST", f"labels/{drawn.car}/merge?dry_run=1", body))["values"] == {
        "migrated": 2, "lost": 3
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {}, {"into": "x"}, {"into": 10**17}, {"into": "self"}, {"into": "foreign"},
        {"into": "person", "attributes": {"model": "no such"}}, {"into": "person", "attributes": {"no such": None}},
        {"into": "person", "attributes": []},
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_refused(client: Client, drawn: Drawable, body: dict[str, Any], alice: User) -> None:
    numbers = {"self": drawn.car, "person": drawn.person, "foreign": make_drawable(alice).car}
    body = {**body, "into": numbers.get(str(body.get("into")), body.get("into"))}
    draw(client, drawn)
    assert send(client, "POST", f"labels/{drawn.car}/merge", body).status_code == 400
    assert Shape.objects.filter(label_id=drawn.car).count() == 1


def test_two_attributes_cannot_become_one(client: Client, drawn: Drawable) -> None:
    van, _, _ = make_van(client, drawn)
    body = {"into": van, "attributes": {"model": "color", "parked": "color"}}
    assert send(client, "POST", f"labels/{drawn.car}/merge", body).status_code == 400


def test_a_label_with_marks_goes_only_when_somebody_said_so(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    refused = client.delete(f"/api/v1/labels/{drawn.car}")
    assert refused.status_code == 409
    assert told(refused)["marks"] == {"tags": 1, "shapes": 1, "tracks": 1}
    assert told(refused)["confirm"] == 3
    assert client.delete(f"/api/v1/labels/{drawn.car}?confirm=2").status_code == 409
    assert told(client.delete(f"/api/v1/labels/{drawn.car}?dry_run=true"))["jobs"] == 1
    assert client.delete(f"/api/v1/labels/{drawn.car}?confirm=3").status_code == 204
    assert not Tag.objects.exists()
    assert not Track.objects.exists()
    assert not TrackedShape.objects.exists()
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert (there["version"], [shape["label_id"] for shape in there["shapes"]]) == (2, [drawn.person])
    # What is the last one stays.
    last = client.delete(f"/api/v1/labels/{drawn.person}?marks=delete")
    assert (last.status_code, Label.objects.count()) == (400, 1)


def test_a_label_without_marks_just_goes(client: Client, drawn: Drawable) -> None:
    assert client.delete(f"/api/v1/labels/{drawn.car}").status_code == 204
    assert client.delete(f"/api/v1/labels/{drawn.car}").status_code == 404


@pytest.mark.parametrize("query", ["confirm=x", "confirm=-1", "confirm=9999999999999999999999", "confirm=%EF%BC%91"])
def test_what_confirms_is_a_number(client: Client, drawn: Drawable, query: str) -> None:
    assert client.delete(f"/api/v1/labels/{drawn.car}?{query}").status_code == 400
    assert Label.objects.count() == 2


def test_only_those_who_may_change_the_task_change_its_labels(drawn: Drawable) -> None:
    drawn.jobs[0].assignee = worker = make_person("worker")
    drawn.jobs[0].save()
    theirs = with_key(worker)
    assert theirs.get(f"/api/v1/labels/{drawn.car}").status_code == 200
    assert send(theirs, "PATCH", f"labels/{drawn.car}", {"name": "x"}).status_code == 403
    assert send(theirs, "POST", f"labels/{drawn.car}/merge", {"into": drawn.person}).status_code == 403
    assert theirs.delete(f"/api/v1/labels/{drawn.car}").status_code == 403
    stranger = with_key(make_person("stranger"))
    assert stranger.get(f"/api/v1/labels/{drawn.car}").status_code == 403
    assert stranger.get(f"/api/v1/labels/{10**17}").status_code == 404
    assert Client().get(f"/api/v1/labels/{drawn.car}").status_code == 401
    assert Label.objects.count() == 2


def test_a_merge_takes_as_many_statements_for_many_marks_as_for_few(client: Client, drawn: Drawable) -> None:
    counted = []
    for count in (1, 300):
        task = make_drawable(drawn.task.owner)
        attributes = [said(task.model, "bmw"), said(task.parked, "true")]
        body = marks(shapes=[box(task.car, place % 10, attributes=attributes) for place in range(count)])
        assert send(client, "PUT", task.job_url(), body).status_code == 200
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = send(client, "POST", f"labels/{task.car}/merge?values=delete", {"into": task.person})
        assert told(answer)["changed"]["marks"]["shapes"] == count
        counted.append(len([query for query in asked if "django_session" not in query["sql"]]))
    assert counted[0] == counted[1] < 50


@pytest.fixture
def project(alice: User, drawn: Drawable) -> Project:
    """With two tasks, the other of which has no `person`."""
    found = Project.objects.create(
        name="city", owner=alice, created_at=drawn.task.created_at, updated_at=drawn.task.updated_at
    )
    other = make_drawable(alice)
    Label.objects.filter(pk=other.person).delete()
    for task in (drawn.task, other.task):
        task.project = found
        task.save()
    return found


def test_a_label_is_renamed_in_all_tasks_of_a_project(client: Client, project: Project) -> None:
    url = f"projects/{project.pk}/labels"
    shown = told(client.get(f"/api/v1/{url}"))
    assert shown == [
        {"name": "car", "color": "#2080c0", "tasks": 2}, {"name": "person", "color": "#c06060", "tasks": 1}
    ]  # fmt: skip
    assert send(client, "POST", f"{url}/rename", {"name": "car", "to": "person"}).status_code == 400
    assert send(client, "POST", f"{url}/rename", {"name": "bike", "to": "cycle"}).status_code == 400
    assert told(send(client, "POST", f"{url}/rename?dry_run=true", {"name": "car", "to": "auto"})) == {"tasks": 2}
    assert Label.objects.filter(name="car").count() == 2
    assert told(send(client, "POST", f"{url}/rename", {"name": "car", "to": "auto"})) == {"tasks": 2}
    assert Label.objects.filter(name="auto").count() == 2


def test_labels_are_merged_in_all_tasks_of_a_project(client: Client, project: Project, drawn: Drawable) -> None:
    draw(client, drawn)
    url, body = f"projects/{project.pk}/labels/merge", {"name": "car", "into": "person"}
    assert send(client, "POST", url, body).status_code == 409
    assert Label.objects.filter(name="car").count() == 2
    answer = told(send(client, "POST", f"{url}?values=delete", body))
    assert answer == {
        "tasks": 2, "marks": {"tags": 1, "shapes": 1, "tracks": 1}, "values": {"migrated": 0, "lost": 5}, "jobs": 1
    }  # fmt: skip
    assert sorted(Label.objects.values_list("name", flat=True)) == ["person", "person"]
    assert send(client, "POST", url, {"name": "person", "into": "person"}).status_code == 400
    stranger = with_key(make_person("stranger"))
    assert send(stranger, "POST", url, body).status_code == 403


def test_what_a_change_of_labels_did_is_in_the_history(client: Client, drawn: Drawable) -> None:
    draw(client, drawn)
    before = told(client.get(f"/api/v1/{drawn.job_url()}"))
    change = {"id": drawn.model, "values": ["BMW", "mazda"], "migrate": {"bmw": "BMW"}}
    assert send(client, "PATCH", f"labels/{drawn.car}", {"attributes": [change]}).status_code == 200
    assert send(client, "POST", f"labels/{drawn.person}/merge", {"into": drawn.car}).status_code == 200
    url = f"jobs/{drawn.jobs[0].pk}/history"
    saves = told(client.get(f"/api/v1/{url}"))["results"]
    assert [(save["version"], save["kind"]) for save in saves] == [(3, "labels"), (2, "labels"), (1, "put")]
    assert saves[0]["counts"]["changed"] == {"tags": 0, "shapes": 1, "tracks": 0}
    assert saves[1]["counts"]["changed"] == {"tags": 1, "shapes": 1, "tracks": 0}
    assert send(client, "POST", f"{url}/2/restore", {}).status_code == 200
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    # The shape whose label was merged away has none to come back to.
    assert [shape["id"] for shape in there["shapes"]] == [before["shapes"][1]["id"]]
    assert values(there["tags"][0])[drawn.model] == "BMW"


def test_nothing_is_saved_with_a_label_that_somebody_removes_meanwhile(engine: None) -> None:
    alice = make_person()
    keys, rounds = [with_key(alice) for _ in range(2)], 6
    tasks = [make_drawable(alice) for _ in range(rounds)]
    start = Barrier(2)

    def save(place: int) -> set[int]:
        try:
            found = set()
            for drawn in tasks:
                start.wait()
                if place:
                    found.add(keys[1].delete(f"/api/v1/labels/{drawn.car}?marks=delete").status_code)
                else:
                    body = marks(shapes=[box(drawn.car, number % 10) for number in range(400)])
                    found.add(send(keys[0], "PUT", drawn.job_url(), body).status_code)
            return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        saved, removed = threads.map(save, range(2))
    assert removed == {204}
    assert saved <= {200, 400}
    assert not Shape.objects.exists()


@pytest.mark.usefixtures("engine")
def test_every_database_migrates_values_alike() -> None:
    alice = make_person()
    client, drawn = with_key(alice), make_drawable(alice)
    draw(client, drawn)
    van, model, color = make_van(client, drawn)
    body = {"attributes": [{"id": drawn.model, "values": ["bmw ü\\t", "mazda"], "migrate": {"bmw": "bmw ü\\t"}}]}
    assert told(send(client, "PATCH", f"labels/{drawn.car}", body))["changed"]["values"] == {"migrated": 2, "lost": 0}
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert values(there["shapes"][1])[drawn.model] == "bmw ü\\t"
    merge = {"into": van, "attributes": {"parked": "color"}}
    answer = told(send(client, "POST", f"labels/{drawn.car}/merge?values=delete", merge))
    assert answer["changed"] == {
        "marks": {"tags": 1, "shapes": 1, "tracks": 1}, "values": {"migrated": 2, "lost": 3}, "jobs": 1
    }  # fmt: skip
    there = told(client.get(f"/api/v1/{drawn.job_url()}"))
    assert values(there["tracks"][0]["shapes"][1]) == {color: "true"}
    assert values(there["shapes"][1]) == {model: "vw", color: "true"}
    assert client.delete(f"/api/v1/labels/{van}?marks=delete").status_code == 204
    assert (Shape.objects.count(), TrackedShape.objects.count()) == (1, 0)
    assert Job.objects.get().version == 4
