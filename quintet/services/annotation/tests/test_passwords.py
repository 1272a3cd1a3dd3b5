"""/auth/password: change, reset, confirm"""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.accounts.models import Audit
from quintet.core.deferred.inline import run_due
from quintet.core.deferred.models import Job
from quintet.services.annotation.tests.makers import (
    PASSWORD,
    make_person,
    send,
    signed_in,
    told,
    with_cookie_of,
    with_key,
)

pytestmark = pytest.mark.django_db
NEW = "another-password"


def change(client: Client, old: str = PASSWORD, new: str = NEW) -> Any:
    said = {"old_password": old, "new_password1": new, "new_password2": new}
    return send(client, "POST", "auth/password/change", said)


def test_this_session_goes_on_and_others_end() -> None:
    make_person("alice")
    here, there = signed_in("alice"), signed_in("alice")
    assert told(change(here)) == {"detail": "New password has been saved."}
    assert here.get("/api/v1/users/self").status_code == 200
    assert there.get("/api/v1/users/self").status_code == 401
    assert signed_in("alice", NEW)


def test_changing_by_key_alone_ends_the_key_and_its_session() -> None:
    script = with_key(make_person("alice"))
    assert change(script).status_code == 200
    assert told(script.get("/api/v1/users/self")) == {"detail": "Invalid token."}
    pages = with_cookie_of(script)
    assert pages.get("/api/v1/users/self").status_code == 401


def test_guessing_the_old_password_is_counted() -> None:
    script = with_key(make_person("alice"))
    for _ in range(10):
        assert told(change(script, old="guess")) == {"old_password": ["Invalid password"]}
    assert change(script).status_code == 429


def test_a_weak_new_password_is_refused_on_a_network(guarded: None) -> None:
    answer = change(with_key(make_person("alice")), new="12345678")
    assert told(answer) == {"new_password2": ["This password is too common.", "This password is entirely numeric."]}


@pytest.fixture
def mailing(settings: Any) -> None:
    settings.QUINTET_MAIL_SERVER = "smtp://mail.example"
    settings.QUINTET_PUBLIC_ADDRESS = "https://quintet.example/"


def ask(email: str) -> Any:
    return send(Client(), "POST", "auth/password/reset", {"email": email}, Host="evil.example")


def link() -> tuple[str, str]:
    found = re.search(
        r"https://quintet\.example/auth/password/reset/confirm\?uid=([^&]+)&token=(\S+)", str(mail.outbox[0].body)
    )
    assert found, mail.outbox[0].body
    return found[1], found[2]


def confirm(uid: str, token: str, new: str = NEW, again: str = NEW) -> Any:
    said = {"uid": uid, "token": token, "new_password1": new, "new_password2": again}
    return send(Client(), "POST", "auth/password/reset/confirm", said)


def test_without_mail_nothing_is_sent_and_the_answer_is_the_same() -> None:
    make_person("alice", email="alice@pictures.example")
    assert told(ask("alice@pictures.example")) == {"detail": "Password reset e-mail has been sent."}
    assert not Job.objects.exists()


def test_whoever_has_the_link_chooses_a_new_password_once(mailing: None) -> None:
    make_person("alice", email="alice@pictures.example")
    assert told(ask("ALICE@pictures.example")) == {"detail": "Password reset e-mail has been sent."}
    run_due()
    assert mail.outbox[0].to == ["alice@pictures.example"]
    assert told(confirm(*link(), again="other")) == {"new_password2": ["The two password fields didn't match."]}
    assert told(confirm(*link())) == {"detail": "Password has been reset with the new password."}
    assert signed_in("alice", NEW)
    assert told(confirm(*link())) == {"token": ["Invalid value"]}
    assert Audit.objects.filter(event="password.changed").count() == 1


def test_a_known_and_an_unknown_address_take_the_same_way(mailing: None) -> None:
    make_person("alice", email="alice@pictures.example")
    ask("first@pictures.example")
    statements = []
    for email in ("alice@pictures.example", "nobody@pictures.example"):
        with CaptureQueriesContext(connection) as seen:
            assert told(ask(email)) == {"detail": "Password reset e-mail has been sent."}
        statements.append([query["sql"].split()[0] for query in seen])
    assert statements[0] == statements[1]
    run_due()
    assert [sent.to for sent in mail.outbox] == [["alice@pictures.example"]]


def test_nobodys_mailbox_is_filled(mailing: None) -> None:
    make_person("alice", email="alice@pictures.example")
    assert [ask("alice@pictures.example").status_code for _ in range(11)] == [200] * 10 + [429]


def test_on_a_network_only_those_of_annotation_get_a_link(mailing: None, guarded: None) -> None:
    make_person("alice", email="alice@pictures.example").grants.all().delete()
    ask("alice@pictures.example")
    run_due()
    assert mail.outbox == []


@pytest.mark.parametrize("uid", ["nobody", "MQ", "", "////", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "4pyT", "\ud7ff"])
def test_a_link_nobody_sent_is_refused(uid: str) -> None:
    answer = confirm(uid, "token")
    assert answer.status_code == 400
    assert set(told(answer)) <= {"uid", "token"}
