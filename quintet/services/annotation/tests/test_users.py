"""/users: who is there, and who may change whom"""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from quintet.accounts.doors import Door
from quintet.accounts.models import Grant, Token, User
from quintet.services.annotation.rules import GROUPS
from quintet.services.annotation.tests.makers import (
    make_person,
    make_superuser,
    send,
    signed_in,
    told,
    with_key,
)

pytestmark = pytest.mark.django_db
ELSEWHERE = Door("dicom", newcomer_level=0)


def patch(by: User, of: User, said: object) -> Any:
    return send(with_key(by), "PATCH", f"users/{of.pk}", said)


def delete(by: User, of: User) -> int:
    status: int = with_key(by).delete(f"/api/v1/users/{of.pk}").status_code
    return status


def serve_elsewhere(user: User) -> User:
    Grant.objects.create(user=user, service="dicom", level=0)
    return user


def test_the_groups_of_cvat_are_there() -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(GROUPS)


def test_the_list_is_in_full_for_administrators_and_short_for_others() -> None:
    alice, boss = make_person("alice", email="alice@pictures.example"), make_person("boss", is_administrator=True)
    basic = {"url", "id", "username", "first_name", "last_name"}
    short, full = (told(with_key(by).get("/api/v1/users"))["results"] for by in (alice, boss))
    assert {frozenset(row) for row in short} == {frozenset(basic)}
    assert [(row["username"], row["email"], row["groups"]) for row in full] == [
        ("alice", "alice@pictures.example", []),
        ("boss", "", ["admin"]),
    ]


def test_the_list_takes_as_many_statements_for_many_as_for_one(django_assert_num_queries: Any) -> None:
    boss = make_person("boss", is_administrator=True)
    observers = Group.objects.get(name="observer")
    for number in range(12):
        make_person(f"person{number}").groups.add(observers)
    script = with_key(boss)
    script.get("/api/v1/users")
    # Who asks (2), how many there are, who they are, their groups.
    with django_assert_num_queries(5):
        assert len(told(script.get("/api/v1/users?page_size=all"))["results"]) == 13


def test_the_list_is_paged_as_rest_framework_pages() -> None:
    people = [make_person(f"person{number:02}") for number in range(12)]
    script = with_key(people[0])
    first = told(script.get("/api/v1/users"))
    assert (first["count"], len(first["results"]), first["previous"]) == (12, 10, None)
    assert first["next"] == "http://testserver/api/v1/users?page=2"
    assert len(told(script.get("/api/v1/users?page=2&page_size=5&?id=undefined"))["results"]) == 5
    assert len(told(script.get("/api/v1/users?page_size=nonsense"))["results"]) == 10
    assert script.get("/api/v1/users?page=2&page_size=all").status_code == 404
    assert len(told(script.get("/api/v1/users?page_size=all"))["results"]) == 12


def test_people_of_other_services_are_not_revealed() -> None:
    alice, stranger = make_person("alice"), make_person("stranger")
    stranger.grants.update(service="dicom")
    script = with_key(alice)
    assert [row["username"] for row in told(script.get("/api/v1/users"))["results"]] == ["alice"]
    assert script.get(f"/api/v1/users/{stranger.pk}").status_code == 404


@pytest.mark.parametrize("path", ["users/0", "users/x", "users/-1", "users/1.0", f"users/{'9' * 30}", "users/1/"])
def test_a_number_nobody_has_is_not_found(path: str) -> None:
    answer = with_key(make_person("alice")).get(f"/api/v1/{path}")
    assert (answer.status_code, told(answer)) == (404, {"detail": "Not found."})


def test_a_superuser_is_an_administrator_whatever_the_grant_says() -> None:
    root = make_superuser("root")
    root.grants.update(level=0)
    shown = told(with_key(root).get("/api/v1/users/self"))
    assert (shown["groups"], shown["is_staff"], shown["is_superuser"]) == (["admin"], True, True)


def test_somebody_changes_a_little_of_themselves() -> None:
    alice = make_person("alice")
    answer = told(patch(alice, alice, {"username": "alicia", "last_name": "", "id": 7, "url": "x"}))
    assert answer["username"] == "alicia"
    assert set(answer) == {"url", "id", "username", "first_name", "last_name"}


@pytest.mark.parametrize("key", ["is_staff", "is_superuser", "groups"])
def test_nobody_gives_themselves_rights(key: str) -> None:
    alice = make_person("alice")
    answer = patch(alice, alice, {key: True, "first_name": "Alice"})
    words = f"You do not have permissions to access some of these fields: {{'{key}'}}"
    assert (answer.status_code, told(answer)) == (400, {"non_field_errors": [words]})
    alice.refresh_from_db()
    assert (alice.first_name, alice.is_staff, alice.is_superuser) == ("", False, False)


def test_nobody_changes_another() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    assert patch(alice, bob, {"first_name": "Bobby"}).status_code == 403
    assert patch(alice, User(pk=999_999), {"first_name": "Nobody"}).status_code == 404


def test_a_taken_name_is_refused_and_nothing_changes() -> None:
    alice = make_person("alice")
    make_person("bob")
    answer = patch(alice, alice, {"username": "BOB", "first_name": "Alice"})
    assert told(answer) == {"username": ["A user with that username already exists."]}
    alice.refresh_from_db()
    assert alice.first_name == ""


