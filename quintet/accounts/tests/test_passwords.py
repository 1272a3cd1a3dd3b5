"""Hashing: light argon2id, older hashes upgraded, one at a time, and as much of it for a name that nobody has."""

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, identify_hasher
from django.test import Client

from quintet.accounts import actions, passwords
from quintet.accounts.actions import check_credentials, register
from quintet.accounts.models import Grant, User
from quintet.accounts.tests.hashers import CountingHasher, CrowdedHasher
from quintet.accounts.tests.people import ANNOTATION, AT, DICOM, ENTRANCES, MASKS, PASSWORD
from quintet.core.errors import TooManyAttempts, UnknownAccount, WrongCredentials

HERE = "quintet.accounts.tests.hashers"


@pytest.fixture
def counted(settings: Any) -> type[CountingHasher]:
    """Every hash is counted."""
    settings.PASSWORD_HASHERS = [f"{HERE}.CountingHasher"]
    CountingHasher.made = 0
    return CountingHasher


def hashes_of(identifier: str, password: str, *, ip: str = "192.0.2.1") -> int:
    """How many hashes a sign-in costs."""
    before = CountingHasher.made
    with suppress(WrongCredentials, TooManyAttempts):
        check_credentials(ANNOTATION, identifier=identifier, password=password, ip=ip)
    return CountingHasher.made - before


@pytest.mark.real_hashes
@pytest.mark.django_db
def test_a_password_is_stored_as_light_argon2id() -> None:
    AT["dicom"].register("vivian")
    stored = User.objects.get().password
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert AT["annotation"].enter(Client(), "vivian", PASSWORD)


@pytest.mark.real_hashes
@pytest.mark.django_db
def test_an_older_hash_is_upgraded_when_the_password_is_said() -> None:
    AT["dicom"].register("vivian")
    User.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000))
    assert not AT["dicom"].enter(Client(), "vivian", "guess")
    assert identify_hasher(User.objects.get().password).algorithm == "pbkdf2_sha256"
    client = Client()
    assert AT["dicom"].enter(client, "vivian", PASSWORD)
    assert identify_hasher(User.objects.get().password).algorithm == "argon2"
    assert client.get("/api/user/info/").json()["errno"] == 0
    assert AT["dicom"].enter(Client(), "vivian", PASSWORD)


@pytest.mark.django_db
def test_whoever_asks_for_anybody_waits_for_one_hash(counted: object, exposure: str) -> None:
    register(ANNOTATION, username="vivian", password=PASSWORD)
    gone = register(ANNOTATION, username="gone", password=PASSWORD)
    actions.disable(gone, actor=None)
    stranger = register(ANNOTATION, username="stranger", password=PASSWORD)
    Grant.objects.filter(user=stranger).update(service="dicom")
    asked = {
        "right": ("vivian", PASSWORD),
        "wrong": ("vivian", "guess"),
        "unknown": ("nobody", "guess"),
        "disabled": ("gone", PASSWORD),
        "of another door": ("stranger", PASSWORD),
        "no name": ("", "guess"),
        "a name nobody can have": ("nobody\x00", "guess"),
    }
    assert {who: hashes_of(*said) for who, said in asked.items()} == dict.fromkeys(asked, 1)


@pytest.mark.django_db
def test_a_throttled_sign_in_costs_no_hash(counted: object) -> None:
    register(ANNOTATION, username="vivian", password=PASSWORD)
    assert [hashes_of("vivian", "guess") for _ in range(12)] == [1] * 10 + [0] * 2
    assert hashes_of("vivian", PASSWORD) == 0


@pytest.mark.parametrize("entrance", [one for one in ENTRANCES if one.service != "mocks"], ids=str)
@pytest.mark.django_db
def test_every_door_hashes_once_for_known_and_unknown_alike(entrance: Any, counted: object) -> None:
    name, _ = entrance.register("vivian")
    costs = []
    for asked in (name, "nobody"):
        before = CountingHasher.made
        assert not entrance.enter(Client(), asked, "guess")
        costs.append(CountingHasher.made - before)
    assert costs == [1, 1]


def test_one_password_is_hashed_at_a_time(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{HERE}.CrowdedHasher"]
    CrowdedHasher.most = 0
    crowd = [threading.Thread(target=passwords.hashed, args=(PASSWORD,)) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert CrowdedHasher.most == 1


def test_whoever_waits_too_long_for_the_hasher_is_sent_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = [f"{HERE}.CrowdedHasher"]
    monkeypatch.setattr(CrowdedHasher, "seconds", 0.4)
    monkeypatch.setattr(passwords, "_PATIENCE_SECONDS", 0.05)
    busy = threading.Thread(target=passwords.hashed, args=(PASSWORD,))
    busy.start()
    while CrowdedHasher.inside == 0:
        pass
    try:
        with pytest.raises(TooManyAttempts):
            passwords.waste_a_hash("guess")
    finally:
        busy.join()
    assert passwords.is_password(PASSWORD, passwords.hashed(PASSWORD))[0]


@pytest.mark.django_db
def test_a_common_password_is_taken_on_loopback_and_marked() -> None:
    assert register(MASKS, username="vivian", password="123456").must_change
    assert not register(MASKS, username="wilma", password=PASSWORD).must_change


@pytest.mark.django_db
def test_an_initial_password_nobody_used_stops_working_on_a_network(guarded: None, settings: Any) -> None:
    person = register(DICOM, username="vivian", password="123456", is_initial_password=True)
    assert check_credentials(DICOM, identifier="vivian", password="123456", ip="192.0.2.1") == person
    settings.QUINTET_INITIAL_PASSWORD_HOURS = 72
    User.objects.update(initial_password_expires_at=person.date_joined)
    with pytest.raises(UnknownAccount):
        check_credentials(DICOM, identifier="vivian", password="123456", ip="192.0.2.1")
