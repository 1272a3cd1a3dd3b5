"""Where cameras are read: who may say so, what is refused, and what is never shown again."""

import logging
from ipaddress import ip_address
from typing import Any

import pytest
from django.core import serializers
from django.test import Client

from quintet.accounts.models import Audit
from quintet.core.outbound import AddressRefused, refuse_address
from quintet.services.masks.actions import bind_camera, create_camera
from quintet.services.masks.models import Camera, LedgerEntry, Quota
from quintet.services.masks.tests.makers import make_person, post, signed_in
from quintet.services.masks.vision.cameras.address import BadSource, read_source

CREATE = "/mask_detect/create_camera/"
ERROR = {"state": "error"}


def patch(client: Client, camera: int, body: object) -> Any:
    response = client.patch(f"/mask_detect/cameras/{camera}/", body, content_type="application/json")
    assert response.status_code == 200
    return response.json()


@pytest.mark.django_db
class TestWhoMaySay:
    def test_an_administrator_says_where_a_camera_is_read(self) -> None:
        root = signed_in(make_person("root", administrator=True))
        assert post(root, CREATE, {"name": "gate", "source": "rtsp://10.0.0.8/1"}) == {"state": "ok"}
        camera = Camera.objects.get()
        assert camera.source == "rtsp://10.0.0.8/1"
        assert patch(root, camera.pk, {"source": "http://10.0.0.9:8080/video"}) == {"state": "ok"}
        assert post(root, f"/mask_detect/cameras/{camera.pk}/", {"source": None}) == {"state": "ok"}
        camera.refresh_from_db()
        assert (camera.source, camera.source_sealed) == ("", "")

    def test_nobody_else_does(self) -> None:
        camera = create_camera(make_person("root", administrator=True), name="gate", description="")
        alice = make_person()
        bind_camera(alice, camera.pk)
        assert patch(signed_in(alice), camera.pk, {"source": "rtsp://10.0.0.8/1"}) == ERROR
        assert patch(signed_in(make_person("bob")), camera.pk, {"source": "rtsp://10.0.0.8/1"}) == ERROR
        assert post(signed_in(alice), CREATE, {"name": "x", "source": "rtsp://10.0.0.8/1"}) == ERROR
        assert Camera.objects.get().source == ""

    def test_a_refused_change_changes_nothing(self) -> None:
        root = make_person("root", administrator=True)
        camera = create_camera(root, name="gate", description="", source="rtsp://10.0.0.8/1")
        answer = patch(signed_in(root), camera.pk, {"name": "other", "source": "rtsp://169.254.169.254/"})
        assert answer["state"] == "error"
        assert "link-local" in answer["msg"]
        camera.refresh_from_db()
        assert (camera.name, camera.source, camera.lease) == ("gate", "rtsp://10.0.0.8/1", 0)

    def test_a_new_source_fences_off_who_reads_the_old_one(self) -> None:
        root = make_person("root", administrator=True)
        camera = create_camera(root, name="gate", description="", source="rtsp://10.0.0.8/1")
        patch(signed_in(root), camera.pk, {"source": "rtsp://10.0.0.9/1"})
        assert Camera.objects.get().lease == camera.lease + 1


SECRET = "s3cr3t"


@pytest.mark.django_db
def test_a_password_is_never_shown_again(caplog: pytest.LogCaptureFixture) -> None:
    source = f"rtsp://guard:{SECRET}@10.0.0.8:8554/live?token={SECRET}"
    with caplog.at_level(logging.DEBUG):
        root = signed_in(make_person("root", administrator=True))
        post(root, CREATE, {"name": "gate", "source": source})
        camera = Camera.objects.get()
        alice = make_person()
        bind_camera(alice, camera.pk)
        answers = [
            browser.get(path).content.decode()
            for browser in (root, signed_in(alice))
            for path in ("/mask_detect/cameras/", f"/mask_detect/cameras/{camera.pk}/")
        ]
    assert "rtsp://10.0.0.8:8554/live?…" in answers[0]
    # Whoever has bound it need not know where in the network it stands.
    assert "10.0.0.8" not in answers[2] + answers[3]
    stored = serializers.serialize("json", [*Camera.objects.all(), *Audit.objects.all()])
    for told in (*answers, stored, caplog.text):
        assert SECRET not in told
        assert "guard" not in told


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250", "255.255.255.255",
        "240.0.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fe80::1", "fe80::a9fe:a9fe", "fd00:ec2::254",
        "ff02::1", "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_some_addresses_are_never_called(address: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_address(ip_address(address), private=True)


