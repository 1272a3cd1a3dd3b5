"""Webhooks: told of events, signed, tried again; never redirected, never let loose on private networks."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred import inline
from quintet.core.deferred.models import Job
from quintet.core.testing.receivers import Receiver
from quintet.core.webhooks import signature
from quintet.services.masks.actions import bind_camera, create_camera, report_unmasked
from quintet.services.masks.models import Camera, CameraDelivery, CameraEvent
from quintet.services.masks.tests.makers import make_person, make_picture, post, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.QUINTET_MASKS_WEBHOOK_PRIVATE = True
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def alice() -> User:
    return make_person()


@pytest.fixture
def camera(alice: User) -> Camera:
    found = create_camera(make_person("root", administrator=True), name="gate", description="")
    bind_camera(alice, found.pk)
    return found


def set_webhook(browser: Client, camera: Camera, address: object) -> dict[str, object]:
    return post(browser, f"/mask_detect/cameras/{camera.pk}/", {"webhook_url": address})


def see_somebody(camera: Camera) -> CameraEvent:
    faces = [{"box": [1, 2, 3, 4], "class": "without_mask", "score": 0.9}]
    event = report_unmasked(
        camera.pk, camera.lease, at=now(), faces=faces, width=48, height=48, snapshot=make_picture("JPEG")
    )
    assert event is not None
    return event


def deliver(*, due: bool = False) -> list[str]:
    """Run what waits; with `due` also what waits for later. How each stands afterwards."""
    if due:
        Job.objects.update(run_after=now())
    return [done.state for done in inline.run_due()]


def test_an_event_is_told_once_and_signed(receiver: Receiver, alice: User, camera: Camera) -> None:
    browser = signed_in(alice)
    answer = set_webhook(browser, camera, receiver.address)
    secret = str(answer["webhook_secret"])
    event = see_somebody(camera)
    assert deliver() == ["done"]
    ((headers, body),) = receiver.told
    timestamp = int(headers["webhook-timestamp"])
    assert abs(time.time() - timestamp) < 60
    signed = signature(secret, identifier=headers["webhook-id"], timestamp=timestamp, body=body)
    assert headers["webhook-signature"] == signed
    assert signature(secret, identifier=headers["webhook-id"], timestamp=timestamp + 1, body=body) != signed
    assert signature(secret, identifier=headers["webhook-id"], timestamp=timestamp, body=body + b" ") != signed
    told = json.loads(body)
    assert (told["type"], told["data"]["event_id"], told["data"]["camera_name"]) == (
        "camera.unmasked", event.pk, "gate",
    )  # fmt: skip
    (listed,) = browser.get(f"/mask_detect/cameras/{camera.pk}/deliveries/").json()["results"]
    assert (listed["event_id"], listed["status"], listed["accepted"]) == (event.pk, 204, True)


def test_a_signature_is_the_standards_own() -> None:
    # The example of the Standard Webhooks specification, version 1.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        identifier="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_shown_once_and_an_address_without_its_path(
    receiver: Receiver, alice: User, camera: Camera
) -> None:
    browser = signed_in(alice)
    first = set_webhook(browser, camera, receiver.address)["webhook_secret"]
    shown = browser.get(f"/mask_detect/cameras/{camera.pk}/").json()
    assert shown["camera"]["webhook"] == receiver.address.replace("/hooks/s3cr3t", "/…")
    assert str(first) not in str(shown)
    assert set_webhook(browser, camera, receiver.address)["webhook_secret"] != first
    stored = Camera.objects.values().get()
    assert not [name for name, said in stored.items() if "s3cr3t" in str(said) or str(first) in str(said)]


def test_a_receiver_that_fails_is_told_again_and_every_attempt_is_on_record(
    receiver: Receiver, alice: User, camera: Camera
) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    receiver.statuses = [500, 503, 200]
    see_somebody(camera)
    assert deliver() == ["queued"]
    assert deliver() == []  # not at once
    assert deliver(due=True) == ["queued"]
    assert deliver(due=True) == ["done"]
    assert list(CameraDelivery.objects.order_by("id").values_list("status", flat=True)) == [500, 503, 200]
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1


def test_a_receiver_that_never_accepts_is_given_up(receiver: Receiver, alice: User, camera: Camera) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    receiver.statuses = [500]
    see_somebody(camera)
    states = [deliver(due=True) for _ in range(8)]
    assert states == [["queued"]] * 6 + [["failed"], []]
    assert CameraDelivery.objects.count() == 7
    assert "s3cr3t" not in Job.objects.get(kind="masks.deliver_webhook").error


def test_redirects_are_not_followed(receiver: Receiver, alice: User, camera: Camera) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    receiver.statuses, receiver.location = [307], receiver.address + "/elsewhere"
    see_somebody(camera)
    deliver()
    assert len(receiver.told) == 1
    assert CameraDelivery.objects.get().outcome == "Redirects are not followed."


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://10.0.0.8/", "http://[::1]/", "http://169.254.169.254/",
        "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://0/", "https://[fd00::1]/",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(alice: User, camera: Camera, address: str) -> None:
    answer = set_webhook(signed_in(alice), camera, address)
    assert answer == {"state": "error", "msg": "webhook_url: That address may not be called."}
    assert Camera.objects.get().webhook == ""


@pytest.mark.parametrize(
    "address",
    ["ftp://8.8.8.8/", "https://user:pw@8.8.8.8/", "//8.8.8.8/", "https:///x", "https://8.8.8.8:99999/", 5, [], {},
     "https://8.8.8.8/\r\nX: y", "https://8.8.8.8/ü", "file:///etc/passwd", "https://no.such.name.invalid/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(alice: User, camera: Camera, address: object) -> None:
    assert set_webhook(signed_in(alice), camera, address)["state"] == "error"
    assert Camera.objects.get().webhook == ""


def test_link_local_addresses_are_refused_even_where_private_ones_are_allowed(
    receiver: Receiver, alice: User, camera: Camera
) -> None:
    assert set_webhook(signed_in(alice), camera, "http://169.254.169.254/")["state"] == "error"


def test_a_name_that_has_come_to_mean_another_address_is_not_called(
    receiver: Receiver, alice: User, camera: Camera, settings: Any
) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    see_somebody(camera)
    # The administrator has changed their mind; or the name now resolves to this machine.
    settings.QUINTET_MASKS_WEBHOOK_PRIVATE = False
    assert deliver() == ["queued"]
    assert receiver.told == []
    assert CameraDelivery.objects.get().outcome == "That address may not be called."


def test_a_name_is_resolved_once_and_the_checked_address_is_called(
    receiver: Receiver, alice: User, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = receiver.server.server_address[1], []
    real = socket.getaddrinfo

    def resolve(host: Any, *more: Any, **named: Any) -> Any:
        if host != "hooks.example":
            return real(host, *more, **named)
        asked.append(host)
        # Good when it is checked, another one for whoever asks again.
        return real("127.0.0.1" if len(asked) % 2 else "127.0.0.2", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    set_webhook(signed_in(alice), camera, f"http://hooks.example:{port}/x")
    asked.clear()
    see_somebody(camera)
    assert deliver() == ["done"]
    assert len(asked) == 1
    assert receiver.told[0][0]["host"] == f"hooks.example:{port}"


def test_nobody_is_told_of_what_the_owner_before_saw(receiver: Receiver, alice: User, camera: Camera) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    see_somebody(camera)
    post(signed_in(alice), f"/mask_detect/cameras/{camera.pk}/unbind/", {})
    assert Camera.objects.get().webhook_sealed == ""
    bob = signed_in(make_person("bob"))
    post(bob, "/mask_detect/user_add_camera/", {"camera_id": camera.pk})
    set_webhook(bob, camera, receiver.address)
    assert deliver() == ["done"]
    assert receiver.told == []
    assert bob.get(f"/mask_detect/cameras/{camera.pk}/deliveries/").json()["results"] == []


def test_only_the_owner_and_administrators_set_one(receiver: Receiver, camera: Camera) -> None:
    assert set_webhook(signed_in(make_person("bob")), camera, receiver.address) == {"state": "error"}
    root = signed_in(User.objects.get(username="root"))
    assert set_webhook(root, camera, receiver.address)["state"] == "ok"
    assert set_webhook(root, camera, None) == {"state": "ok"}
    assert Camera.objects.get().webhook_sealed == ""


def test_a_webhook_does_not_outlive_its_owners_account(receiver: Receiver, alice: User, camera: Camera) -> None:
    set_webhook(signed_in(alice), camera, receiver.address)
    see_somebody(camera)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert deliver() == ["done"]
    alice.delete()
    bob = make_person("bob")
    post(signed_in(bob), "/mask_detect/user_add_camera/", {"camera_id": camera.pk})
    see_somebody(camera)
    assert deliver() == []
    assert receiver.told == []
