"""POST /api/user/login/ and GET /api/user/logout/"""

import pytest
from django.test import Client

from quintet.accounts.models import Grant, User
from quintet.services.dicom.tests.makers import PASSWORD, registered, signed_in, told

pytestmark = pytest.mark.django_db
WRONG = {"errno": 1002, "msg": "wrong password"}


def login(client: Client, username: str = "house", password: str = PASSWORD) -> dict[str, object]:
    return told(client.post("/api/user/login/", {"username": username, "pwd": password}))


def test_writes_down_when_somebody_signed_in_last() -> None:
    registered("house")
    login(Client())
    assert User.objects.get(username="house").last_login is not None


def test_a_disabled_account_has_a_wrong_password() -> None:
    client = signed_in("house")
    User.objects.update(is_active=False)
    assert login(Client()) == WRONG
    assert told(client.get("/api/user/info/"))["errno"] == 1003


def test_too_many_failures_are_a_wrong_password_too() -> None:
    client = registered("house")
    for _ in range(10):
        assert login(client, password="guess") == WRONG
    assert login(client) == WRONG


def test_who_signs_in_as_another_is_that_other() -> None:
    client = signed_in("house")
    registered("wilson")
    login(client, "wilson")
    assert told(client.get("/api/user/info/"))["user"]["username"] == "wilson"


def test_on_a_network_only_those_of_dicom_enter(guarded: None) -> None:
    client = signed_in("house")
    Grant.objects.all().delete()
    assert login(Client()) == WRONG
    assert told(client.get("/api/user/info/")) == {"errno": 1003, "msg": "please login first"}


def test_a_link_on_another_site_signs_nobody_out() -> None:
    client = signed_in("house")
    answer = client.get("/api/user/logout/", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, told(answer)["errno"]) == (403, 1004)
    assert told(client.get("/api/user/info/"))["errno"] == 0


def test_signing_out_ends_the_session() -> None:
    client = signed_in("house")
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert told(thief.get("/api/user/info/"))["errno"] == 0
    client.get("/api/user/logout/")
    assert told(thief.get("/api/user/info/"))["errno"] == 1003
