"""The quick way says what nested serializers and the ORM say."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from quintet.services.annotation.models import Job
from quintet.services.annotation.tests import plain
from quintet.services.annotation.tests.drawings import Drawable, make_drawable
from quintet.services.annotation.tests.makers import make_person, send, told, with_key

pytestmark = pytest.mark.django_db
_POINTS = {"rectangle": (2, 2), "cuboid": (8, 8), "polygon": (3, 6), "polyline": (2, 5), "points": (1, 3)}


def _bodies(drawn: Drawable) -> some.SearchStrategy[dict[str, Any]]:
    group, source = some.none() | some.integers(0, 9), some.sampled_from(["manual", "auto"])
    model = some.sampled_from(["bmw", "mazda"]).map(lambda value: {"spec_id": drawn.model, "value": value})
    parked = some.sampled_from(["true", "false"]).map(lambda value: {"spec_id": drawn.parked, "value": value})
    nothing: some.SearchStrategy[list[Any]] = some.just([])

    def figure(frames: some.SearchStrategy[int], attributes: Any, **more: Any) -> some.SearchStrategy[dict[str, Any]]:
        def of(form: str) -> some.SearchStrategy[dict[str, Any]]:
            least, most = (2 * count for count in _POINTS[form])
            numbers = some.integers(least // 2, most // 2).flatmap(
                lambda count: some.lists(some.floats(-1e6, 1e6), min_size=2 * count, max_size=2 * count)
            )
            return some.fixed_dictionaries(
                {"type": some.just(form), "occluded": some.booleans(), "z_order": some.integers(-9, 9),
                 "points": numbers, "frame": frames, "attributes": attributes, **more}
            )  # fmt: skip

        return some.sampled_from(sorted(_POINTS)).flatmap(of)

    frames, label = some.integers(0, 9), some.just(drawn.car)
    tags = some.fixed_dictionaries(
        {"frame": frames, "label_id": label, "group": group, "source": source, "attributes": some.tuples(model)}
    )
    shapes = figure(
        frames, some.tuples(model, parked).map(list) | nothing, label_id=label, group=group, source=source
    )  # fmt: skip
    keyframes = figure(frames, some.tuples(parked).map(list) | nothing, outside=some.booleans())
    tracks = some.fixed_dictionaries(
        {"frame": frames, "label_id": label, "group": group, "source": source, "attributes": nothing,
         "shapes": some.lists(keyframes, min_size=1, max_size=4)}
    )  # fmt: skip
    return some.fixed_dictionaries(
        {"version": some.just(0), "tags": some.lists(tags, max_size=2), "shapes": some.lists(shapes, max_size=4),
         "tracks": some.lists(tracks, max_size=2)}
    )  # fmt: skip


def _without_ids(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _without_ids(value) for name, value in said.items() if name != "id"}
    return [_without_ids(each) for each in said] if isinstance(said, list) else said


def test_both_ways_save_and_show_the_same() -> None:
    drawn = make_drawable(make_person())
    plain.forget_labels()
    assert drawn.task.owner is not None
    alice = with_key(drawn.task.owner)
    other = Job.objects.create(task=drawn.task, segment=drawn.jobs[0].segment)

    @given(_bodies(drawn))
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def hold(body: dict[str, Any]) -> None:
        saved = send(alice, "PUT", drawn.job_url(), body)
        assert saved.status_code == 200, saved.content
        serializer = plain.MarksSerializer(data=plain.plain_json(body))
        assert serializer.is_valid(), serializer.errors
        plain.save(other, serializer.validated_data)
        theirs = plain.plain_json(plain.MarksSerializer(serializer.validated_data).data)
        assert _without_ids(told(saved)) | {"version": 0} == _without_ids(theirs) | {"version": 0}
        shown = told(alice.get(f"/api/v1/{drawn.job_url()}"))
        also = plain.plain_json(plain.MarksSerializer(plain.read(drawn.jobs[0])).data)
        assert shown | {"version": 0} == also | {"version": 0}

    hold()