def test_an_administrator_sets_groups_and_one_of_them_makes_an_administrator() -> None:
    boss, alice = make_person("boss", is_administrator=True), make_person("alice")
    for said in (["observer", "admin"], ["admin", "observer"]):
        assert told(patch(boss, alice, {"groups": said}))["groups"] == said, "as they were said"
    assert told(with_key(boss).get(f"/api/v1/users/{alice.pk}"))["groups"] == ["admin", "observer"]
    assert alice.grants.get().level == 1
    assert list(alice.groups.values_list("name", flat=True)) == ["observer"]
    assert told(patch(boss, alice, {"groups": []}))["groups"] == []
    assert alice.grants.get().level == 0
    assert told(patch(boss, alice, {"groups": ["nobles"]})) == {"groups": ["Object with name=nobles does not exist."]}


def test_unknown_keys_of_an_administrator_are_ignored() -> None:
    boss, alice = make_person("boss", is_administrator=True), make_person("alice")
    assert patch(boss, alice, {"date_joined": "2001-01-01", "password": "x", "epoch": 5}).status_code == 200
    alice.refresh_from_db()
    assert (alice.date_joined.year > 2001, alice.epoch) == (True, 0)


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_an_administrator_of_annotation_makes_no_superuser(flag: str) -> None:
    boss, alice = make_person("boss", is_administrator=True), make_person("alice")
    for target in (alice, boss):
        assert patch(boss, target, {flag: True}).status_code == 400
        target.refresh_from_db()
        assert not getattr(target, flag)
    assert patch(boss, alice, {flag: False}).status_code == 200


def test_a_superuser_makes_a_superuser() -> None:
    alice = make_person("alice")
    assert told(patch(make_superuser(), alice, {"is_superuser": True}))["groups"] == ["admin"]


def test_an_administrator_of_annotation_changes_no_superuser() -> None:
    boss, root = make_person("boss", is_administrator=True), make_superuser()
    changes: list[dict[str, object]] = [
        {"email": "x@evil.example"},
        {"is_active": False},
        {"groups": []},
        {"username": "x"},
    ]
    for said in changes:
        assert patch(boss, root, said).status_code == 403
    assert delete(boss, root) == 403


def test_the_last_superuser_stays_one() -> None:
    root = make_superuser()
    assert patch(root, root, {"is_superuser": False}).status_code == 403
    assert patch(root, root, {"is_active": False}).status_code == 403
    make_superuser("second")
    assert patch(root, root, {"is_superuser": False}).status_code == 200


def test_who_serves_elsewhere_is_not_annotations_to_change_on_a_network(guarded: None) -> None:
    boss, doctor = make_person("boss", is_administrator=True), serve_elsewhere(make_person("doctor"))
    assert patch(boss, doctor, {"email": "boss@evil.example"}).status_code == 403
    assert patch(boss, doctor, {"is_active": False}).status_code == 403
    assert told(patch(boss, doctor, {"groups": ["user"], "username": "doctor"}))["groups"] == ["user"]


def test_who_serves_elsewhere_may_be_changed_on_loopback_and_by_setting(settings: Any) -> None:
    boss, doctor = make_person("boss", is_administrator=True), serve_elsewhere(make_person("doctor"))
    assert patch(boss, doctor, {"first_name": "Gregory"}).status_code == 200
    settings.QUINTET_ANNOTATION_SHARED_ACCOUNTS = "guarded"
    assert patch(boss, doctor, {"first_name": "Greg"}).status_code == 403


def test_a_disabled_account_enters_nowhere_until_it_is_enabled() -> None:
    boss, alice = make_person("boss", is_administrator=True), make_person("alice")
    script, browser = with_key(alice), signed_in("alice")
    assert told(patch(boss, alice, {"is_active": False}))["is_active"] is False
    assert script.get("/api/v1/users/self").status_code == 401
    assert browser.get("/api/v1/users/self").status_code == 401
    assert told(patch(boss, alice, {"is_active": True}))["is_active"] is True
    assert signed_in("alice")


def test_removing_erases_who_serves_nowhere_else() -> None:
    alice = make_person("alice")
    assert delete(alice, alice) == 204
    assert not User.objects.filter(username="alice").exists()
    make_person("alice")


def test_removing_leaves_the_account_of_who_serves_elsewhere() -> None:
    boss, doctor = make_person("boss", is_administrator=True), serve_elsewhere(make_person("doctor"))
    doctor.groups.add(Group.objects.get(name="observer"))
    script = with_key(doctor)
    assert delete(boss, doctor) == 204
    doctor.refresh_from_db()
    assert (doctor.is_active, list(doctor.grants.values_list("service", flat=True))) == (True, ["dicom"])
    assert not doctor.groups.exists()
    assert not Token.objects.filter(user=doctor).exists()
    assert script.get("/api/v1/users/self").status_code == 401
    assert with_key(boss).get(f"/api/v1/users/{doctor.pk}").status_code == 404


def test_nobody_removes_another() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    assert delete(alice, bob) == 403
    assert User.objects.filter(username="bob").exists()
