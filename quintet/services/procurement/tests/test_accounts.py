"""/api/accounts: adding, listing, changing one's password, resetting, deleting."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from quintet.accounts.actions import register
from quintet.accounts.doors import Door
from quintet.accounts.models import Audit, Grant, User
from quintet.core import clock
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.rules import GRAIN_COMPANY, SCHOOL
from quintet.services.procurement.tests.makers import Person, make_person

DICOM = Door("dicom", newcomer_level=0)


def log_in(username: str, password: str) -> Any:
    return Client().post("/api/login/", {"username": username, "password": password})


def user(username: str) -> User:
    return User.objects.get(username=username)


# -- adding


@pytest.mark.parametrize("role", [0, 1, 2, "0", "2"])
def test_a_role_is_a_number_or_a_digit(admin: Person, role: object) -> None:
    answer = admin.send("POST", "/api/accounts", {"username": "new", "role": role})
    assert (answer.status_code, answer.json()["role"]) == (201, int(str(role)))


def test_nothing_else_is_a_role(admin: Person) -> None:
    no_roles = (9, "9", 3, -1, "-1", True, False, 1.5, 2.0, "1.0", "１", "", None, [2], {"role": 2}, "admin", 1e30)
    for role in no_roles:
        answer = admin.send("POST", "/api/accounts", {"username": "new", "role": role})
        assert (answer.status_code, list(answer.json())) == (400, ["role"]), role
    assert not User.objects.filter(username="new").exists()


def test_a_name_nobody_can_have_is_refused(admin: Person) -> None:
    for username in ("", " ", "a\x00b", "a@b.example", " led", "a\nb", "x" * 151, 5, None, ["a"], "ROOT"):
        answer = admin.send("POST", "/api/accounts", {"username": username, "role": 2})
        assert (answer.status_code, list(answer.json())) == (400, ["username"]), username


def test_what_else_is_in_the_body_gives_no_rights(admin: Person) -> None:
    body = {"username": "new", "role": 2, "is_superuser": True, "is_admin": True, "level": 9, "password": "mine"}
    assert admin.send("POST", "/api/accounts", body).status_code == 201
    assert not user("new").is_superuser
    assert Grant.objects.get(user=user("new")).level == SCHOOL
    assert log_in("new", "mine").status_code == 401
    assert log_in("new", "123456").status_code == 200


def test_an_account_added_here_opens_no_other_service(admin: Person, guarded: None) -> None:
    admin.send("POST", "/api/accounts", {"username": "new", "role": 0})
    assert list(user("new").grants.values_list("service", flat=True)) == ["procurement"]


# -- one's own password


def test_only_the_password_is_read(school: Person) -> None:
    body = {"username": "ldzx", "password": "654321", "role": 0, "is_superuser": True, "id": 1, "is_active": False}
    assert school.send("PUT", f"/api/accounts/{school.user.pk}/", body).json()["role"] == SCHOOL
    changed = user("ldzx")
    assert (changed.is_superuser, changed.is_active) == (False, True)
    assert Grant.objects.get(user=changed).level == SCHOOL
    assert log_in("ldzx", "654321").status_code == 200


def test_whoever_chooses_the_initial_password_again_has_not_changed_it(db: None) -> None:
    school = make_person("ldzx", SCHOOL, password="123456", is_initial=True)
    answer = school.send("PUT", f"/api/accounts/{school.user.pk}/", {"username": "ldzx", "password": "123456"})
    assert answer.status_code == 200
    assert log_in("ldzx", "123456").json()["is_simple"] is True


def test_a_password_that_cannot_be_one_is_refused(school: Person) -> None:
    for password in ("", None, 5, ["a"], "x" * 2000, "a\x00b"):
        answer = school.send("PUT", f"/api/accounts/{school.user.pk}/", {"username": "ldzx", "password": password})
        assert (answer.status_code, list(answer.json())) == (400, ["password"]), password
    assert log_in("ldzx", "own-Password-1").status_code == 200


def test_whether_another_account_exists_is_not_told(school: Person, grain: Person) -> None:
    body = {"username": "liangyou", "password": "654321"}
    answers = [school.send("PUT", f"/api/accounts/{id_}/", body).status_code for id_ in (grain.user.pk, 999_999)]
    assert answers == [403, 403]
    assert log_in("liangyou", "654321").status_code == 401


# -- on a network


def test_with_the_initial_password_one_may_only_change_it(db: None, guarded: None) -> None:
    grain = make_person("liangyou", GRAIN_COMPANY, password="123456", is_initial=True)
    for verb, path in [("GET", "/api/goods"), ("POST", "/api/goods"), ("GET", "/api/units"), ("GET", "/api/accounts")]:
        answer = grain.send(verb, path)
        assert (answer.status_code, answer.json()) == (403, {"detail": "The initial password must be changed first."})
    own = f"/api/accounts/{grain.user.pk}/"
    assert grain.send("PUT", own, {"username": "liangyou", "password": "123456"}).status_code == 400
    assert grain.send("PUT", own, {"username": "liangyou", "password": "unusual-words-7"}).status_code == 200
    access = log_in("liangyou", "unusual-words-7").json()["access"]
    assert Client(headers={"Authorization": f"Bearer {access}"}).get("/api/goods").status_code == 200


def test_on_loopback_it_only_tells(db: None) -> None:
    school = make_person("ldzx", SCHOOL, password="123456", is_initial=True)
    assert school.get("/api/goods").status_code == 200


def test_an_unused_initial_password_expires(admin: Person, guarded: None) -> None:
    admin.send("POST", "/api/accounts", {"username": "new", "role": 2})
    assert log_in("new", "123456").status_code == 200
    User.objects.filter(username="new").update(initial_password_expires_at=clock.now() - timedelta(seconds=1))
    assert log_in("new", "123456").status_code == 401


# -- resetting


def test_a_reset_gives_back_the_initial_password_and_ends_every_token(admin: Person, school: Person) -> None:
    answer = admin.send("PATCH", f"/api/accounts/{school.user.pk}", {"username": "ldzx", "password": "mine"})
    assert answer.json() == {"id": school.user.pk, "username": "ldzx", "is_active": True, "role": 2}
    assert school.get("/api/goods").status_code == 401
    assert log_in("ldzx", "123456").json()["is_simple"] is True
    assert Audit.objects.filter(event="password.reset", actor=admin.user, target="ldzx").exists()


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_accounts_of_other_services_are_not_revealed(admin: Person, verb: str) -> None:
    doctor = register(DICOM, username="doctor", password="own-Password-1")
    answer = admin.send(verb, f"/api/accounts/{doctor.pk}/", {"username": "doctor"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    doctor.refresh_from_db()
    assert (doctor.is_active, doctor.epoch) == (True, 0)


@pytest.mark.parametrize(("exposure", "status"), [("loopback", 200), ("network", 403)])
def test_a_shared_account_is_reset_on_loopback_alone(
    admin: Person, school: Person, settings: Any, exposure: str, status: int
) -> None:
    Grant.objects.create(user=school.user, service="dicom", level=0)
    settings.QUINTET_EXPOSURE = exposure
    assert admin.send("PATCH", f"/api/accounts/{school.user.pk}/", {"username": "ldzx"}).status_code == status
    assert log_in("ldzx", "own-Password-1").status_code == (401 if status == 200 else 200)


@pytest.mark.parametrize("exposure", ["loopback", "network"])
@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_a_superusers_account_is_touched_by_superusers_alone(
    admin: Person, school: Person, settings: Any, exposure: str, verb: str
) -> None:
    User.objects.filter(pk=school.user.pk).update(is_superuser=True)
    settings.QUINTET_EXPOSURE = exposure
    assert admin.send(verb, f"/api/accounts/{school.user.pk}/", {"username": "ldzx"}).status_code == 403
    assert log_in("ldzx", "own-Password-1").status_code == 200


# -- deleting


@pytest.mark.parametrize("exposure", ["loopback", "network"])
def test_a_deleted_account_enters_no_more_and_keeps_its_name(
    admin: Person, school: Person, settings: Any, exposure: str
) -> None:
    settings.QUINTET_EXPOSURE = exposure
    assert admin.send("DELETE", f"/api/accounts/{school.user.pk}/").status_code == 204
    assert school.get("/api/goods").status_code == 401
    assert log_in("ldzx", "own-Password-1").status_code == 401
    assert admin.send("POST", "/api/accounts", {"username": "ldzx", "role": 2}).status_code == 400
    assert admin.send("DELETE", f"/api/accounts/{school.user.pk}/").status_code == 204


def test_a_shared_account_only_leaves_this_service(admin: Person, school: Person, guarded: None) -> None:
    Grant.objects.create(user=school.user, service="dicom", level=0)
    assert admin.send("DELETE", f"/api/accounts/{school.user.pk}/").status_code == 204
    assert school.get("/api/goods").status_code == 401
    assert log_in("ldzx", "own-Password-1").status_code == 401
    assert user("ldzx").is_active
    assert list(user("ldzx").grants.values_list("service", flat=True)) == ["dicom"]


def test_nobody_deletes_the_account_they_ask_with(admin: Person) -> None:
    assert admin.send("DELETE", f"/api/accounts/{admin.user.pk}/").status_code == 403
    assert user("root").is_active


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_an_account_that_is_not_there_is_a_404(admin: Person, verb: str) -> None:
    for account in ("0", "999999", "9" * 18, "9" * 40, "-1", "x"):
        assert admin.send(verb, f"/api/accounts/{account}/", {"username": "x"}).status_code == 404, account


# -- listing


def test_the_list_holds_this_services_accounts_in_pages(admin: Person) -> None:
    register(DICOM, username="doctor", password="own-Password-1")
    for n in range(12):
        register(DOOR, username=f"school-{n:02}", password="x", level=SCHOOL, is_initial_password=True)
    first = admin.get("/api/accounts").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (13, 10, None)
    second = admin.get(first["next"]).json()
    names = [row["username"] for row in first["results"] + second["results"]]
    assert names == ["root", *(f"school-{n:02}" for n in range(12))]
    assert admin.get("/api/accounts?ordering=-username&page_size=1").json()["results"][0]["username"] == "school-11"
    assert admin.get("/api/accounts?search=root").json()["results"][0]["is_admin"] is True
