"""A changed password, "log out everywhere" and a disabled account end every session, key and token at every door."""

from collections.abc import Callable

import pytest
from django.test import Client

from quintet.accounts.actions import disable, log_out_everywhere
from quintet.accounts.models import User
from quintet.accounts.tests.people import AT, INFO, PASSWORD, SELF, browser_at, told

pytestmark = pytest.mark.django_db
EMAIL = "vivian@hospital.example"


class Everywhere:
    """Somebody who is signed in at all five doors at once."""

    def __init__(self) -> None:
        AT["dicom"].register("vivian")
        self.dicom = browser_at("dicom", "vivian")
        self.dicom.post("/api/user/update/info/", {"email": EMAIL})
        self.masks = browser_at("masks", "vivian")
        self.pages = browser_at("annotation", "vivian")
        self.key = told(self._post("/api/v1/auth/login"))["key"]
        self.access = told(self._post("/api/login/"))["access"]
        self.token = told(Client().post("/v1/token", {"email": EMAIL, "password": PASSWORD}))["token"]

    def _post(self, path: str) -> object:
        return Client().post(path, {"username": "vivian", "password": PASSWORD}, content_type="application/json")

    def still_in(self) -> set[str]:
        """What still opens something."""
        bearer = {"Authorization": f"Bearer {self.access}"}
        key = {"Authorization": f"Token {self.key}"}
        token = {"Authorization": f"Bearer {self.token}"}
        mock = {"email": EMAIL, "name": "n", "json": "{}"}
        opened = {
            "dicom": told(self.dicom.get(INFO))["errno"] == 0,
            "masks": told(self.masks.get("/mask_detect/get_user_resources/"))["state"] == "ok",
            "annotation's cookie": self.pages.get(SELF).status_code == 200,
            "annotation's key": Client().get(SELF, headers=key).status_code == 200,
            "procurement": Client().get("/api/goods", headers=bearer).status_code == 200,
            "mocks": Client().post("/v1/mock", mock, headers=token).status_code == 200,
        }
        return {name for name, open_ in opened.items() if open_}


ALL = {"dicom", "masks", "annotation's cookie", "annotation's key", "procurement", "mocks"}


@pytest.fixture
def everywhere() -> Everywhere:
    """Signed in at all five doors."""
    made = Everywhere()
    assert made.still_in() == ALL
    return made


def test_a_changed_password_leaves_the_session_it_was_changed_in(everywhere: Everywhere) -> None:
    said = {"pwd": PASSWORD, "new_pwd": "another-password"}
    assert told(everywhere.dicom.post("/api/user/changepwd/", said))["errno"] == 0
    assert everywhere.still_in() == {"dicom"}


def test_a_password_changed_at_annotations_door_ends_the_others(everywhere: Everywhere) -> None:
    said = {"old_password": PASSWORD, "new_password1": "another-password", "new_password2": "another-password"}
    answer = everywhere.pages.post("/api/v1/auth/password/change", said, content_type="application/json")
    assert answer.status_code == 200
    assert everywhere.still_in() == {"annotation's cookie"}


def _log_out(user: User) -> None:
    log_out_everywhere(user, actor=user)


def _disable(user: User) -> None:
    disable(user, actor=None)


@pytest.mark.parametrize("end", [_log_out, _disable])
def test_everything_ends(everywhere: Everywhere, end: Callable[[User], None]) -> None:
    end(User.objects.get())
    assert everywhere.still_in() == set()


def test_logging_out_everywhere_leaves_the_password(everywhere: Everywhere) -> None:
    _log_out(User.objects.get())
    assert AT["annotation"].enter(Client(), "vivian", PASSWORD)


def test_a_disabled_account_enters_nowhere_and_its_name_stays_taken(everywhere: Everywhere) -> None:
    _disable(User.objects.get())
    for service in ("masks", "annotation", "dicom", "procurement"):
        assert not AT[service].enter(Client(), "vivian", PASSWORD), service
    assert not AT["mocks"].enter(Client(), EMAIL, PASSWORD)
    said = {"username": "Vivian", "pwd1": PASSWORD, "pwd2": PASSWORD}
    assert told(Client().post("/api/user/register/", said))["errno"] == 1000


def test_the_new_password_enters_and_the_old_one_does_not(everywhere: Everywhere) -> None:
    everywhere.dicom.post("/api/user/changepwd/", {"pwd": PASSWORD, "new_pwd": "another-password"})
    for service in ("masks", "annotation", "dicom", "procurement"):
        assert not AT[service].enter(Client(), "vivian", PASSWORD), service
        assert AT[service].enter(Client(), "vivian", "another-password"), service
