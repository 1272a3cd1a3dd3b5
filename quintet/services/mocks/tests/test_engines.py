"""On SQLite and on PostgreSQL, with real commits: prepared queries against plain ones, and people who race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from quintet.accounts import pending
from quintet.accounts.models import Grant, User
from quintet.core.errors import NotFound
from quintet.services.mocks import queries
from quintet.services.mocks.actions import save_mock
from quintet.services.mocks.models import Mock
from quintet.services.mocks.rules import Scope
from quintet.services.mocks.tests.makers import PASSWORD, basic, make_person, scope_of


def at_once(*asked: Callable[[], Any]) -> list[Any]:
    """What each answers when all ask at the same moment."""
    ready = Barrier(len(asked))

    def ask(one: Callable[[], Any]) -> Any:
        try:
            ready.wait(timeout=20)
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(ask, asked))


def test_prepared_queries_say_what_their_querysets_say(engine: None) -> None:
    alice = make_person("alice")
    mocks = [save_mock(owner_id=alice.pk, name=f"mock {n}", text=b"%d" % n) for n in range(4)]
    rows = list(Mock.objects.order_by("id").values_list("created_at", "id", "name", "updated_at", "owner_id"))
    assert [tuple(row) for row in queries.all_mocks()] == rows
    assert [tuple(row) for row in queries.page_of_mocks(limit=2, offset=1)] == rows[1:3]
    assert queries.link(mocks[2].pk) == (b"2", mocks[2].etag)
    assert queries.account_id("ALICE@EXAMPLE.COM") == alice.pk
    for nobody in ("", "%", "alice@example.co", "a\x00"):
        assert queries.account_id(nobody) is None
    User.objects.update(is_active=False)
    assert queries.account_id(alice.email) is None


def test_a_text_comes_back_byte_for_byte_and_the_list_in_the_documents_times(engine: None) -> None:
    client, alice = Client(), make_person("alice")
    text = '{"b": 1.0,  "a": "值 😆 \\u0000"}\n'
    said = {"email": alice.email, "name": "名", "json": text}
    answer = client.post("/v1/mock", said, headers=basic(alice.email, PASSWORD))
    assert client.get(answer["Location"]).content == text.encode()
    [row] = client.get("/v1/mock/all").json()
    assert (row["name"], row["user"]) == ("名", alice.pk)
    assert row["create_time"] == row["update_time"] == Mock.objects.get().created_at.isoformat(timespec="seconds")
    assert row["create_time"].endswith("+00:00")


def test_of_two_who_register_one_address_one_has_it(engine: None) -> None:
    said = [{"email": email, "password": PASSWORD} for email in ("alice@example.com", "ALICE@example.com")]
    statuses = at_once(*(lambda one=one: Client().post("/v1/user", one).status_code for one in said))
    assert sorted(statuses) == [200, 500]
    assert User.objects.count() == Grant.objects.count() == 1


def test_of_two_who_promote_by_one_level_one_finds_no_second(engine: None) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    headers, said = basic(root.email, PASSWORD), {"email": alice.email, "promotion": 1}
    statuses = at_once(*[lambda: Client().post("/v1/user/promote", said, headers=headers).status_code] * 2)
    assert sorted(statuses) == [200, 400]
    assert scope_of(alice) == Scope.MEMBER


def test_of_two_who_delete_one_did(engine: None) -> None:
    alice = make_person("alice")
    path = f"/v1/mock/{save_mock(owner_id=alice.pk, name='n', text=b'1').pk}"
    headers = basic(alice.email, PASSWORD)
    statuses = at_once(*[lambda: Client().delete(path, headers=headers).status_code] * 2)
    assert sorted(statuses) == [200, 404]


def test_of_two_who_settle_a_request_one_decides(engine: None) -> None:
    root, alice = make_person("root", Scope.ADMINISTRATOR), make_person("alice")
    Grant.objects.filter(user=alice).update(pending=Scope.MEMBER)
    grant_id = Grant.objects.get(user=alice).pk

    def settle(approve: bool) -> bool:
        try:
            pending.settle(grant_id, approve=approve, actor=root, ip="")
        except NotFound:
            return False
        return True

    approved, refused = at_once(lambda: settle(True), lambda: settle(False))
    assert approved != refused
    assert scope_of(alice) == (Scope.MEMBER if approved else Scope.GUEST)
    with pytest.raises(NotFound):
        pending.settle(grant_id, approve=True, actor=root, ip="")
