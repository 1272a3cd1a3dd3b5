"""POST /api/user/changepwd/"""

import pytest
from django.test import Client

from quintet.accounts.models import User
from quintet.services.dicom.tests.makers import PASSWORD, info_of, signed_in, told

pytestmark = pytest.mark.django_db
NEW = "differential-diagnosis"


def change(client: Client, pwd: str = PASSWORD, new_pwd: str = NEW) -> dict[str, object]:
    return told(client.post("/api/user/changepwd/", {"pwd": pwd, "new_pwd": new_pwd}))


def login(password: str) -> tuple[Client, dict[str, object]]:
    client = Client()
    return client, told(client.post("/api/user/login/", {"username": "house", "pwd": password}))


def test_this_session_goes_on_and_others_end() -> None:
    here, (there, _) = signed_in("house"), login(PASSWORD)
    assert change(here) == {"errno": 0, "msg": "update info success"}
    assert info_of(here)["username"] == "house"
    assert told(there.get("/api/user/info/"))["errno"] == 1003


def test_the_old_password_is_worth_nothing_and_the_new_one_signs_in() -> None:
    change(signed_in("house"))
    assert login(PASSWORD)[1]["errno"] == 1002
    assert login(NEW)[1]["errno"] == 0


def test_a_wrong_password_changes_nothing() -> None:
    client, before = signed_in("house"), User.objects.get().password
    assert change(client, pwd="guess") == {"errno": 1002, "msg": "wrong password"}
    assert User.objects.get().password == before
    assert info_of(client)["username"] == "house"


def test_a_stolen_session_cannot_guess_for_long() -> None:
    client = signed_in("house")
    for _ in range(10):
        change(client, pwd="guess")
    assert change(client) == {"errno": 1002, "msg": "wrong password"}


def test_an_empty_new_password_is_named() -> None:
    assert change(signed_in("house"), new_pwd="") == {"errno": 1005, "msg": "new_pwd: This field may not be blank."}


def test_a_weak_new_password_is_named_on_a_network(guarded: None) -> None:
    answer = change(signed_in("house"), new_pwd="12345678")
    assert answer["errno"] == 1005
    assert str(answer["msg"]).startswith("new_pwd: ")
