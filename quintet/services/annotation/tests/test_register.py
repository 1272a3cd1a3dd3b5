"""POST /auth/register, and what newcomers agree to"""

from typing import Any

import pytest
from django.test import Client

from quintet.accounts.models import User
from quintet.services.annotation.conf import Agreement
from quintet.services.annotation.tests.makers import make_person, send, told

pytestmark = pytest.mark.django_db
BODY = {"username": "alice", "password1": "frame-by-frame", "password2": "frame-by-frame"}
TERMS = Agreement(name="terms", text="I accept", url="/terms", is_required=True)


def register(**said: object) -> tuple[int, Any]:
    answer = send(Client(), "POST", "auth/register", {**BODY, **said})
    return answer.status_code, told(answer)


def test_signs_in_at_once_with_key_and_cookie() -> None:
    client = Client()
    key = told(send(client, "POST", "auth/register", BODY))["key"]
    assert told(client.get("/api/v1/users/self"))["username"] == "alice"
    by_key = Client(headers={"Authorization": f"Token {key}"})
    assert told(by_key.get("/api/v1/users/self"))["groups"] == []


def test_gives_no_rights_whatever_the_body_says() -> None:
    register(is_staff=True, is_superuser=True, groups=["admin"], level=1)
    made = User.objects.get()
    assert (made.is_staff, made.is_superuser, list(made.grants.values_list("service", "level"))) == (
        False,
        False,
        [("annotation", 0)],
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"username": "a@b.example"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "\u202e"}, "username"),
        ({"username": "a\x00"}, "username"),
        ({"username": None}, "username"),
        ({"username": ["alice"]}, "username"),
        ({"email": "nobody"}, "email"),
        ({"email": "a" * 250 + "@b.example"}, "email"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"password1": "", "password2": ""}, "password1"),
        ({"confirmations": 5}, "confirmations"),
    ],
)
def test_names_the_bad_field_and_makes_nobody(said: dict[str, object], field: str) -> None:
    status, answer = register(**said)
    assert status == 400
    assert field in answer
    assert not User.objects.exists()


def test_a_weak_password_is_refused_on_a_network_in_djangos_words(guarded: None) -> None:
    status, answer = register(password1="12345678", password2="12345678")
    assert (status, answer) == (
        400,
        {"password1": ["This password is too common.", "This password is entirely numeric."]},
    )


def test_the_documents_own_weak_password_is_taken_on_loopback() -> None:
    assert register(password1="123456", password2="123456")[0] == 201


def test_a_name_that_differs_by_case_or_width_is_taken() -> None:
    make_person("alice")
    for name in ("ALICE", "ａｌｉｃｅ"):
        assert register(username=name) == (400, {"username": ["A user with that username already exists."]})


def test_an_agreement_that_is_required_must_be_confirmed(settings: Any) -> None:
    settings.QUINTET_ANNOTATION_AGREEMENTS = (TERMS,)
    refused = (400, {"non_field_errors": ["Agreement terms must be accepted"]})
    assert register() == refused
    assert register(confirmations=[{"name": "terms", "value": False}]) == refused
    assert register(confirmations=[{"name": "terms", "value": True}])[0] == 201


def test_agreements_are_shown_to_strangers(settings: Any) -> None:
    settings.QUINTET_ANNOTATION_AGREEMENTS = (TERMS,)
    shown = told(Client().get("/api/v1/restrictions/user-agreements"))
    assert shown == [{"name": "terms", "displayText": "I accept", "url": "/terms", "required": True, "value": False}]


def test_the_operators_terms_are_shown(settings: Any, tmp_path: Any) -> None:
    (tmp_path / "terms.html").write_text("<h1>条款</h1>", encoding="utf-8")
    settings.QUINTET_ANNOTATION_TERMS = str(tmp_path / "terms.html")
    answer = Client().get("/api/v1/restrictions/terms-of-use", headers={"Accept": "text/html"})
    assert answer.content.decode() == "<h1>条款</h1>"
