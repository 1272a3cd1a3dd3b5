"""POST /v1/user, POST /v1/user/promote, DELETE /v1/user/email."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quintet.accounts.actions import register
from quintet.accounts.doors import Door
from quintet.accounts.models import Audit, User
from quintet.accounts.queries import standing
from quintet.core.errors import NotAllowed
from quintet.services.mocks import actions
from quintet.services.mocks.doors import DOOR
from quintet.services.mocks.rules import Scope, is_password, promoted
from quintet.services.mocks.tests.makers import (
    PASSWORD,
    basic,
    carrying,
    make_mock,
    make_person,
    make_root,
    says,
    scope_of,
)

pytestmark = pytest.mark.django_db
OK, FORBIDDEN, NOBODY = "ok 😆", "forbidden, not in scope 🤭", "用户不存在 🙄"
TAKEN = "sorry, problems with database, this may happen when you insert conflicted or invalid data 😷"
BAD_PASSWORD = {"password": ["密码长度应为8-32或密码包含不可用字符"]}
BAD_PROMOTION = "权限级别不在正常范围，请检查参数 😒"
WARD = Door("dicom", newcomer_level=0)


def registers(client: Client, email: object, password: object = PASSWORD) -> Any:
    return client.post("/v1/user", {"email": email, "password": password}, content_type="application/json")


def promotes(client: Client, by: User, email: str, promotion: object) -> Any:
    said = {"email": email, "promotion": promotion}
    return client.post("/v1/user/promote", said, content_type="application/json", headers=carrying(client, by))


def disables(client: Client, by: User, email: str, **more: Any) -> Any:
    return client.delete(f"/v1/user/{email}", headers=carrying(client, by), **more)


def test_a_newcomer_is_a_guest_whose_user_name_is_the_address(client: Client) -> None:
    says(registers(client, "a.lice+mock@sub-domain.example.com"), 200, OK)
    alice = User.objects.get()
    assert alice.username == alice.email == "a.lice+mock@sub-domain.example.com"
    assert scope_of(alice) == Scope.GUEST
    assert (alice.is_staff, alice.is_superuser) == (False, False)
    assert Audit.objects.get().event == "account.registered"


@pytest.mark.parametrize("other", ["alice@example.com", "ALICE@Example.com"])
def test_an_address_that_is_taken_is_the_documents_500(client: Client, other: str, caplog: Any) -> None:
    make_person("alice")
    says(registers(client, other), 500, TAKEN)
    assert User.objects.count() == 1
    assert not caplog.records


def test_so_is_an_address_that_somebody_of_another_door_has(client: Client) -> None:
    register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    says(registers(client, "doctor@example.com"), 500, TAKEN)


def test_and_the_user_name_of_somebody_whose_address_moved_on(client: Client) -> None:
    alice = make_person("alice")
    alice.email = "alice@elsewhere.example"
    alice.save(update_fields=["email"])
    says(registers(client, "alice@example.com"), 500, TAKEN)


@pytest.mark.parametrize(
    "password", ["1234567", "x" * 33, "has space", "tab\tbed", "pässwörd", "密码密码密码密码", " " * 9]
)
def test_a_password_outside_the_rule_is_refused(client: Client, password: str) -> None:
    says(registers(client, "alice@example.com", password), 400, BAD_PASSWORD)
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["12345678", "x" * 32, "!\"#$%&'()", "~}|{`_^]\\["])
def test_a_password_within_the_rule_is_taken(client: Client, password: str) -> None:
    says(registers(client, "alice@example.com", password), 200, OK)
    assert client.post("/v1/token", {"email": "alice@example.com", "password": password}).status_code == 200


def test_the_strict_characters_are_a_setting(client: Client, settings: Any) -> None:
    settings.QUINTET_MOCKS_PASSWORD_CHARACTERS = "strict"
    says(registers(client, "alice@example.com", "good-enough!"), 400, BAD_PASSWORD)
    says(registers(client, "alice@example.com", "Az09_.*&$#@"), 200, OK)


def test_every_strict_password_is_a_printable_one() -> None:
    strict = [chr(code) for code in range(0x3000) if is_password(chr(code) * 8, characters="strict")]
    printable = [chr(code) for code in range(0x3000) if is_password(chr(code) * 8, characters="printable")]
    assert set(strict) < set(printable) == {chr(code) for code in range(0x21, 0x7F)}


@pytest.mark.parametrize(
    "email", ["alice", "alice@", "@example.com", "a b@example.com", "ａlice@example.com", "x" * 250 + "@example.com", 5]
)
def test_what_is_no_address_is_refused(client: Client, email: object) -> None:
    says(registers(client, email), 400, {"email": ["邮箱格式错误"]})


def test_an_address_longer_than_a_user_name_is_refused(client: Client) -> None:
    said = f"{'x' * 64}@{'y' * 60}.{'z' * 60}.com"
    says(registers(client, said), 400, {"email": ["邮箱格式错误"]})


def test_what_is_missing_is_named(client: Client) -> None:
    says(client.post("/v1/user"), 400, {"email": ["邮箱不能为空"], "password": ["密码不能为空"]})


def test_on_a_network_a_common_password_is_refused_in_the_documents_language(client: Client, guarded: None) -> None:
    answer = registers(client, "alice@example.com", "password1")
    assert answer.status_code == 400
    assert answer.json()["msg"]["password"] == ["这个密码太常见了。"]


def test_on_a_network_an_address_that_keeps_asking_who_is_there_must_wait(client: Client, guarded: None) -> None:
    alice = make_person("alice")
    for _ in range(10):
        assert registers(client, alice.email).status_code == 500
    assert registers(client, alice.email).status_code == 429
    assert registers(client, "bob@example.com").status_code == 429
    # It locks nobody out: signing in is counted apart.
    assert client.post("/v1/token", {"email": alice.email, "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(("promotion", "scope"), [("1", 2), ("3", 0), (1, 2), ("+1", 2), ("0", 3)])
def test_a_promotion_is_subtracted(client: Client, promotion: object, scope: int) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    says(promotes(client, root, "ALICE@example.com", promotion), 200, OK)
    assert scope_of(alice) == scope


def test_a_negative_promotion_demotes(client: Client) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice", Scope.MEMBER)
    says(promotes(client, root, alice.email, "-1"), 200, OK)
    assert scope_of(alice) == Scope.GUEST
    audited = Audit.objects.filter(event="grant.set").get()
    assert (audited.actor, audited.target, audited.data) == (root, alice.username, {"service": "mocks", "level": 3})


@pytest.mark.parametrize("promotion", ["2", "4", "-1", "x", "1.0", 1.5, True, [1], "１", "1_0", "9" * 30, 2**62])
def test_a_promotion_to_nowhere_is_refused(client: Client, promotion: object) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    says(promotes(client, root, alice.email, promotion), 400, BAD_PROMOTION)
    assert scope_of(alice) == Scope.GUEST


def test_a_promotion_without_its_fields_names_them(client: Client) -> None:
    root = make_person("root", Scope.ADMINISTRATOR)
    headers = carrying(client, root)
    says(client.post("/v1/user/promote", {"email": root.email}, headers=headers), 400,
         {"promotion": ["权限提升等级数不能为空"]})  # fmt: skip
    says(client.post("/v1/user/promote", {"promotion": 1}, headers=headers), 400, {"email": ["邮箱不能为空"]})
    says(promotes(client, root, "nobody@example.com", 1), 404, NOBODY)


@pytest.mark.parametrize("scope", [Scope.MEMBER, Scope.GUEST])
def test_only_administrators_promote(client: Client, scope: Scope) -> None:
    alice = make_person("alice", scope)
    says(promotes(client, alice, alice.email, "1"), 403, FORBIDDEN)
    says(promotes(client, alice, alice.email, "nonsense"), 403, FORBIDDEN)
    assert scope_of(alice) == scope


def test_the_action_asks_as_well_whoever_calls_it() -> None:
    alice = make_person("alice", Scope.MEMBER)
    caller = standing(DOOR, alice.pk)
    assert caller is not None
    with pytest.raises(NotAllowed):
        actions.promote(caller, email=alice.email, promotion=-1, ip="")


def test_nobody_promotes_without_a_token(client: Client) -> None:
    make_person("alice")
    answer = client.post("/v1/user/promote", {"email": "alice@example.com", "promotion": 1})
    says(answer, 401, "authorization failed 👿")


@given(st.sampled_from(Scope), st.integers(-4, 4), st.sampled_from(Scope))
def test_a_promotion_never_passes_the_promoter(level: Scope, promotion: int, by: Scope) -> None:
    reached = promoted(level, promotion, by=by)
    assert reached is None or (reached >= by and reached == level - promotion)


def test_on_loopback_somebody_of_another_door_is_promoted_from_guest(client: Client) -> None:
    root = make_person("root", Scope.ADMINISTRATOR)
    doctor = register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    says(promotes(client, root, doctor.email, "2"), 400, BAD_PROMOTION)
    assert not doctor.grants.filter(service="mocks").exists(), "a refused request changes nothing"
    says(promotes(client, root, doctor.email, "1"), 200, OK)
    assert scope_of(doctor) == Scope.MEMBER


def test_on_a_network_somebody_of_another_door_is_nobody(client: Client, guarded: None) -> None:
    root = make_person("root", Scope.ADMINISTRATOR)
    doctor = register(WARD, username="doctor", email="doctor@example.com", password=PASSWORD)
    says(promotes(client, root, doctor.email, "1"), 404, NOBODY)
    says(disables(client, root, doctor.email), 404, NOBODY)


def test_an_administrator_here_is_none_in_the_console(client: Client) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    promotes(client, root, alice.email, "3")
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser) == (False, False)


def test_a_disabled_account_is_nobody_but_its_address_stays_taken_and_its_mocks_are_served(client: Client) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    headers, mock_id = carrying(client, alice), make_mock(client, alice)
    says(disables(client, root, "Alice@example.com"), 200, OK)
    says(client.post("/v1/token", {"email": alice.email, "password": PASSWORD}), 404, NOBODY)
    says(client.delete(f"/v1/mock/{mock_id}", headers=headers), 401, "authorization failed 👿")
    says(registers(client, alice.email), 500, TAKEN)
    assert client.get(f"/v1/mock/{mock_id}").content == b'{"a": 1}'
    assert len(client.get("/v1/mock/all").json()) == 1
    says(disables(client, root, alice.email), 404, NOBODY)


@pytest.mark.parametrize("where", ["path", "slash", "escaped", "query", "form", "json", "multipart"])
def test_whom_to_disable_may_be_said_in_every_way(client: Client, where: str) -> None:
    alice = make_person("alice")
    address = "alice@example.com"
    bodies: dict[str, dict[str, Any]] = {
        "form": {"data": "email=alice%40example.com", "content_type": "application/x-www-form-urlencoded"},
        "json": {"data": {"email": address}, "content_type": "application/json"},
        "multipart": {
            "data": f'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n{address}\r\n--x--\r\n',
            "content_type": "multipart/form-data; boundary=x",
        },
    }
    last = {
        "path": address,
        "slash": f"{address}/",
        "escaped": "alice%40example.com",
        "query": f"email?email={address}",
    }
    says(disables(client, alice, last.get(where, "email"), **bodies.get(where, {})), 200, OK)
    alice.refresh_from_db()
    assert not alice.is_active


def test_the_address_may_hold_a_slash(client: Client) -> None:
    assert registers(client, "a/b@example.com").status_code == 200
    answer = client.delete("/v1/user/a/b@example.com", headers=basic("a/b@example.com", PASSWORD))
    says(answer, 200, OK)


def test_whom_to_disable_must_be_said(client: Client) -> None:
    alice = make_person("alice")
    says(disables(client, alice, "email"), 400, {"email": ["邮箱不能为空"]})
    says(client.get("/v1/user/email"), 405, "method not allowed 🙅")


def test_people_disable_themselves_and_nobody_else(client: Client) -> None:
    alice, bob = make_person("alice", Scope.MEMBER), make_person("bob")
    says(disables(client, alice, bob.email), 403, FORBIDDEN)
    says(disables(client, alice, "nobody@example.com"), 403, FORBIDDEN)
    says(disables(client, alice, alice.email), 200, OK)


def test_on_a_network_an_administrator_has_no_power_over_accounts_that_serve_elsewhere(
    client: Client, guarded: None
) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    alice.grants.create(service="dicom", level=0)
    says(disables(client, root, alice.email), 403, FORBIDDEN)
    says(disables(client, root, make_root().email), 403, FORBIDDEN)
    says(disables(client, make_root(), alice.email), 200, OK)


def test_the_last_superuser_is_not_disabled(client: Client) -> None:
    root = make_root()
    says(disables(client, root, root.email), 403, FORBIDDEN)
    second = make_person("second")
    second.is_superuser = True
    second.save()
    says(disables(client, root, root.email), 200, OK)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(email=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_is_said_is_answered_in_two_keys(client: Client, email: str, password: str) -> None:
    answer = client.post("/v1/user", {"email": email, "password": password})
    assert answer.status_code in (200, 400)
    assert set(answer.json()) == {"msg", "request"}
