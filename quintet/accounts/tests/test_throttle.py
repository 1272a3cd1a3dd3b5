"""Failed sign-ins and taken names are counted (identity §6; §7, row 10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from quintet.accounts import throttle
from quintet.accounts.models import Failure
from quintet.accounts.tests.people import AT, PASSWORD, told
from quintet.core.clock import now

pytestmark = pytest.mark.django_db


def enter(name: str = "vivian", password: str = PASSWORD, *, ip: str = "192.0.2.1", forwarded_for: str = "") -> int:
    """The status of signing in at annotation: 200 in, 400 refused, 429 throttled."""
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    said = {"username": name, "password": password}
    answer = Client(REMOTE_ADDR=ip).post("/api/v1/auth/login", said, headers=headers)
    return int(answer.status_code)


def test_ten_failures_of_a_name_from_an_address_are_enough(exposure: str) -> None:
    AT["annotation"].register("vivian")
    assert {enter(password="guess") for _ in range(10)} == {400}
    assert enter() == 429
    assert enter(ip="192.0.2.2") == 200


def test_the_case_of_a_name_makes_no_second_counter() -> None:
    for _ in range(5):
        enter("vivian", "guess")
        enter("VIVIAN", "guess")
    assert enter("Vivian", "guess") == 429


def test_failures_at_one_door_count_at_the_others() -> None:
    AT["dicom"].register("vivian")
    for _ in range(10):
        Client(REMOTE_ADDR="192.0.2.1").post("/api/user/login/", {"username": "vivian", "pwd": "guess"})
    assert enter() == 429
    masks = Client(REMOTE_ADDR="192.0.2.1").post(
        "/login_register/login/", {"username": "vivian", "password": PASSWORD}, content_type="application/json"
    )
    assert told(masks) == {"state": "error", "msg": "login_error"}


def test_a_name_is_guessed_from_many_addresses(settings: Any) -> None:
    settings.QUINTET_FAILURES_PER_NAME = 5
    AT["annotation"].register("vivian")
    assert {enter(password="guess", ip=f"192.0.2.{n}") for n in range(5)} == {400}
    assert enter(ip="192.0.2.99") == 429


def test_many_names_are_guessed_from_one_address(settings: Any) -> None:
    settings.QUINTET_FAILURES_PER_IP = 5
    AT["annotation"].register("vivian")
    assert {enter(f"name{n}", "guess") for n in range(5)} == {400}
    assert enter() == 429
    assert enter(ip="192.0.2.2") == 200


def test_signing_in_begins_anew() -> None:
    AT["annotation"].register("vivian")
    for _ in range(3):
        for _ in range(9):
            enter(password="guess")
        assert enter() == 200


def test_a_window_that_has_ended_begins_anew() -> None:
    AT["annotation"].register("vivian")
    for _ in range(10):
        enter(password="guess")
    Failure.objects.update(window_ends_at=now() - timedelta(seconds=1))
    assert enter() == 200
    assert throttle.drop_ended_windows() > 0


def test_a_window_is_not_prolonged_by_failures_in_it() -> None:
    enter(password="guess")
    Failure.objects.update(window_ends_at=F("window_ends_at") - timedelta(seconds=30))
    before = set(Failure.objects.values_list("key", "window_ends_at"))
    enter(password="guess")
    assert set(Failure.objects.values_list("key", "window_ends_at")) == before


def test_what_was_mistyped_as_a_name_is_stored_nowhere() -> None:
    enter("my-secret-password", "x")
    assert "my-secret" not in str(list(Failure.objects.values()))


def test_nobody_says_another_address_for_themselves(settings: Any) -> None:
    AT["annotation"].register("vivian")
    for n in range(10):
        enter(password="guess", forwarded_for=f"198.51.100.{n}")
    assert enter(forwarded_for="198.51.100.77") == 429


def test_behind_a_trusted_proxy_its_word_counts_and_no_one_elses(settings: Any) -> None:
    settings.QUINTET_TRUSTED_PROXIES = 1
    AT["annotation"].register("vivian")
    for n in range(10):
        enter(password="guess", forwarded_for=f"203.0.113.{n}, 198.51.100.7")
    assert enter(forwarded_for="198.51.100.7") == 429
    assert enter(forwarded_for="198.51.100.7, 198.51.100.8") == 200


def register_again(service: str, ip: str = "192.0.2.1") -> Any:
    client = Client(REMOTE_ADDR=ip)
    if service == "dicom":
        return client.post("/api/user/register/", {"username": "vivian", "pwd1": PASSWORD, "pwd2": PASSWORD})
    if service == "mocks":
        return client.post("/v1/user", {"email": "vivian@mocks.example", "password": PASSWORD})
    paths = {"annotation": "/api/v1/auth/register", "masks": "/login_register/register/"}
    said = {"username": "vivian", "password": PASSWORD, "password1": PASSWORD, "password2": PASSWORD, "email": ""}
    return client.post(paths[service], said, content_type="application/json")


TAKEN = {
    "masks": {"state": "error", "msg": "msg_error"},
    "annotation": {"username": ["A user with that username already exists."]},
    "dicom": {"errno": 1000, "msg": "username has been used"},
}


@pytest.mark.parametrize("service", TAKEN)
def test_a_taken_name_is_told_under_both_exposures(service: str, exposure: str) -> None:
    AT["dicom"].register("vivian")
    assert told(register_again(service)) == TAKEN[service]


@pytest.mark.parametrize("service", ["annotation", "dicom", "mocks"])
def test_on_a_network_nobody_finds_out_many_names(service: str, guarded: None, settings: Any) -> None:
    settings.QUINTET_TAKEN_PER_IP = 3
    AT[service].register("vivian")
    first = [register_again(service).content for _ in range(3)]
    throttled = register_again(service).content
    assert throttled not in first
    assert register_again(service, ip="192.0.2.2").content == first[0]


def test_on_loopback_names_may_be_found_out() -> None:
    AT["dicom"].register("vivian")
    assert {told(register_again("dicom"))["errno"] for _ in range(40)} == {1000}
