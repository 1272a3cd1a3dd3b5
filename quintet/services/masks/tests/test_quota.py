"""Quotas: spent once, topped up within limits, never below zero."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from quintet.services.masks.actions import create_camera, spend
from quintet.services.masks.errors import QuotaExhausted
from quintet.services.masks.models import Camera, Kind, LedgerEntry, Quota
from quintet.services.masks.tests.makers import make_person, post, signed_in

pytestmark = pytest.mark.django_db
TOP_UP = "/mask_detect/add_user_resources/"


@pytest.mark.parametrize(
    "number",
    ["1_000", "+5", "１０", "-5", "0", "1000001", "", " 5", "5.0", "1e3", True, 5.0, None, [5], {"n": 5}, 10**30],
)
def test_only_plain_digits_up_to_a_million_are_a_number(number: object) -> None:
    person = make_person()
    before = Quota.of(person.pk).pictures_left
    assert post(signed_in(person), TOP_UP, {"state_code": "0", "number": number}) == {"state": "error"}
    assert Quota.of(person.pk).pictures_left == before
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("state_code", ["3", "-1", "", None, True, "00000000000000000000", [0]])
def test_only_three_kinds_can_be_topped_up(state_code: object) -> None:
    assert post(signed_in(make_person()), TOP_UP, {"state_code": state_code, "number": "1"}) == {"state": "error"}


def test_each_change_stands_in_the_ledger() -> None:
    person = make_person()
    post(signed_in(person), TOP_UP, {"state_code": "2", "number": "10"})
    spend(person, Kind.VIDEOS, reason="video")
    entries = LedgerEntry.objects.order_by("id").values_list("kind", "change", "reason")
    assert list(entries) == [(2, 10, "topped up"), (2, -1, "video")]
    assert Quota.of(person.pk).videos_left == 1 + 10 - 1


def test_nothing_left_is_refused_and_changes_nothing() -> None:
    person = make_person()
    spend(person, Kind.CAMERAS, reason="camera bound")
    with pytest.raises(QuotaExhausted):
        spend(person, Kind.CAMERAS, reason="camera bound")
    assert Quota.of(person.pk).cameras_left == 0
    assert LedgerEntry.objects.count() == 1


def test_a_binding_without_quota_leaves_the_camera_free() -> None:
    root, person = make_person("root", administrator=True), make_person()
    first, second = (create_camera(root, name=name, description="").pk for name in ("a", "b"))
    browser = signed_in(person)
    assert post(browser, "/mask_detect/user_add_camera/", {"camera_id": first}) == {"state": "ok"}
    assert post(browser, "/mask_detect/user_add_camera/", {"camera_id": second}) == {"state": "no resources"}
    assert Camera.objects.get(pk=second).owner is None


def test_nobody_binds_what_somebody_else_has() -> None:
    camera = create_camera(make_person("root", administrator=True), name="a", description="")
    alice, bob = make_person("alice"), make_person("bob")
    assert post(signed_in(alice), "/mask_detect/user_add_camera/", {"camera_id": camera.pk}) == {"state": "ok"}
    assert post(signed_in(bob), "/mask_detect/user_add_camera/", {"camera_id": camera.pk}) == {"state": "error"}
    assert Camera.objects.get(pk=camera.pk).owner == alice
    assert Quota.of(bob.pk).cameras_left == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_bind_one_camera_at_once_get_it_once() -> None:
    camera = create_camera(make_person("root", administrator=True), name="a", description="")
    browsers = [signed_in(make_person(name)) for name in ("alice", "bob", "charlie", "dora")]
    answers: list[object] = []
    ready = threading.Barrier(len(browsers))

    def bind(browser: Client) -> None:
        ready.wait()
        answers.append(post(browser, "/mask_detect/user_add_camera/", {"camera_id": camera.pk})["state"])
        connection.close()

    threads = [threading.Thread(target=bind, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers)) == ["error", "error", "error", "ok"]
    assert LedgerEntry.objects.filter(kind=Kind.CAMERAS).count() == 1


class TestOnANetwork:
    pytestmark = pytest.mark.usefixtures("guarded")

    def test_a_day_has_a_cap(self) -> None:
        browser = signed_in(make_person())
        assert post(browser, TOP_UP, {"state_code": "0", "number": "60"}) == {"state": "ok"}
        assert post(browser, TOP_UP, {"state_code": "0", "number": "41"}) == {"state": "error"}
        assert post(browser, TOP_UP, {"state_code": "0", "number": "40"}) == {"state": "ok"}
        assert post(browser, TOP_UP, {"state_code": "1", "number": "100"}) == {"state": "ok"}

    def test_a_refused_top_up_changes_nothing(self) -> None:
        person = make_person()
        post(signed_in(person), TOP_UP, {"state_code": "0", "number": "101"})
        assert Quota.of(person.pk).pictures_left == 10

    def test_administrators_have_no_cap(self) -> None:
        browser = signed_in(make_person("root", administrator=True))
        assert post(browser, TOP_UP, {"state_code": "0", "number": "1000000"}) == {"state": "ok"}

    def test_it_may_be_for_administrators_alone(self, settings: Any) -> None:
        settings.QUINTET_MASKS_TOPUP = "admin"
        assert post(signed_in(make_person()), TOP_UP, {"state_code": "0", "number": "1"}) == {"state": "error"}

    def test_free_cameras_are_for_those_who_are_signed_in(self) -> None:
        assert Client().get("/mask_detect/get_user_resources/?state=0").json() == {"state": "error"}
        assert signed_in(make_person()).get("/mask_detect/get_user_resources/?state=0").json()["state"] == "ok"
