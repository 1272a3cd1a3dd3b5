"""Turned boxes, ellipses, masks and skeletons: stored, refused, and shown to clients of CVAT 1.x as what these know."""

from typing import Any

import pytest
from django.test import Client

from quintet.services.annotation.models import Shape, TrackedShape
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, track
from quintet.services.annotation.tests.forms import (
    ALL,
    MASK,
    SKELETON,
    ellipse,
    full_keyframe,
    mask,
    node,
    nodes,
    skeleton,
    turned_box,
    with_skeleton,
)
from quintet.services.annotation.tests.makers import (
    make_person,
    send,
    told,
    told_by,
    told_of_refusal,
    told_of_save,
    with_key,
)

pytestmark = pytest.mark.django_db
STANDING = [110.0, 80.0, 110.0, 120.0, 90.0, 120.0, 90.0, 80.0]
NOTCHED = [10.0, 20.0, 11.0, 20.0, 11.0, 21.0, 12.0, 21.0, 12.0, 20.0, 13.0, 20.0, 13.0, 22.0, 10.0, 22.0]


@pytest.fixture
def drawn() -> Drawable:
    return with_skeleton(make_drawable(make_person()))


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)


def _everything(drawn: Drawable) -> dict[str, Any]:
    return marks(
        shapes=[
            turned_box(drawn.car), ellipse(drawn.car, 1, rotation=30.5), ellipse(drawn.car, 2), mask(drawn.car, 3),
            skeleton(drawn.person, 4), box(drawn.car, 5),
        ],
        tracks=[
            track(drawn.car, keyframe(0, (80, 90, 120, 110)), keyframe(4, (80, 90, 120, 110), rotation=90)),
            track(drawn.car, full_keyframe(1, "mask", MASK), full_keyframe(5, "mask", MASK, outside=True)),
            track(drawn.person, full_keyframe(1, "skeleton", elements=nodes())),
            track(drawn.car, full_keyframe(2, "ellipse", (200, 100, 230, 90), rotation=10)),
        ],
    )  # fmt: skip


def _forms(said: Any) -> list[Any]:
    """Of each figure what tells its form; plain numbers, since 90 and 90.0 are one."""
    names = ("type", "points", "rotation", "elements")
    figures = [*said["shapes"], *(shape for one in said["tracks"] for shape in one["shapes"])]
    return [{name: figure[name] for name in names if name in figure} for figure in figures]


def test_all_forms_come_back_as_they_were_sent(alice: Client, drawn: Drawable) -> None:
    said = _everything(drawn)
    saved = told_of_save(alice, "PUT", drawn.job_url() + ALL, said)
    got = told_by(alice, drawn.job_url() + ALL)
    assert _forms(saved) == _forms(got) == _forms(said)
    assert _forms(told_by(alice, drawn.url + ALL)) == _forms(said)
    assert [shape["id"] for shape in got["shapes"]] == [shape["id"] for shape in saved["shapes"]]


def test_a_client_of_1x_sees_what_it_knows_with_the_keys_it_knows(alice: Client, drawn: Drawable) -> None:
    told_of_save(alice, "PUT", drawn.job_url() + ALL, _everything(drawn))
    for path in (drawn.job_url(), drawn.url):
        got = told_by(alice, path)
        assert [shape["type"] for shape in got["shapes"]] == ["polygon"] * 4 + ["points", "rectangle"]
        plain = [
            "type", "occluded", "z_order", "points", "id", "frame", "label_id", "group", "source", "attributes"
        ]  # fmt: skip
        assert all(list(shape) == plain for shape in got["shapes"])
        turned, _, rounded, pixels, bones, _ = (shape["points"] for shape in got["shapes"])
        assert turned == STANDING
        assert (len(rounded), rounded[:2], rounded[18:20]) == (72, [230.0, 100.0], [200.0, 110.0])
        assert pixels == NOTCHED
        assert bones == [50.0, 10.0, 60.5, 20.0], "the foot is not to be seen"
        boxes, masks, skeletons, _ = got["tracks"]
        assert [shape["type"] for shape in boxes["shapes"]] == ["polygon", "polygon"], "a track has one form"
        assert boxes["shapes"][0]["points"] == [80.0, 90.0, 120.0, 90.0, 120.0, 110.0, 80.0, 110.0]
        assert boxes["shapes"][1]["points"] == STANDING
        assert masks["shapes"][0]["points"] == NOTCHED
        assert list(skeletons["shapes"][0]) == [
            "type", "occluded", "z_order", "points", "id", "frame", "outside", "attributes"
        ]  # fmt: skip


