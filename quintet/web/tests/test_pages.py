"""The pages, as a browser sees them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.accounts.actions import make_administrator, register
from quintet.accounts.doors import Door
from quintet.accounts.models import Audit, Grant, Token, User
from quintet.accounts.tokens import key_for

pytestmark = pytest.mark.django_db
PASSWORD = "correct.horse"
WARD, FACES = Door("dicom", newcomer_level=0), Door("masks", newcomer_level=0)


@pytest.fixture
def alice() -> User:
    return register(FACES, username="alice", email="alice@example.com", password=PASSWORD)


@pytest.fixture
def root() -> User:
    return make_administrator("root", PASSWORD, email="root@example.com", doors={FACES: 1}, must_change=False)


def signs_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login", {"username": username, "password": password, **more})


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_the_start_says_what_this_is_in_the_readers_language(client: Client) -> None:
    chinese = client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert "五个服务" in text_of(chinese)
    assert '<html lang="zh-Hans">' in chinese.content.decode()
    english = client.get("/", headers={"Accept-Language": "fr"})
    assert "Five services" in text_of(english)
    assert '<html lang="en">' in english.content.decode()
    for name in ("masks", "annotation", "dicom", "procurement", "mocks"):
        assert f'href="/api/docs/#/{name}"' in english.content.decode()


def test_the_language_is_chosen_and_kept_in_a_cookie(client: Client) -> None:
    answer = client.post("/language", {"language": "zh-hans", "next": "/account"})
    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert client.cookies["django_language"]["httponly"]
    assert "五个服务" in text_of(client.get("/", headers={"Accept-Language": "en"}))
    assert client.post("/language", {"language": "tlh"}).status_code == 400


def test_every_page_forbids_foreign_scripts_and_keeping(client: Client) -> None:
    for answer in (client.get("/"), client.get("/account"), client.get("/login"), client.post("/language")):
        assert answer["Content-Security-Policy"].startswith("default-src 'self'; base-uri 'none'")
        assert answer["Cache-Control"] == "private, no-store"


def test_signing_in_and_out(client: Client, alice: User) -> None:
    answer = signs_in(client, "alice")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    page = client.get("/")
    assert "Signed in as alice" in text_of(page)
    assert "You are: User" in text_of(page)
    assert 'action="/login"' not in page.content.decode()
    assert client.post("/logout")["Location"] == "/"
    page = client.get("/")
    assert "You are signed out." in text_of(page)
    assert 'action="/login"' in page.content.decode()


def test_signing_in_makes_no_grant(client: Client, alice: User) -> None:
    signs_in(client, "alice")
    assert list(alice.grants.values_list("service", flat=True)) == ["masks"]


def test_on_a_network_whoever_has_an_account_may_look_after_it(client: Client, guarded: None, alice: User) -> None:
    alice.grants.all().delete()
    assert signs_in(client, "alice").status_code == 302
    assert client.get("/account").status_code == 200


def test_the_session_is_the_doors_session_as_well(client: Client, alice: User) -> None:
    signs_in(client, "alice")
    assert client.get("/mask_detect/get_user_resources/").json()["state"] == "ok"


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", "x"), ("", ""), ("a\x00", "\x00")])
def test_a_wrong_name_and_a_wrong_password_are_alike(client: Client, alice: User, username: str, password: str) -> None:
    answer = signs_in(client, username, password)
    assert answer.status_code == 401
    assert "belong together" in text_of(answer).replace("&#x27;", "'")
    assert "sessionid" not in answer.cookies


def test_what_was_typed_is_shown_again_and_cannot_break_out(client: Client) -> None:
    answer = signs_in(client, '"><script>alert(1)</script>', "x")
    assert "<script>" not in answer.content.decode()
    assert "&lt;script&gt;" in answer.content.decode()


def test_too_many_failures_must_wait(client: Client, alice: User) -> None:
    for _ in range(10):
        signs_in(client, "alice", "wrong")
    answer = signs_in(client, "alice")
    assert answer.status_code == 429
    assert answer["Retry-After"] in text_of(answer)


def test_a_disabled_account_does_not_sign_in(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    assert signs_in(client, "alice").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/account", "/account"),
        ("/people?q=a&page=2", "/people?q=a&page=2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_somebody_is_led_on_within_the_server_alone(client: Client, alice: User, wanted: str, reached: str) -> None:
    assert signs_in(client, "alice", next=wanted)["Location"] == reached


def test_whoever_must_sign_in_first_is_led_back(client: Client, alice: User) -> None:
    answer = client.get("/account?a=b")
    assert answer["Location"] == "/?next=%2Faccount%3Fa%3Db"
    page = client.get(answer["Location"])
    assert "Please sign in first." in text_of(page)
    assert 'value="/account?a=b"' in page.content.decode()


def test_an_initial_password_leads_to_ones_account(client: Client) -> None:
    register(FACES, username="newcomer", password="123456", is_initial_password=True)
    assert signs_in(client, "newcomer", "123456")["Location"] == "/account"
    assert "Please change it." in text_of(client.get("/account"))


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/language", "/account/password", "/account/everywhere", "/people/requests/1"]
)
def test_no_form_is_taken_without_its_token(alice: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path, {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 403
    assert "expired" in text_of(answer)
    assert answer["Content-Security-Policy"]
    assert client.get(path).status_code == 405


def test_a_form_with_its_token_is_taken(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/").content.decode()))
    said = {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login", said).status_code == 302
    assert client.post("/login", said, headers={"Origin": "https://elsewhere.example"}).status_code == 403


def test_ones_account_shows_who_one_is_and_what_happened(client: Client, alice: User, root: User) -> None:
    Audit.objects.bulk_create(Audit(event="account.changed", target="alice", actor=alice) for _ in range(30))
    Audit.objects.create(event="password.reset", target="alice", actor=root, ip="192.0.2.7")
    Audit.objects.create(event="account.disabled", target="somebody else", actor=root)
    signs_in(client, "alice")
    answer = client.get("/account")
    shown = text_of(answer)
    assert "alice@example.com" in shown
    assert "Masks User" in shown
    assert "Password reset" in shown
    assert "192.0.2.7" in shown
    assert "somebody else" not in shown
    assert answer.content.decode().count("<time") == 1 + 20


def changes(client: Client, *, old: str = PASSWORD, new: str = "another.horse", again: str | None = None) -> Any:
    said = {"old_password": old, "new_password": new, "new_password_again": new if again is None else again}
    return client.post("/account/password", said)


def test_a_changed_password_keeps_this_session_and_ends_all_others(client: Client, alice: User) -> None:
    elsewhere = Client()
    signs_in(client, "alice")
    signs_in(elsewhere, "alice")
    key_for(alice)
    assert changes(client)["Location"] == "/account"
    assert "Your password is changed." in text_of(client.get("/account"))
    assert elsewhere.get("/account").status_code == 302
    assert not Token.objects.exists()
    assert signs_in(Client(), "alice").status_code == 401
    assert signs_in(Client(), "alice", "another.horse").status_code == 302


@pytest.mark.parametrize(
    ("said", "status", "fault"),
    [
        ({"old": "wrong"}, 403, "not your current password"),
        ({"again": "different"}, 400, "differ"),
        ({"new": ""}, 400, "may not be empty"),
        ({"new": "x" * 1025}, 400, "too long"),
        ({"new": "nul\x00nul"}, 400, "new-password-fault"),
    ],
)
def test_a_password_that_cannot_be_is_told_beside_its_field(
    client: Client, alice: User, said: dict[str, str], status: int, fault: str
) -> None:
    signs_in(client, "alice")
    answer = changes(client, **said)
    assert answer.status_code == status
    assert fault in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert signs_in(Client(), "alice").status_code == 302


def test_on_a_network_a_weak_password_is_told_in_the_readers_language(
    client: Client, guarded: None, alice: User
) -> None:
    signs_in(client, "alice")
    client.post("/language", {"language": "zh-hans"})
    answer = changes(client, new="password1")
    assert answer.status_code == 400
    assert "这个密码太常见了。" in text_of(answer)


def test_guessing_the_old_password_is_throttled(client: Client, alice: User) -> None:
    signs_in(client, "alice")
    for _ in range(10):
        changes(client, old="wrong")
    assert changes(client).status_code == 429


def test_signing_out_everywhere_ends_every_session_and_key(client: Client, alice: User) -> None:
    elsewhere = Client()
    signs_in(client, "alice")
    signs_in(elsewhere, "alice")
    key_for(alice)
    assert client.post("/account/everywhere")["Location"] == "/"
    assert "signed out everywhere" in text_of(client.get("/"))
    assert client.get("/account").status_code == elsewhere.get("/account").status_code == 302
    assert not Token.objects.exists()


@pytest.mark.parametrize("path", ["/people", "/people/requests"])
def test_people_are_shown_to_the_servers_administrators_alone(
    client: Client, alice: User, root: User, path: str
) -> None:
    assert client.get(path).status_code == 302
    alice.grants.update(level=1)
    signs_in(client, "alice")
    answer = client.get(path)
    assert answer.status_code == 403
    assert "not for you" in text_of(answer)
    assert 'href="/people"' not in client.get("/").content.decode()
    signs_in(client, "root")
    assert client.get(path).status_code == 200


def test_people_are_found_paged_and_shown_with_what_they_are(client: Client, root: User) -> None:
    for n in range(60):
        register(WARD, username=f"doctor{n:02}", email=f"d{n:02}@example.com", password="x")
    Grant.objects.create(user=User.objects.get(username="doctor07"), service="masks", level=0, pending=1)
    signs_in(client, "root")
    with CaptureQueriesContext(connection) as captured:
        first = client.get("/people")
    assert len(captured) <= 6, "session, person, requests, count, people, grants"
    assert "61 in all" in text_of(first)
    assert "Page 1 of 3" in text_of(first)
    assert "Masks User · asks for: Administrator" in text_of(first)
    assert "doctor59" in text_of(client.get("/people?page=3"))
    assert "Page 3 of 3" in text_of(client.get("/people?page=99"))
    for page in ("0", "-1", "x", "", "9" * 40, "１"):
        assert "Page 1 of 3" in text_of(client.get("/people", {"page": page}))
    assert re.findall(r"doctor\d\d", text_of(client.get("/people?q=D12@EXAMPLE"))) == ["doctor12"]
    assert re.findall(r"doctor\d\d", text_of(client.get("/people?q=OCTOR33"))) == ["doctor33"]
    for search in ("nobody of that name", "\x00", "%", "_"):
        assert "Nobody found." in text_of(client.get("/people", {"q": search}))
    assert 'href="/people?q=doctor%26x%3D&amp;page=2"' not in client.get("/people?q=doctor%26x%3D").content.decode()
    assert 'href="/people?q=d%25&amp;page=2"' not in client.get("/people?q=d%25").content.decode()
    assert 'href="/people?q=doctor&amp;page=2"' in client.get("/people?q=doctor").content.decode()


def test_a_request_is_approved_or_refused_once(client: Client, root: User) -> None:
    for name in ("approved", "refused"):
        register(FACES, username=name, password="x", pending=1)
    signs_in(client, "root")
    assert '<span class="count">2</span>' in client.get("/").content.decode()
    for name, level in (("approved", 1), ("refused", 0)):
        grant = Grant.objects.get(user__username=name)
        decision = "approve" if level else "refuse"
        path = f"/people/requests/{grant.pk}"
        assert client.post(path, {"decision": decision})["Location"] == "/people/requests"
        grant.refresh_from_db()
        assert (grant.level, grant.pending) == (level, None)
        audited = Audit.objects.get(event=f"grant.{name}")
        assert (audited.actor, audited.target) == (root, name)
        assert audited.data == {"service": "masks", "level": 1}
        client.get("/people/requests")
        client.post(path, {"decision": "approve"})
        assert "already" in text_of(client.get("/people/requests"))
        grant.refresh_from_db()
        assert grant.level == level
    assert "Nobody is waiting." in text_of(client.get("/people/requests"))


@pytest.mark.parametrize("decision", ["", "perhaps"])
def test_a_decision_must_be_one(client: Client, root: User, decision: str) -> None:
    register(FACES, username="asking", password="x", pending=1)
    grant = Grant.objects.get(user__username="asking")
    signs_in(client, "root")
    assert client.post(f"/people/requests/{grant.pk}", {"decision": decision}).status_code == 400
    grant.refresh_from_db()
    assert grant.pending == 1


def test_nobody_approves_their_own_request(client: Client) -> None:
    register(FACES, username="asking", password=PASSWORD, pending=1)
    grant = Grant.objects.get(user__username="asking")
    signs_in(client, "asking")
    assert client.post(f"/people/requests/{grant.pk}", {"decision": "approve"}).status_code == 403
    grant.refresh_from_db()
    assert (grant.level, grant.pending) == (0, 1)


def test_what_is_missing_is_told_at_the_start(client: Client, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "nowhere.Storage"}}
    assert "The file store can&#x27;t be reached" in client.get("/").content.decode()


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x; charset=hex", "multipart/form-data", "text/plain"])
def test_what_cannot_be_read_is_refused(client: Client, kind: str) -> None:
    assert client.generic("POST", "/login", b"\xff\x00", content_type=kind).status_code in (400, 401)


def test_keyboards_reach_everything(client: Client, alice: User) -> None:
    signs_in(client, "alice")
    for path in ("/", "/account"):
        page = client.get(path).content.decode()
        assert page.index('class="skip" href="#content"') < page.index("<header")
        assert '<main id="content" tabindex="-1">' in page
        for field in re.findall(r'<input(?![^>]*type="hidden")(?![^>]*unseen)[^>]*id="([^"]+)"', page):
            assert f'<label for="{field}">' in page
    css = Path(str(finders.find("web/console.css"))).read_text(encoding="utf-8")
    assert ":focus-visible" in css
    assert "outline: none" not in css.replace("main:focus { outline: none; }", "")
