"""Keys and signed tokens: stored nowhere, worth nothing elsewhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from quintet.accounts import jwt, key_sessions
from quintet.accounts.actions import change_password, register
from quintet.accounts.keys import derived_key
from quintet.accounts.models import Token, User
from quintet.accounts.tests.people import ANNOTATION, PASSWORD
from quintet.accounts.tokens import key_for, revoke_key, user_with_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def vivian() -> User:
    """Somebody."""
    return register(ANNOTATION, username="vivian", password=PASSWORD)


def test_the_same_key_until_it_is_revoked(vivian: User) -> None:
    key = key_for(vivian)
    assert key_for(vivian) == key
    assert key_for(vivian, name="console") != key
    revoke_key(vivian)
    assert user_with_key(key) is None
    assert key_for(vivian) != key


def test_whoever_steals_the_table_has_no_key(vivian: User) -> None:
    key = key_for(vivian)
    row = Token.objects.values().get()
    assert key not in str(row)
    assert user_with_key(row["digest"]) is None
    assert user_with_key(row["nonce"]) is None


@pytest.mark.parametrize("key", ["", "x", "0" * 40, "\x00", "\ud800", "é" * 40, "x" * 10_000])
def test_what_is_no_key(vivian: User, key: str) -> None:
    assert user_with_key(key) is None


def test_a_key_knows_its_person_in_full_with_one_statement(vivian: User, django_assert_num_queries: Any) -> None:
    key = key_for(vivian)
    user_with_key(key)
    with django_assert_num_queries(1):
        found = user_with_key(key)
    assert found == vivian
    columns = [column.attname for column in User._meta.concrete_fields]
    assert [getattr(found, name) for name in columns] == [getattr(User.objects.get(), name) for name in columns]


def test_a_disabled_account_has_no_key(vivian: User) -> None:
    key = key_for(vivian)
    User.objects.update(is_active=False)
    assert user_with_key(key) is None


def test_a_changed_password_ends_every_key(vivian: User) -> None:
    keys = [key_for(vivian), key_for(vivian, name="console")]
    change_password(vivian, "another-password", actor=vivian)
    assert [user_with_key(key) for key in keys] == [None, None]


def test_a_session_that_ran_out_or_was_ended_is_made_again(vivian: User) -> None:
    key = key_for(vivian)
    first = key_sessions.session_of_key(vivian, key)
    assert Session.objects.get().session_key == first
    Session.objects.all().delete()
    # Remembered for a minute; then looked for again.
    assert key_sessions.session_of_key(vivian, key) == first
    assert not Session.objects.exists()
    key_sessions.end_session_of_key(key)
    assert key_sessions.session_of_key(vivian, key) == first
    assert Session.objects.get().session_key == first


def test_a_token_for_one_purpose_is_none_for_another(settings: Any) -> None:
    token = jwt.signed("procurement", {"user_id": 1, "v": 0}, lifetime=timedelta(hours=1))
    claims = jwt.read("procurement", token)
    assert claims is not None
    assert (claims["user_id"], claims["v"]) == (1, 0)
    assert jwt.read("mocks", token) is None
    assert jwt.read("procurement", token + "x") is None
    assert jwt.read("procurement", "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ.") is None
    settings.SECRET_KEY = "another server's secret, long enough for a test of it"
    assert jwt.read("procurement", token) is None


def test_a_token_that_ran_out_is_none() -> None:
    assert jwt.read("procurement", jwt.signed("procurement", {}, lifetime=timedelta(seconds=-1))) is None


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({derived_key(purpose) for purpose in ("jwt.procurement", "jwt.mocks", "token")}) == 3
    assert len(derived_key("token")) == 64