def test_what_comes_back_as_it_was_shown_stays_what_it_was(alice: Client, drawn: Drawable) -> None:
    saved = told_of_save(alice, "PUT", drawn.job_url() + ALL, _everything(drawn))
    for path, verb in ((f"{drawn.job_url()}?action=update", "PATCH"), (drawn.job_url(), "PUT"), (drawn.url, "PUT")):
        shown = told_by(alice, drawn.job_url())
        for shape in shown["shapes"]:
            shape |= {"z_order": 3, "group": 4, "points": [round(value, 2) for value in shape["points"]]}
        answered = told_of_save(alice, verb, path, shown)
        assert {shape["type"] for shape in answered["shapes"]} == {"polygon", "points", "rectangle"}
        got = told_by(alice, drawn.job_url() + ALL)
        assert _forms(got) == _forms(saved)
        assert {(shape["z_order"], shape["group"]) for shape in got["shapes"]} == {(3, 4)}


def test_what_was_moved_becomes_what_was_sent(alice: Client, drawn: Drawable) -> None:
    masks = track(drawn.car, full_keyframe(1, "mask", MASK), full_keyframe(5, "mask", MASK))
    said = _everything(drawn)
    told_of_save(alice, "PUT", drawn.job_url() + ALL, {**said, "tracks": [said["tracks"][0], masks]})
    shown = told_by(alice, drawn.job_url())
    turned = shown["shapes"][0]
    turned["points"][0] += 1
    for moving in shown["tracks"]:
        moving["shapes"][1]["points"][0] += 1
    told_of_save(alice, "PATCH", f"{drawn.job_url()}?action=update", marks(shapes=[turned], tracks=shown["tracks"]))
    got = told_by(alice, drawn.job_url() + ALL)
    changed = next(shape for shape in got["shapes"] if shape["id"] == turned["id"])
    assert (changed["type"], changed["points"]) == ("polygon", [111.0, *STANDING[1:]])
    assert "rotation" not in changed
    forms = [[shape["type"] for shape in one["shapes"]] for one in got["tracks"]]
    assert forms == [["polygon", "polygon"], ["mask", "polygon"]], "a box cannot move into a polygon"
    assert Shape.objects.filter(more__isnull=True).count() == 2
    assert TrackedShape.objects.filter(more__isnull=True).count() == 3


def test_put_and_create_without_ids_take_what_is_sent(alice: Client, drawn: Drawable) -> None:
    told_of_save(alice, "PUT", drawn.job_url() + ALL, marks(shapes=[turned_box(drawn.car)]))
    shown = told_by(alice, drawn.job_url())["shapes"][0]
    del shown["id"]
    told_of_save(alice, "PUT", drawn.job_url(), marks(shapes=[shown]))
    assert told_by(alice, drawn.job_url() + ALL)["shapes"][0]["type"] == "polygon"


def test_who_knows_all_forms_changes_them(alice: Client, drawn: Drawable) -> None:
    saved = told_of_save(alice, "PUT", drawn.job_url() + ALL, marks(shapes=[turned_box(drawn.car)]))["shapes"][0]
    path = f"{drawn.job_url()}{ALL}&action=update"
    told_of_save(alice, "PATCH", path, marks(shapes=[{**saved, "rotation": 360}]))
    changed = told_by(alice, drawn.job_url() + ALL)["shapes"][0]
    assert (changed["id"], "rotation" in changed) == (saved["id"], False)
    assert Shape.objects.get().more is None


def test_an_older_version_is_told_and_restored_in_all_forms(alice: Client, drawn: Drawable) -> None:
    first = told_of_save(alice, "PUT", drawn.job_url() + ALL, _everything(drawn))
    told_of_save(alice, "PUT", drawn.job_url(), marks())
    history = f"jobs/{drawn.jobs[0].pk}/history/{first['version']}"
    assert _forms(told_by(alice, history + ALL)) == _forms(first)
    assert told_by(alice, history)["shapes"][0]["points"] == STANDING
    assert send(alice, "POST", f"{history}/restore", {}).status_code == 200
    assert _forms(told_by(alice, drawn.job_url() + ALL)) == _forms(first)


