"""Leases and minutes on both databases, with everybody at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from quintet.core.clock import now
from quintet.services.masks.actions import (
    claim_camera,
    create_camera,
    give_cameras_back,
    keep_cameras,
    write_minute,
)
from quintet.services.masks.models import Camera, CameraMinute, Tally
from quintet.services.masks.tests.camera_sources import HTTPCamera, wait_until
from quintet.services.masks.tests.camera_watching import make_watched, wait_until_seen, watching
from quintet.services.masks.tests.makers import make_person

EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine_apps() -> tuple[str, ...]:
    return (
        "masks",
        "deferred",
    )


pytestmark = pytest.mark.usefixtures("engine")


def all_at_once(many: int, do: Callable[[int], object]) -> list[object]:
    answers: list[object] = []
    ready = threading.Barrier(many)

    def one(number: int) -> None:
        ready.wait()
        answers.append(do(number))
        connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def make_camera() -> Camera:
    return create_camera(
        make_person("root", administrator=True), name="gate", description="", source="rtsp://10.0.0.8/"
    )


def test_of_many_who_want_a_camera_one_gets_it() -> None:
    camera = make_camera()
    answers = all_at_once(6, lambda number: claim_camera(camera.pk, watcher=f"unix:{number}"))
    assert sorted(map(str, answers)) == ["1", *["None"] * 5]


def test_a_lease_that_ran_out_is_anybodys_and_the_old_one_is_worth_nothing() -> None:
    camera = make_camera()
    first = claim_camera(camera.pk, watcher="unix:a")
    assert first is not None
    assert keep_cameras([(camera.pk, first)]) == {camera.pk}
    Camera.objects.update(lease_until=now() - timedelta(seconds=1))
    second = claim_camera(camera.pk, watcher="unix:b")
    assert second == first + 1
    assert keep_cameras([(camera.pk, first)]) == set()
    give_cameras_back([(camera.pk, first)])
    assert claim_camera(camera.pk, watcher="unix:c") is None
    give_cameras_back([(camera.pk, second)])
    assert claim_camera(camera.pk, watcher="unix:c") == second + 1


def test_a_camera_without_a_source_is_nobodys() -> None:
    camera = create_camera(make_person("root", administrator=True), name="gate", description="")
    assert claim_camera(camera.pk, watcher="unix:a") is None


def test_a_minute_that_is_added_to_from_two_sides_loses_nothing() -> None:
    camera = make_camera()
    Camera.objects.update(owner=make_person())

    def add(number: int) -> None:
        sums = {"without_mask": 1 + number}
        write_minute(camera.pk, 0, minute=EIGHT, looks=1, most_faces=1 + number, most=sums, sums=sums)

    all_at_once(5, add)
    row = CameraMinute.objects.get()
    assert (row.looks, row.sum_faces, row.sum_without_mask, row.most_faces) == (5, 15, 15, 5)
    assert Tally.objects.get().looked == 5


def test_a_watcher_does_its_work() -> None:
    with HTTPCamera() as source, watching() as watcher:
        row = make_watched(make_person("root", administrator=True), source.address)
        wait_until_seen(watcher, row)
        wait_until(lambda: Camera.objects.get().state == "live")
    assert CameraMinute.objects.exists()
    assert Camera.objects.get().lease_until is None
