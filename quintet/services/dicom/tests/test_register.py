"""POST /api/user/register/"""

import pytest
from django.test import Client

from quintet.accounts.models import User
from quintet.services.dicom.tests.makers import registered, told

pytestmark = pytest.mark.django_db


def register(**fields: str) -> dict[str, object]:
    return told(Client().post("/api/user/register/", fields))


def test_makes_an_account_that_is_nobody_special() -> None:
    registered("house")
    made = User.objects.get(username="house")
    assert (made.is_staff, made.is_superuser, made.email) == (False, False, "")
    assert list(made.grants.values_list("service", "level")) == [("dicom", 0)]


def test_a_name_that_differs_only_by_case_has_been_used() -> None:
    registered("house")
    assert register(username="House", pwd1="abc", pwd2="abc")["errno"] == 1000


def test_a_name_that_looks_the_same_has_been_used() -> None:
    registered("house")
    assert register(username="ｈｏｕｓｅ", pwd1="abc", pwd2="abc")["errno"] == 1000


@pytest.mark.parametrize("missing", ["username", "pwd1", "pwd2"])
def test_says_which_field_is_missing(missing: str) -> None:
    fields = {"username": "house", "pwd1": "abc", "pwd2": "abc"}
    del fields[missing]
    assert register(**fields) == {"errno": 1005, "msg": f"{missing}: This field is required."}
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["a@b.example", " house", "ho\x00use", "x" * 151, "new\nline", "\u202e"])
def test_refuses_a_name_nobody_can_have(name: str) -> None:
    assert register(username=name, pwd1="abc", pwd2="abc")["errno"] == 1005
    assert not User.objects.exists()


def test_an_empty_password_is_refused_by_the_field_it_came_in() -> None:
    assert register(username="house", pwd1="", pwd2="") == {"errno": 1005, "msg": "pwd1: This field may not be blank."}


def test_a_weak_password_is_refused_on_a_network(guarded: None) -> None:
    answer = register(username="house", pwd1="123456", pwd2="123456")
    assert answer["errno"] == 1005
    assert str(answer["msg"]).startswith("pwd1: This password is too short.")


def test_spaces_of_a_password_count() -> None:
    registered("house", "  spaced  ")
    client = Client()
    assert told(client.post("/api/user/login/", {"username": "house", "pwd": "spaced"}))["errno"] == 1002
    assert told(client.post("/api/user/login/", {"username": "house", "pwd": "  spaced  "}))["errno"] == 0
