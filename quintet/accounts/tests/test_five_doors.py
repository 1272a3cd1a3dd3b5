"""One account, five doors (identity §7, row 7): on loopback all open, on a network only the one it was made at."""

from typing import Any

import pytest
from django.test import Client

from quintet.accounts.models import Grant, User
from quintet.accounts.tests.people import ENTRANCES, Entrance

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("made_at", ENTRANCES, ids=str)
def test_an_account_enters_where_it_was_made(made_at: Entrance, exposure: str) -> None:
    name, password = made_at.register("vivian")
    assert made_at.enter(Client(), name, password)


@pytest.mark.parametrize("made_at", ENTRANCES, ids=str)
def test_on_loopback_an_account_enters_through_every_door(made_at: Entrance) -> None:
    name, password = made_at.register("vivian")
    # Mocks knows people by their address, which those of other doors have not given.
    others = [other for other in ENTRANCES if other is not made_at and other.service != "mocks"]
    for other in others:
        assert other.enter(Client(), name, password), other
    person = User.objects.get(username=name)
    served = set(Grant.objects.filter(user=person).values_list("service", flat=True))
    assert served == {made_at.service, *(other.service for other in others)}


@pytest.mark.parametrize("made_at", ENTRANCES, ids=str)
def test_on_a_network_an_account_enters_through_no_other_door(made_at: Entrance, guarded: None) -> None:
    name, password = made_at.register("vivian")
    for other in ENTRANCES:
        if other is not made_at:
            assert not other.enter(Client(), name, password), other
    person = User.objects.get(username=name)
    assert [grant.service for grant in person.grants.all()] == [made_at.service]


def test_the_setting_goes_before_the_exposure(exposure: str, settings: Any) -> None:
    dicom, annotation = (next(one for one in ENTRANCES if one.service == name) for name in ("dicom", "annotation"))
    name, password = dicom.register("vivian")
    settings.QUINTET_ONE_ACCOUNT_OPENS_ALL = False
    assert not annotation.enter(Client(), name, password)
    settings.QUINTET_ONE_ACCOUNT_OPENS_ALL = True
    assert annotation.enter(Client(), name, password)


@pytest.mark.parametrize("made_at", ENTRANCES, ids=str)
def test_no_door_makes_anybody_staff_or_superuser(made_at: Entrance, exposure: str) -> None:
    name, _ = made_at.register("vivian")
    made = User.objects.get(username=name)
    assert (made.is_staff, made.is_superuser, made.user_permissions.exists()) == (False, False, False)


def test_an_address_told_at_one_door_opens_the_door_that_asks_for_addresses() -> None:
    client = Client()
    dicom, mocks = (next(one for one in ENTRANCES if one.service == name) for name in ("dicom", "mocks"))
    name, password = dicom.register("vivian")
    assert dicom.enter(client, name, password)
    client.post("/api/user/update/info/", {"email": "vivian@hospital.example"})
    assert mocks.enter(Client(), "VIVIAN@hospital.example", password)
    assert not dicom.enter(Client(), "vivian@hospital.example", password)