def test_jobs_that_share_frames_show_each_thing_once_and_keep_its_form() -> None:
    drawn = with_skeleton(make_drawable(make_person(), (0, 5), (4, 9), overlap=2))
    assert drawn.task.owner is not None
    alice = with_key(drawn.task.owner)
    said = marks(
        shapes=[turned_box(drawn.car, 4), ellipse(drawn.car, 5), mask(drawn.car, 5), skeleton(drawn.person, 4)],
        tracks=[
            track(
                drawn.car, keyframe(2, (80, 90, 120, 110), rotation=350),
                keyframe(8, (80, 90, 120, 110), rotation=20),
            )
        ],
    )  # fmt: skip
    told_of_save(alice, "PUT", drawn.url + ALL, said)
    assert [len(told_by(alice, drawn.job_url(place))["shapes"]) for place in (0, 1)] == [4, 4]
    got = told_by(alice, drawn.url + ALL)
    assert sorted(shape["type"] for shape in got["shapes"]) == ["ellipse", "mask", "rectangle", "skeleton"]
    (moving,) = got["tracks"]
    assert {shape["frame"]: shape.get("rotation", 0) for shape in moving["shapes"]} == {2: 350, 4: 0, 5: 5, 8: 20}
    shown = told_by(alice, drawn.url)
    told_of_save(alice, "PATCH", f"{drawn.url}?action=update", shown)
    assert _forms(told_by(alice, drawn.url + ALL)) == _forms(got)
    assert not Shape.objects.filter(more__isnull=True).exists()


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ({"type": "ellipse", "points": [1, 2, 3]}, {"points": ["An ellipse has 4 numbers: cx, cy, right x, top y."]}),
        (
            {"type": "ellipse", "points": [5, 5, 4, 1]},
            {"points": ["An ellipse's right x is more than its cx, its top y less than its cy."]},
        ),
        ({"type": "ellipse", "points": [5, 5, 2e8, 1]}, {"points": ["That is far outside of any frame."]}),
        ({"rotation": -1}, {"rotation": ["Ensure this value is at least 0 and less than 360."]}),
        ({"rotation": 360.5}, {"rotation": ["Ensure this value is at least 0 and less than 360."]}),
        ({"rotation": "x"}, {"rotation": ["A valid number is required."]}),
        (
            {"type": "polygon", "points": [1, 2, 3, 4, 5, 6], "rotation": 5},
            {"rotation": ["Only rectangles and ellipses are turned."]},
        ),
        ({"points": []}, {"points": ["A rectangle has 4 numbers."]}),
        ({"elements": nodes()}, {"elements": ["Only skeletons have elements."]}),
        ({"type": "star"}, {"type": ['"star" is not a valid choice.']}),
        (
            {"type": "mask", "points": [1, 2, 3, 4]},
            {"points": ["A mask has counts of pixels, background first, then its left, top, right and bottom pixel."]},
        ),
        (
            {"type": "mask", "points": [0.5, 5.5, 10, 20, 12, 21]},
            {"points": ["A mask has counts of pixels, background first, then its left, top, right and bottom pixel."]},
        ),
        (
            {"type": "mask", "points": [0, 5, 10, 20, 12, 21]},
            {"points": ["The counts of a mask add up to the pixels of its box."]},
        ),
        ({"type": "mask", "points": [6, 0, 10, 20, 12, 21]}, {"points": ["A mask marks at least one pixel."]}),
        (
            {"type": "mask", "points": [0, 6, 12, 20, 10, 21]},
            {"points": ["A mask's box is left ≤ right and top ≤ bottom, from 0 to 65535."]},
        ),
        (
            {"type": "mask", "points": [0, 1e10, 0, 0, 99999, 99999]},
            {"points": ["A mask's box is left ≤ right and top ≤ bottom, from 0 to 65535."]},
        ),
        ({"type": "skeleton", "elements": nodes()}, {"type": ["The label has no skeleton."]}),
    ],
)
def test_what_does_not_fit_its_form_is_refused(
    alice: Client, drawn: Drawable, figure: dict[str, Any], expected: object
) -> None:
    shape = {**box(drawn.car), **figure}
    assert told_of_refusal(alice, drawn.job_url() + ALL, marks(shapes=[shape])) == {"shapes": [expected]}
    moving = track(drawn.car, {**keyframe(0), **figure})
    assert told_of_refusal(alice, drawn.job_url() + ALL, marks(tracks=[moving])) == {"tracks": [{"shapes": [expected]}]}
    assert not Shape.objects.exists()


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([], ["A skeleton has at least one node that is to be seen."]),
        ([node("head", 1, 2, outside=True)], ["A skeleton has at least one node that is to be seen."]),
        ([node("head", 1, 2), node("tail", 1, 2)], [{}, {"label": ['"tail" is not a node of the label.']}]),
        ([node("head", 1, 2), node("head", 1, 2)], [{}, {"label": ['"head" is there more than once.']}]),
        ([node("head", 1e9, 2)], [{"points": ["That is far outside of any frame."]}]),
        ([node("head", 1, 2, 3)], [{"points": ["Ensure this field has no more than 2 elements."]}]),
        ([{"points": [1, 2]}], [{"label": ["This field is required."]}]),
        ("none", ['Expected a list of items but got type "str".']),
    ],
)
def test_skeletons_consist_of_their_labels_nodes(
    alice: Client, drawn: Drawable, elements: object, expected: object
) -> None:
    refused = told_of_refusal(alice, drawn.job_url() + ALL, marks(shapes=[skeleton(drawn.person, elements=elements)]))
    said = refused["shapes"][0]["elements"]
    assert said == (expected if elements != "none" else {"non_field_errors": expected})


