"""What cameras showed is kept for a while, and told by the minute."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from quintet.core.clock import now
from quintet.services.masks.actions import (
    create_camera,
    delete_camera,
    forget_camera_past,
    report_unmasked,
    write_minute,
)
from quintet.services.masks.models import Camera, CameraEvent, CameraMinute
from quintet.services.masks.tests.makers import make_person, make_picture, signed_in

pytestmark = pytest.mark.django_db
EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def camera() -> Camera:
    return create_camera(make_person("root", administrator=True), name="gate", description="")


@pytest.fixture
def browser(camera: Camera) -> Client:
    from quintet.accounts.models import User

    return signed_in(User.objects.get(username="root"))


def write(camera: Camera, minute: datetime, *, looks: int = 10, most: int = 2, total: int = 15) -> None:
    counts = {"with_mask": most - 1, "without_mask": 1}
    sums = {"with_mask": total - looks, "without_mask": looks}
    write_minute(camera.pk, camera.lease, minute=minute, looks=looks, most_faces=most, most=counts, sums=sums)


def test_a_minute_holds_the_most_and_the_mean_and_is_added_to(camera: Camera, browser: Client) -> None:
    write(camera, EIGHT)
    write(camera, EIGHT, looks=10, most=3, total=25)
    page = browser.get(f"/mask_detect/cameras/{camera.pk}/history/?from=2026-11-20T08:00:00Z&to=2026-11-20T09:00:00Z")
    (row,) = page.json()["results"]
    assert (row["minute"], row["looks"]) == ("2026-11-20T08:00:00+00:00", 20)
    assert row["max"] == {"faces": 3, "with_mask": 2, "without_mask": 1, "mask_worn_incorrect": 0}
    assert row["mean"] == {"faces": 2.0, "with_mask": 1.0, "without_mask": 1.0, "mask_worn_incorrect": 0.0}


def test_history_is_cut_where_it_is_asked_and_comes_in_pages(camera: Camera, browser: Client) -> None:
    for minute in range(5):
        write(camera, EIGHT + timedelta(minutes=minute))
    path = f"/mask_detect/cameras/{camera.pk}/history/"
    page = browser.get(f"{path}?from=2026-11-20T08:01:00Z&to=2026-11-20T08:04:00Z&page_size=2").json()
    assert page["count"] == 3
    assert [row["minute"][14:16] for row in page["results"]] == ["01", "02"]
    assert page["next"] is not None


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-13-01", "from=%00", "from=99999-01-01", "page=0"])
def test_what_is_no_moment_is_refused(camera: Camera, browser: Client, query: str) -> None:
    response = browser.get(f"/mask_detect/cameras/{camera.pk}/history/?{query}")
    assert (response.status_code, response.json()["state"]) == (200, "error")


def test_what_somebody_without_the_lease_writes_is_not_written(camera: Camera) -> None:
    Camera.objects.update(lease=7)
    write(camera, EIGHT)
    assert not CameraMinute.objects.exists()
    found = report_unmasked(camera.pk, camera.lease, at=EIGHT, faces=[], width=1, height=1, snapshot=b"")
    assert found is None
    assert not CameraEvent.objects.exists()


def see(camera: Camera, at: datetime) -> CameraEvent:
    event = report_unmasked(
        camera.pk, camera.lease, at=at, faces=[], width=48, height=48, snapshot=make_picture("JPEG")
    )
    assert event is not None
    return event


def test_what_is_old_is_forgotten_with_its_snapshots(
    camera: Camera, django_capture_on_commit_callbacks: "object"
) -> None:
    old, new = see(camera, now() - timedelta(days=31)), see(camera, now() - timedelta(days=29))
    write(camera, now() - timedelta(days=31))
    write(camera, now() - timedelta(days=29))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert forget_camera_past(None) == {"minutes": 1, "events": 1}
    assert [event.pk for event in CameraEvent.objects.all()] == [new.pk]
    assert not default_storage.exists(old.snapshot)
    assert default_storage.exists(new.snapshot)
    assert CameraMinute.objects.count() == 1


def test_a_deleted_camera_leaves_no_snapshot(camera: Camera, django_capture_on_commit_callbacks: "object") -> None:
    from quintet.accounts.models import User

    event = see(camera, now())
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        delete_camera(User.objects.get(username="root"), camera.pk)
    assert not default_storage.exists(event.snapshot)
