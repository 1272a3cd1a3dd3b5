"""/tasks/{id}/annotations: cut to jobs on the way in, merged on the way out."""

import pytest
from django.test import Client

from quintet.services.annotation.models import Job, Shape, Task
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told_by, told_of_save, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn() -> Drawable:
    """Three jobs that share two frames each."""
    return make_drawable(make_person(), (0, 9), (8, 17), (16, 19), overlap=2)


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


def test_each_job_gets_what_lies_on_its_frames_and_the_task_shows_it_once(alice: Client, drawn: Drawable) -> None:
    said = marks(
        tags=[tag(drawn.car, 16), tag(drawn.car, 3)],
        shapes=[box(drawn.car, 8), box(drawn.person, 12)],
        tracks=[track(drawn.car, keyframe(4, (0, 0, 100, 100)), keyframe(18, (14, 0, 114, 100)))],
    )
    saved = told_of_save(alice, "PUT", drawn.url, said)
    assert [each["frame"] for each in saved["tags"]] == [16, 3], "in the order in which it was sent"
    assert all(shape["id"] for shape in saved["shapes"])
    jobs = [told_by(alice, drawn.job_url(place)) for place in range(3)]
    assert [[shape["frame"] for shape in job["shapes"]] for job in jobs] == [[8], [8, 12], []]
    assert [[each["frame"] for each in job["tags"]] for job in jobs] == [[3], [16], [16]]
    keyframes = [[shape["frame"] for shape in job["tracks"][0]["shapes"]] for job in jobs]
    assert keyframes == [[4, 9], [8, 17], [16, 18]]
    assert jobs[0]["tracks"][0]["shapes"][1]["points"] == [5, 0, 105, 100]
    whole = told_by(alice, drawn.url)
    assert [shape["frame"] for shape in whole["shapes"]] == [8, 12]
    assert [each["frame"] for each in whole["tags"]] == [3, 16]
    assert [shape["frame"] for shape in whole["tracks"][0]["shapes"]] == [4, 8, 9, 16, 17, 18]
    assert whole["tracks"][0]["id"] == saved["tracks"][0]["id"] == jobs[0]["tracks"][0]["id"]
    assert set(whole["tracks"][0]["shapes"][0]) == {
        "type", "occluded", "z_order", "points", "id", "frame", "outside", "attributes"
    }  # fmt: skip
    assert whole["version"] == 1


def test_what_was_marked_in_two_jobs_changes_and_goes_in_both(alice: Client, drawn: Drawable) -> None:
    told_of_save(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car, 8), box(drawn.car, 2)]))
    shown = next(shape for shape in told_by(alice, drawn.url)["shapes"] if shape["frame"] == 8)
    before = set(Shape.objects.values_list("id", flat=True))
    moved = {**shown, "points": [200, 200, 300, 300]}
    changed = told_of_save(alice, "PATCH", f"{drawn.url}?action=update", marks(shapes=[moved]))
    assert changed["shapes"][0]["id"] == shown["id"]
    assert set(Shape.objects.values_list("id", flat=True)) == before
    assert [shape["points"] for shape in told_by(alice, drawn.job_url(1))["shapes"]] == [[200, 200, 300, 300]]
    told_of_save(alice, "PATCH", f"{drawn.url}?action=delete", marks(shapes=[moved]))
    assert [shape["frame"] for shape in told_by(alice, drawn.url)["shapes"]] == [2]
    assert Shape.objects.count() == 1


def test_create_adds_and_delete_clears_all_jobs(alice: Client, drawn: Drawable) -> None:
    for frame in (1, 19):
        told_of_save(alice, "PATCH", f"{drawn.url}?action=create", marks(shapes=[box(drawn.car, frame)]))
    assert [shape["frame"] for shape in told_by(alice, drawn.url)["shapes"]] == [1, 19]
    before = Task.objects.get().updated_at
    assert alice.delete(f"/api/v1/{drawn.url}").status_code == 204
    assert not Shape.objects.exists()
    assert set(Job.objects.values_list("version", flat=True)) == {3}
    assert Task.objects.get().updated_at > before


def test_the_version_is_the_highest_of_its_jobs(alice: Client, drawn: Drawable) -> None:
    for _ in range(3):
        told_of_save(alice, "PUT", drawn.job_url(1), marks())
    assert told_by(alice, drawn.url)["version"] == 3


def test_a_track_that_ends_before_a_last_segment_of_one_frame_is_saved() -> None:
    drawn = make_drawable(make_person("bob"), (0, 1), (1, 2), (2, 3), (3, 4), (4, 4), overlap=1)
    assert drawn.task.owner is not None
    said = marks(tracks=[track(drawn.car, keyframe(0), keyframe(3, outside=True))])
    bob = with_key(drawn.task.owner)
    told_of_save(bob, "PUT", drawn.url, said)
    (line,) = told_by(bob, drawn.url)["tracks"]
    assert [shape["frame"] for shape in line["shapes"] if shape["outside"]] == [3]


def test_a_task_without_data_has_no_marks_and_takes_none() -> None:
    owner = make_person("carol")
    drawn = make_drawable(owner)
    drawn.jobs[0].delete()
    carol = with_key(owner)
    assert told_by(carol, drawn.url) == {"version": 0, "tags": [], "shapes": [], "tracks": []}
    assert send(carol, "PUT", drawn.url, marks(tags=[tag(drawn.car, 99)])).status_code == 400