def test_a_hidden_skeleton_may_show_nothing(alice: Client, drawn: Drawable) -> None:
    gone = full_keyframe(4, "skeleton", elements=[node("head", 50, 10, outside=True)], outside=True)
    said = marks(tracks=[track(drawn.person, full_keyframe(1, "skeleton", elements=nodes()), gone)])
    told_of_save(alice, "PUT", drawn.job_url() + ALL, said)
    assert told_by(alice, drawn.job_url())["tracks"][0]["shapes"][1]["points"] == [50.0, 10.0]


def test_who_asks_for_nothing_sends_what_1x_sends(alice: Client, drawn: Drawable) -> None:
    refused = told_of_refusal(alice, drawn.job_url(), marks(shapes=[ellipse(drawn.car)]))
    assert refused == {"shapes": [{"type": ['"ellipse" is not a valid choice.']}]}
    saved = told_of_save(alice, "PUT", drawn.job_url(), marks(shapes=[turned_box(drawn.car)]))
    assert "rotation" not in saved["shapes"][0]
    assert Shape.objects.get().more is None


def test_a_mask_as_large_as_a_slide_is_not_unfolded(alice: Client, drawn: Drawable) -> None:
    side = 20_000
    slide = mask(drawn.car, points=[side + 1, side * side - side - 1, 0, 0, side - 1, side - 1])
    told_of_save(alice, "PUT", drawn.job_url() + ALL, marks(shapes=[slide]))
    shown = told_by(alice, drawn.job_url())["shapes"][0]["points"]
    assert shown == [0, 2, 1, 2, 1, 1, side, 1, side, side, 0, side]


def test_labels_tell_their_skeletons_to_who_asks(alice: Client, drawn: Drawable) -> None:
    path = f"tasks/{drawn.task.pk}"
    for label in told_by(alice, path)["labels"]:
        assert list(label) == ["id", "name", "color", "attributes"]
    for task in (told_by(alice, path + ALL), told_by(alice, f"tasks{ALL}")["results"][0]):
        assert [label.get("skeleton") for label in task["labels"]] == [None, SKELETON]
        assert "skeleton" not in task["labels"][0]


def test_a_label_gets_its_skeleton_and_keeps_nodes_that_are_used(alice: Client, drawn: Drawable) -> None:
    path = f"tasks/{drawn.task.pk}{ALL}"
    said = {"labels": [{"name": "dog", "skeleton": SKELETON}]}
    dog = told_of_save(alice, "PATCH", path, said)["labels"][-1]
    assert (dog["name"], dog["skeleton"]) == ("dog", SKELETON)
    told_of_save(alice, "PUT", drawn.job_url() + ALL, marks(shapes=[skeleton(dog["id"])]))
    shorter = {"nodes": SKELETON["nodes"][:2], "edges": [[0, 1]]}
    for where, body in (
        (path, {"labels": [{"name": "dog", "skeleton": shorter}]}), (f"labels/{dog['id']}", {"skeleton": shorter})
    ):  # fmt: skip
        answer = send(alice, "PATCH", where, body)
        assert (answer.status_code, told(answer)) == (400, {"skeleton": ["There are skeletons with the node 'foot'."]})
    assert told_of_save(alice, "PATCH", f"labels/{drawn.person}", {"skeleton": shorter})["skeleton"] == shorter
    assert told_of_save(alice, "PATCH", f"labels/{drawn.person}", {"skeleton": None})["skeleton"] is None


@pytest.mark.parametrize(
    "unfit",
    [
        {"nodes": [], "edges": []},
        {"nodes": SKELETON["nodes"]},
        {"nodes": [*SKELETON["nodes"], SKELETON["nodes"][0]], "edges": []},
        {"nodes": [{"name": "head", "x": 2, "y": 0}], "edges": []},
        {"nodes": SKELETON["nodes"], "edges": [[0, 0]]},
        {"nodes": SKELETON["nodes"], "edges": [[0, 3]]},
        {"nodes": SKELETON["nodes"], "edges": [[0, 1, 2]]},
        {"nodes": SKELETON["nodes"], "edges": [[-1, 1]]},
        "bones",
        [],
    ],
)
def test_a_skeleton_that_makes_no_sense_is_refused(alice: Client, drawn: Drawable, unfit: object) -> None:
    for path, body in (
        (f"labels/{drawn.person}", {"skeleton": unfit}),
        (f"tasks/{drawn.task.pk}", {"labels": [{"name": "person", "skeleton": unfit}]}),
    ):
        assert send(alice, "PATCH", path, body).status_code == 400
