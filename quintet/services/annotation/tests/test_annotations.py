"""/jobs/{id}/annotations: what is saved, answered, and refused."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.services.annotation.models import Job, Shape, Task, TrackedShape
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import (
    make_person,
    make_superuser,
    send,
    told,
    told_by,
    told_of_refusal,
    told_of_save,
    with_key,
)

pytestmark = pytest.mark.django_db


def test_put_answers_what_was_saved_and_get_the_same_with_defaults(alice: Client, drawn: Drawable) -> None:
    said = marks(
        tags=[tag(drawn.person, 3)],
        shapes=[
            box(drawn.car, 1, attributes=[{"spec_id": str(drawn.model), "value": "bmw"}]),
            box(drawn.person, 0, type="polygon", points=[1.5, 2, 3, 4, 5, 6.25], group=None, z_order=2, source="auto"),
        ],
        tracks=[track(drawn.car, keyframe(2), keyframe(5, outside=True))],
    )
    saved = told_of_save(alice, "PUT", drawn.job_url(), said)
    assert saved["version"] == 1
    first, second = saved["shapes"]
    assert list(first) == [
        "type", "occluded", "z_order", "points", "id", "frame", "label_id", "group", "source", "attributes"
    ]  # fmt: skip
    assert first["attributes"] == [{"spec_id": drawn.model, "value": "bmw"}]
    assert list(saved["tags"][0]) == ["id", "frame", "label_id", "group", "source", "attributes"]
    assert list(saved["tracks"][0]) == ["id", "frame", "label_id", "group", "source", "shapes", "attributes"]
    assert list(saved["tracks"][0]["shapes"][0]) == [
        "type", "occluded", "z_order", "points", "id", "frame", "outside", "attributes"
    ]  # fmt: skip
    got = told_by(alice, drawn.job_url())
    assert [shape["id"] for shape in got["shapes"]] == [second["id"], first["id"]], "by frame"
    assert got["shapes"][1]["attributes"] == [
        {"spec_id": drawn.model, "value": "bmw"},
        {"spec_id": drawn.parked, "value": "false"},
    ]
    assert got["shapes"][0] == second
    assert got["tracks"][0]["attributes"] == [{"spec_id": drawn.model, "value": "mazda"}]
    assert got["tracks"][0]["shapes"][1]["outside"] is True
    assert got["tags"] == saved["tags"]


def test_keyframes_inherit_what_changes(alice: Client, drawn: Drawable) -> None:
    parked = [{"spec_id": drawn.parked, "value": "true"}]
    said = [keyframe(0), keyframe(2, attributes=parked), keyframe(4)]
    told_of_save(alice, "PUT", drawn.job_url(), marks(tracks=[track(drawn.car, *said)]))
    shapes = told_by(alice, drawn.job_url())["tracks"][0]["shapes"]
    assert [shape["attributes"][0]["value"] for shape in shapes] == ["false", "true", "true"]


def test_each_save_counts_the_version_up_even_an_empty_one(alice: Client, drawn: Drawable) -> None:
    assert told_by(alice, drawn.job_url()) == {"version": 0, "tags": [], "shapes": [], "tracks": []}
    for version, action in enumerate(("create", "update", "delete"), 1):
        assert told_of_save(alice, "PATCH", f"{drawn.job_url()}?action={action}", marks())["version"] == version
    assert alice.delete(f"/api/v1/{drawn.job_url()}").status_code == 204
    assert told_by(alice, drawn.job_url())["version"] == 4


def test_only_a_change_makes_the_task_newer(alice: Client, drawn: Drawable) -> None:
    def moment() -> Any:
        return Task.objects.get(pk=drawn.task.pk).updated_at

    before = moment()
    told_of_save(alice, "PUT", drawn.job_url(), marks())
    told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=delete", marks(shapes=[box(drawn.car, id=7)]))
    alice.delete(f"/api/v1/{drawn.job_url()}")
    assert moment() == before
    told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    assert moment() > before


def test_create_answers_in_order_with_new_ids_inside_tracks_too(alice: Client, drawn: Drawable) -> None:
    said = marks(
        shapes=[box(drawn.car, frame, id=900 + frame) for frame in (5, 0, 3)],
        tracks=[track(drawn.car, keyframe(4), keyframe(9)), track(drawn.person, keyframe(1))],
    )
    made = told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=create", said)
    assert [shape["frame"] for shape in made["shapes"]] == [5, 0, 3]
    ids = [shape["id"] for shape in made["shapes"]]
    assert ids == sorted(ids)
    assert not set(ids) & {905, 900, 903}, "ids are the server's"
    assert [one["frame"] for one in made["tracks"]] == [4, 1]
    keyframes = [shape["id"] for one in made["tracks"] for shape in one["shapes"]]
    assert len(set(keyframes)) == 3
    assert set(TrackedShape.objects.values_list("id", flat=True)) == set(keyframes)
    again = told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(shapes=[box(drawn.car)]))
    assert again["shapes"][0]["id"] > max(ids)
    assert len(told_by(alice, drawn.job_url())["shapes"]) == 4


def test_update_keeps_ids_and_takes_unknown_ones_for_new(alice: Client, drawn: Drawable) -> None:
    made = told_of_save(
        alice, "PUT", drawn.job_url(),
        marks(shapes=[box(drawn.car), box(drawn.car, 1)], tracks=[track(drawn.car, keyframe(1), keyframe(3))]),
    )  # fmt: skip
    stays, moves = made["shapes"]
    line = made["tracks"][0]
    said = marks(
        shapes=[{**moves, "points": [0, 0, 5, 5]}, box(drawn.person, 2, id=4_000_000), {**moves, "frame": 8}],
        tracks=[{**line, "shapes": [line["shapes"][1], keyframe(7, id=line["shapes"][1]["id"])]}],
    )
    changed = told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=update", said)
    assert changed["shapes"][0]["id"] == moves["id"]
    assert len({stays["id"], *(shape["id"] for shape in changed["shapes"])}) == 4
    assert 4_000_000 not in [shape["id"] for shape in changed["shapes"]]
    got = told_by(alice, drawn.job_url())
    assert sorted(shape["id"] for shape in got["shapes"]) == sorted(
        [stays["id"], *(shape["id"] for shape in changed["shapes"])]
    )
    assert [one["id"] for one in got["tracks"]] == [line["id"]]
    assert got["tracks"][0]["shapes"][0]["id"] == line["shapes"][1]["id"]
    assert len({shape["id"] for shape in got["tracks"][0]["shapes"]}) == 2


def test_update_leaves_other_jobs_rows_alone(alice: Client) -> None:
    drawn = make_drawable(make_person("bob"), (0, 4), (5, 9))
    bob = with_key(drawn.task.owner)  # type: ignore[arg-type]
    other = told_of_save(bob, "PUT", drawn.job_url(1), marks(shapes=[box(drawn.car, 7)]))["shapes"][0]
    changed = told_of_save(bob, "PATCH", f"{drawn.job_url()}?action=update", marks(shapes=[{**other, "frame": 1}]))
    assert changed["shapes"][0]["id"] != other["id"]
    told_of_save(bob, "PATCH", f"{drawn.job_url()}?action=delete", marks(shapes=[other]))
    assert [shape["id"] for shape in told_by(bob, drawn.job_url(1))["shapes"]] == [other["id"]]


def test_delete_goes_by_id_and_answers_the_body(alice: Client, drawn: Drawable) -> None:
    made = told_of_save(
        alice, "PUT", drawn.job_url(),
        marks(tags=[tag(drawn.car)], shapes=[box(drawn.car), box(drawn.car)], tracks=[track(drawn.car, keyframe(0))]),
    )  # fmt: skip
    said = {**made, "shapes": [made["shapes"][0], box(drawn.person, 3, id=123456)]}
    answered = told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=delete", said)
    assert answered["version"] == 2
    assert [shape["id"] for shape in answered["shapes"]] == [made["shapes"][0]["id"], 123456]
    got = told_by(alice, drawn.job_url())
    assert (got["tags"], got["tracks"]) == ([], [])
    assert got["shapes"][0]["id"] == made["shapes"][1]["id"]
    assert not TrackedShape.objects.exists()


def test_what_is_missing_or_wrong_is_said_as_rest_framework_says_it(alice: Client, drawn: Drawable) -> None:
    url, fine = drawn.job_url(), box(drawn.car)
    assert told_of_refusal(alice, url, {}) == {
        name: ["This field is required."] for name in ("version", "tags", "shapes", "tracks")
    }
    assert told_of_refusal(alice, url, marks(shapes=[fine, {**fine, "points": []}])) == {
        "shapes": [{}, {"points": ["This list may not be empty."]}]
    }
    assert told_of_refusal(alice, url, marks(shapes=[{**fine, "type": "ring", "source": "hand"}])) == {
        "shapes": [{"type": ['"ring" is not a valid choice.'], "source": ['"hand" is not a valid choice.']}]
    }
    assert told_of_refusal(alice, url, marks(tracks=[track(drawn.car, keyframe(0)) | {"shapes": []}])) == {
        "tracks": [{"shapes": {"non_field_errors": ["This list may not be empty."]}}]
    }
    assert told_of_refusal(alice, url, marks(tags=[tag(drawn.car, frame=-1)])) == {
        "tags": [{"frame": ["Ensure this value is greater than or equal to 0."]}]
    }
    nul = {"spec_id": drawn.model, "value": "a\x00"}
    assert told_of_refusal(alice, url, marks(shapes=[{**fine, "attributes": [nul]}])) == {
        "shapes": [{"attributes": [{"value": ["Null characters are not allowed."]}]}]
    }
    assert not Shape.objects.exists()
    assert told_by(alice, url)["version"] == 0


def test_what_does_not_fit_the_task_is_refused(alice: Client, drawn: Drawable) -> None:
    url, fine = drawn.job_url(), box(drawn.car)
    assert told_of_refusal(alice, url, marks(shapes=[{**fine, "label_id": 9999}])) == "label_id `9999` is invalid"

    def saying(spec: int, value: str) -> dict[str, Any]:
        return {"attributes": [{"spec_id": spec, "value": value}]}

    assert told_of_refusal(alice, url, marks(shapes=[{**fine, **saying(9999, "x")}])) == "spec_id `9999` is invalid"
    fixed, changing = saying(drawn.model, "bmw"), saying(drawn.parked, "true")
    wrong = [track(drawn.car, keyframe(0), **changing)], [track(drawn.car, keyframe(0, **fixed))]
    assert told_of_refusal(alice, url, marks(tracks=wrong[0])) == f"spec_id `{drawn.parked}` is invalid"
    assert told_of_refusal(alice, url, marks(tracks=wrong[1])) == f"spec_id `{drawn.model}` is invalid"
    assert told_of_refusal(alice, url, marks(shapes=[{**fine, **saying(drawn.model, "trabant")}])) == {
        "shapes": [{"attributes": [{"value": ['"trabant" is not a valid value of model.']}]}]
    }
    assert told_of_refusal(alice, url, marks(shapes=[{**fine, "points": [1, 2, 3]}])) == {
        "shapes": [{"points": ["A rectangle has 4 numbers."]}]
    }
    for strange in ([1, 2, 3, 1e300], [1, "nan", 3, 4], [1, 2, "-inf", 4]):
        assert told_of_refusal(alice, url, marks(shapes=[{**fine, "points": strange}])) == {
            "shapes": [{"points": ["That is far outside of any frame."]}]
        }
    assert told_of_refusal(alice, url, marks(tags=[tag(drawn.car, 10)])) == {
        "tags": [{"frame": ["Ensure this value is between 0 and 9."]}]
    }
    assert not Shape.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": 1e999}', b'{"x":' + b"[" * 100_000, b'"\\ud800"']
)
def test_what_cannot_be_read_is_the_clients_mistake(alice: Client, drawn: Drawable, body: bytes) -> None:
    answer = alice.put(f"/api/v1/{drawn.job_url()}", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert told(answer)


def test_words_for_numbers_and_numbers_for_words_are_read(alice: Client, drawn: Drawable) -> None:
    """CVAT's page sends numbers of attributes as texts; scripts send values as they come."""
    said = {**box(drawn.car), "occluded": 1, "attributes": [{"spec_id": str(drawn.parked), "value": True}]}
    saved = told_of_save(alice, "PUT", drawn.job_url(), marks(shapes=[said]))["shapes"][0]
    assert saved["attributes"] == [{"spec_id": drawn.parked, "value": "True"}]
    assert saved["occluded"] is True


