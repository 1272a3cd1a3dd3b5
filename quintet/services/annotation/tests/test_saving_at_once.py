"""Saves on each database: what the bulk statements write, and several people at one job."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from quintet.accounts.models import User
from quintet.services.annotation.models import Job, Shape, Tag, TrackedShape
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key


@pytest.fixture
def drawn(engine: None) -> Drawable:
    """A task in that database, with real commits and threads that see it."""
    return make_drawable(make_person(), (0, 9), (8, 17), overlap=2)


def _owner(drawn: Drawable) -> User:
    assert drawn.task.owner is not None
    return drawn.task.owner


def test_every_kind_of_value_comes_back(drawn: Drawable) -> None:
    alice = with_key(_owner(drawn))
    text = '\\N \t ü \U0001f697 "quoted" {brace}'
    drawn.task.labels.get(pk=drawn.car).attributes.filter(pk=drawn.model).update(input_type="text")
    said = {"spec_id": drawn.model, "value": text}
    body = marks(
        tags=[tag(drawn.person, 1, group=None)],
        shapes=[box(drawn.car, 3, (0.1, -2.5, 1e6, 4), attributes=[said], occluded=True, z_order=-5)],
        tracks=[track(drawn.car, keyframe(2, outside=True), keyframe(4), attributes=[said])],
    )
    saved = told(send(alice, "PUT", drawn.job_url(), body))
    got = told(alice.get(f"/api/v1/{drawn.job_url()}"))
    assert got["tags"] == saved["tags"]
    shape, line = got["shapes"][0], got["tracks"][0]
    assert shape["points"] == [0.1, -2.5, 1e6, 4]
    assert shape["attributes"][0] == line["attributes"][0] == said
    assert (shape["occluded"], shape["z_order"]) == (True, -5)
    assert [each["outside"] for each in line["shapes"]] == [True, False]
    assert [each["id"] for each in line["shapes"]] == [each["id"] for each in saved["tracks"][0]["shapes"]]
    # What the ORM inserts afterwards does not collide with what was written past it.
    assert Tag.objects.create(job=drawn.jobs[0], label_id=drawn.car, frame=0).pk > saved["tags"][0]["id"]
    whole = told(alice.get(f"/api/v1/{drawn.url}"))
    assert len(whole["tags"]) == 2
    assert send(alice, "PUT", drawn.url, marks()).status_code == 200
    assert not Shape.objects.exists()
    assert not TrackedShape.objects.exists()


def test_people_who_save_the_same_job_at_once_lose_nothing(drawn: Drawable) -> None:
    people, rounds = 4, 5
    keys = [with_key(_owner(drawn)) for _ in range(people)]
    start = Barrier(people)

    def save(place: int) -> list[int]:
        try:
            start.wait()
            found = []
            for round_ in range(rounds):
                body = marks(shapes=[box(drawn.car, round_), box(drawn.person, round_)], tags=[tag(drawn.car)])
                url = f"{drawn.job_url()}?action=create" if place % 2 else f"{drawn.url}?action=create"
                answer = send(keys[place], "PATCH", url, body)
                assert answer.status_code == 200, answer.content
                found += [shape["id"] for shape in told(answer)["shapes"]]
            return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as threads:
        ids = [number for some in threads.map(save, range(people)) for number in some]
    assert len(set(ids)) == people * rounds * 2
    assert set(Shape.objects.values_list("id", flat=True)) == set(ids)
    assert Tag.objects.count() == people * rounds
    assert Job.objects.get(pk=drawn.jobs[0].pk).version == people * rounds


def test_of_those_who_replace_at_once_one_whole_save_stays(drawn: Drawable) -> None:
    people = 4
    keys = [with_key(_owner(drawn)) for _ in range(people)]
    start = Barrier(people)

    def save(place: int) -> None:
        try:
            start.wait()
            body = marks(shapes=[box(drawn.car, 0, (place, place, 50, 50)) for _ in range(40)])
            assert send(keys[place], "PUT", drawn.job_url(), body).status_code == 200
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as threads:
        list(threads.map(save, range(people)))
    assert Shape.objects.count() == 40
    assert len({bytes(points) for points in Shape.objects.values_list("points", flat=True)}) == 1