@pytest.mark.parametrize("address", ["10.0.0.8", "192.168.1.4", "172.16.0.9", "127.0.0.1", "::1", "fd12::8", "8.8.8.8"])
def test_cameras_live_in_private_networks(address: str) -> None:
    refuse_address(ip_address(address), private=True)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.8", "192.168.1.4", "127.0.0.1", "::1", "fd12::8", "100.64.0.1", "::ffff:10.0.0.8", "2002:0a00:0008::1"],
)
def test_others_are_not_called_there(address: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_address(ip_address(address), private=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "source",
    [
        "rtsp://169.254.169.254/latest", "http://[fe80::1]/", "http://0/", "http://2852039166/", "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/", "rtsp://[fd00:ec2::254]/", "http://239.1.2.3/", "file:///etc/passwd",
        "/dev/video0", "ftp://10.0.0.8/", "concat:rtsp://10.0.0.8/", "rtsp://", "rtsp://10.0.0.8:99999/", "rtsp://10.0.0.8:0/",
        "http://10.0.0.8/ x", "http://10.0.0.8/\r\nX: y", "http://no.such.name.invalid/", "http://" + "a" * 600,
        "http://[::1", 7, ["rtsp://10.0.0.8/"], {"a": 1}, "rtsp://10.0.0.8/\u0000", True,
    ],
)  # fmt: skip
def test_what_cannot_be_a_source_is_refused(source: object) -> None:
    root = signed_in(make_person("root", administrator=True))
    assert post(root, CREATE, {"name": "gate", "source": source}) == ERROR
    assert not Camera.objects.exists()


def test_a_file_is_a_source_only_below_the_folder_that_was_named(tmp_path: Any) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.mp4"
    inside.mkdir()
    (inside / "a.mp4").touch()
    outside.touch()
    (inside / "link.mp4").symlink_to(outside)
    assert read_source(f"file://{inside}/a.mp4", files=str(inside)).shown == "file://a.mp4"
    for path in (outside, inside / ".." / "out.mp4", inside / "link.mp4", inside):
        with pytest.raises(BadSource):
            read_source(f"file://{path}", files=str(inside))


@pytest.mark.django_db
class TestGivingBack:
    def test_an_unbound_camera_is_free_and_its_place_is_back(self) -> None:
        camera = create_camera(make_person("root", administrator=True), name="gate", description="")
        alice = make_person()
        bind_camera(alice, camera.pk)
        browser = signed_in(alice)
        assert post(browser, f"/mask_detect/cameras/{camera.pk}/unbind/", {}) == {"state": "ok"}
        assert Camera.objects.get().owner is None
        assert Quota.of(alice.pk).cameras_left == 1
        assert list(LedgerEntry.objects.order_by("id").values_list("change", flat=True)) == [-1, 1]
        assert post(browser, f"/mask_detect/cameras/{camera.pk}/unbind/", {}) == ERROR
        assert Quota.of(alice.pk).cameras_left == 1

    def test_nobody_unbinds_what_another_has(self) -> None:
        camera = create_camera(make_person("root", administrator=True), name="gate", description="")
        bind_camera(make_person(), camera.pk)
        assert post(signed_in(make_person("bob")), f"/mask_detect/cameras/{camera.pk}/unbind/", {}) == ERROR
        assert Camera.objects.get().owner is not None

    def test_administrators_delete_and_the_place_is_back(self) -> None:
        root = make_person("root", administrator=True)
        camera, alice = create_camera(root, name="gate", description=""), make_person()
        bind_camera(alice, camera.pk)
        path = f"/mask_detect/cameras/{camera.pk}/"
        assert signed_in(alice).delete(path).json() == ERROR
        assert signed_in(root).delete(path).json() == {"state": "ok"}
        assert not Camera.objects.exists()
        assert Quota.of(alice.pk).cameras_left == 1


@pytest.mark.django_db
def test_a_stranger_learns_nothing_of_a_camera() -> None:
    root = make_person("root", administrator=True)
    camera = create_camera(root, name="gate", description="", source="rtsp://10.0.0.8/1")
    bind_camera(make_person(), camera.pk)
    for browser in (signed_in(make_person("bob")), Client()):
        for path in ("", "history/", "events/", "events/1/snapshot.jpg", "deliveries/", "snapshot.jpg", "stream.mjpeg",
                     "detections"):  # fmt: skip
            response = browser.get(f"/mask_detect/cameras/{camera.pk}/{path}")
            assert (response.status_code, response.json()) == (200, ERROR), path
    assert signed_in(make_person("carol")).get("/mask_detect/cameras/").json()["results"] == []


@pytest.mark.django_db
def test_without_a_worker_a_camera_says_so_and_has_no_picture() -> None:
    root = make_person("root", administrator=True)
    camera = create_camera(root, name="gate", description="", source="rtsp://10.0.0.8/1")
    browser = signed_in(root)
    shown = browser.get(f"/mask_detect/cameras/{camera.pk}/").json()["camera"]
    assert (shown["state"], shown["why"], shown["now"]) == ("connecting", "No worker reads cameras just now.", None)
    for path in ("snapshot.jpg", "stream.mjpeg", "detections"):
        answer = browser.get(f"/mask_detect/cameras/{camera.pk}/{path}").json()
        assert answer == {"state": "error", "msg": "no picture"}