def test_another_or_no_action_is_refused(alice: Client, drawn: Drawable) -> None:
    for query in ("", "?action=", "?action=merge"):
        answer = send(alice, "PATCH", drawn.job_url() + query, marks())
        assert (answer.status_code, told(answer)) == (400, ["Please specify a correct 'action' for the request"])


def test_who_knows_an_older_version_can_ask_not_to_overwrite(alice: Client, drawn: Drawable) -> None:
    told_of_save(alice, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car)]))
    late = {"If-Match": '"0"'}
    assert send(alice, "PUT", drawn.job_url(), marks(), **late).status_code == 409
    assert len(told_by(alice, drawn.job_url())["shapes"]) == 1
    assert send(alice, "PUT", drawn.job_url(), marks(), **{"If-Match": '"1"'}).status_code == 200
    assert send(alice, "PUT", drawn.job_url(), marks(), **{"If-Match": "new"}).status_code == 400


def test_who_may_not_see_or_change_it_is_kept_out(drawn: Drawable) -> None:
    stranger = with_key(make_person("mallory"))
    assert stranger.get(f"/api/v1/{drawn.job_url()}").status_code == 403
    assert send(stranger, "PUT", drawn.job_url(), marks()).status_code == 403
    assert send(stranger, "PUT", drawn.url, marks()).status_code == 403
    assert Client().get(f"/api/v1/{drawn.job_url()}").status_code == 401
    root = with_key(make_superuser())
    assert root.get("/api/v1/jobs/99999/annotations").status_code == 404
    assert root.get(f"/api/v1/{drawn.job_url()}/").status_code == 404


def test_ten_thousand_or_one_take_as_many_statements(alice: Client, drawn: Drawable) -> None:
    def counted(amount: int) -> tuple[int, int]:
        said = marks(shapes=[box(drawn.car, n % 10) for n in range(amount)])
        with CaptureQueriesContext(connection) as saving:
            told_of_save(alice, "PUT", drawn.job_url(), said)
        with CaptureQueriesContext(connection) as reading:
            assert len(told_by(alice, drawn.job_url())["shapes"]) == amount
        return len(saving), len(reading)

    counted(1)
    assert counted(2) == counted(500)


def test_a_job_that_is_gone_is_not_found(alice: Client, drawn: Drawable) -> None:
    Job.objects.all().delete()
    assert send(alice, "PUT", drawn.job_url(), marks()).status_code == 404
