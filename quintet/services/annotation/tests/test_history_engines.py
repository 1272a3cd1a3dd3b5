"""Histories on each database: whatever was saved, each version is again what it was."""

from random import Random
from typing import Any

import pytest
from django.test import Client

from quintet.accounts.models import User
from quintet.services.annotation.models import Job, Save, Shape
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key


@pytest.fixture
def owner(engine: None) -> User:
    return make_person()


@pytest.fixture
def drawn(owner: User) -> Drawable:
    """Two jobs with two frames in common."""
    return make_drawable(owner, (0, 9), (8, 17), overlap=2)


class Annotator:
    """Saves whatever comes to its mind, and remembers what each job held after each save."""

    def __init__(self, drawn: Drawable, client: Client, seed: int) -> None:
        self.drawn, self.client, self.mind = drawn, client, Random(seed)
        self.seen: dict[tuple[int, int], Any] = {}

    def ask(self, verb: str, path: str, said: object = None) -> Any:
        answer = send(self.client, verb, path, said)
        assert answer.status_code in (200, 204), answer.content
        return told(answer) if answer.content else None

    def look(self) -> None:
        for job in self.drawn.jobs:
            found = self.ask("GET", f"jobs/{job.pk}/annotations")
            self.seen[job.pk, found["version"]] = found

    def invent(self, first: int, last: int) -> dict[str, Any]:
        def frame() -> int:
            return self.mind.randint(first, last)

        def points() -> list[float]:
            return [self.mind.random() * 600 for _ in range(4)]

        said = [{"spec_id": self.drawn.model, "value": "bmw"}]
        changing = [{"spec_id": self.drawn.parked, "value": "true"}]
        tags, shapes, tracks = (range(self.mind.randint(0, most)) for most in (2, 4, 2))
        return marks(
            tags=[tag(self.drawn.person, frame(), group=None) for _ in tags],
            shapes=[box(self.drawn.car, frame(), points(), attributes=said, occluded=bool(n)) for n in shapes],
            tracks=[
                track(
                    self.drawn.car,
                    keyframe(first, points(), attributes=changing),
                    keyframe(last, points(), outside=True),
                )
                for _ in tracks
            ],
        )

    def some_of(self, path: str) -> dict[str, Any]:
        found = self.ask("GET", path)
        kept = {kind: [one for one in found[kind] if self.mind.random() < 0.4] for kind in ("tags", "shapes", "tracks")}
        for shape in kept["shapes"]:
            shape["points"] = [self.mind.random() * 600 for _ in range(4)]
        for line in kept["tracks"]:
            line["shapes"] = [
                {key: value for key, value in shape.items() if key not in ("keyframe", "interpolated_shapes")}
                for shape in line["shapes"]
            ]
        return marks(**kept)

    def save(self) -> None:
        place = self.mind.randrange(3)
        path, first, last = (
            (self.drawn.url, 0, 17) if place == 2 else (self.drawn.job_url(place), *((0, 9), (8, 17))[place])
        )
        often = ("create", "update", "delete", "restore") * 3
        deed = self.mind.choice(("put", "clear", "nothing", *often))
        if deed == "put":
            self.ask("PUT", path, self.invent(first, last))
        elif deed == "create":
            self.ask("PATCH", f"{path}?action=create", self.invent(first, last))
        elif deed in ("update", "delete"):
            self.ask("PATCH", f"{path}?action={deed}", self.some_of(path))
        elif deed == "clear":
            self.ask("DELETE", path)
        elif deed == "nothing":
            self.ask("PATCH", f"{path}?action=update", marks())
        else:
            job, version = self.mind.choice(list(self.seen))
            self.ask("POST", f"jobs/{job}/history/{version}/restore")


@pytest.mark.parametrize("seed", range(2))
def test_whatever_was_saved_each_version_is_what_get_answered_then(drawn: Drawable, owner: User, seed: int) -> None:
    annotator = Annotator(drawn, with_key(owner), seed)
    annotator.look()
    for _ in range(25):
        annotator.save()
        annotator.look()
    assert Save.objects.count() >= 10
    for (job, version), then in annotator.seen.items():
        assert annotator.ask("GET", f"jobs/{job}/history/{version}") == then
    for job, version in annotator.mind.sample(list(annotator.seen), 6):
        restored = annotator.ask("POST", f"jobs/{job}/history/{version}/restore")
        now = annotator.ask("GET", f"jobs/{job}/annotations")
        assert {**now, "left_out": restored["left_out"]} == restored
        assert {**now, "version": version} == annotator.seen[job, version]


def test_ids_that_come_back_are_not_given_to_others(drawn: Drawable, owner: User) -> None:
    alice, url = with_key(owner), drawn.job_url()
    first = told(send(alice, "PUT", url, marks(shapes=[box(drawn.car)], tracks=[track(drawn.car, keyframe(0))])))
    assert alice.delete(f"/api/v1/{url}").status_code == 204
    assert send(alice, "POST", f"jobs/{drawn.jobs[0].pk}/history/1/restore", None).status_code == 200
    made = told(send(alice, "PATCH", f"{url}?action=create", marks(shapes=[box(drawn.car)])))
    assert made["shapes"][0]["id"] > first["shapes"][0]["id"]
    assert Shape.objects.count() == 2


def test_of_a_save_that_breaks_nothing_stays(drawn: Drawable, owner: User) -> None:
    alice, url = with_key(owner), drawn.job_url()
    alice.raise_request_exception = False
    saved = told(send(alice, "PUT", url, marks(shapes=[box(drawn.car, n) for n in range(3)])))
    # The history's own constraint refuses the next version.
    job = drawn.jobs[0]
    in_the_way = Save.objects.create(job=job, version=2, kind="put", undo=b"", at=Save.objects.get().at)
    assert send(alice, "PUT", url, marks(tags=[tag(drawn.car)])).status_code == 500
    assert Job.objects.get(pk=job.pk).version == 1
    assert set(Shape.objects.values_list("id", flat=True)) == {shape["id"] for shape in saved["shapes"]}
    # And what cannot be saved leaves nothing in the history.
    in_the_way.delete()
    assert send(alice, "PUT", url, marks(tags=[tag(987654)])).status_code == 400
    assert send(alice, "PUT", url, marks(), **{"If-Match": '"9"'}).status_code == 409
    assert list(Save.objects.values_list("version", flat=True)) == [1]
