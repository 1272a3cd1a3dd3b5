"""Whatever comes, annotation answers in REST framework's shapes and never with a server error."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quintet.accounts.models import User
from quintet.services.annotation.tests.makers import make_person, promote, send, signed_in, told

pytestmark = pytest.mark.django_db
POSTS = ["login", "register", "password/change", "password/reset", "password/reset/confirm", "signing", "logout"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = [
    (b"", JSON),
    (b"  ", JSON),
    (b"[1, 2]", JSON),
    (b"null", JSON),
    (b'"text"', JSON),
    (b'{"username": "\\ud800", "password": "\\ud800"}', JSON),
    (b'{"username": {}, "password": [], "url": {}, "email": 5}', JSON),
    (b"[" * 100_000, JSON),
    (b'{"username": ' + b"9" * 5000 + b"}", JSON),
    (b"\xff\xfe\x00", JSON),
    (b"username=%00&password=%00&url=%ff&uid=%ff&token=%00&email=%00", FORM),
    (b"username=a", FORM + "; charset=hex"),
    (b"username=a&url=x", FORM + "; charset=gbk"),
    (b"&".join(b"a=1" for _ in range(20_001)), FORM),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"<a/>", "text/xml"),
]


@pytest.mark.parametrize("path", POSTS)
def test_a_body_nobody_can_read_is_refused(path: str) -> None:
    make_person("alice")
    client = signed_in("alice")
    for body, kind in BODIES:
        answer = client.generic("POST", f"/api/v1/auth/{path}", body, content_type=kind)
        assert answer.status_code in (200, 400, 401, 413, 415), (path, body[:40], answer.status_code)
        told(answer)


@pytest.mark.parametrize("path", POSTS)
def test_another_sites_page_is_refused(path: str) -> None:
    answer = Client().post(f"/api/v1/auth/{path}", {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, told(answer)) == (403, {"detail": "CSRF Failed: another site's page sent this."})


def test_what_clients_of_cvat_send_passes_without_a_referer() -> None:
    make_person("alice")
    client = signed_in("alice")
    csrf = client.cookies["csrftoken"].value
    answer = client.post("/api/v1/auth/signing", {"url": "/x"}, headers={"X-CSRFToken": csrf}, secure=True)
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", [JSON, FORM])
def test_a_body_past_the_limit_is_not_taken_in(kind: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = Client().generic("POST", "/api/v1/auth/login", b" " * 101, content_type=kind)
    assert (answer.status_code, told(answer)) == (413, {"detail": "The request is too large."})


_VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.lists(st.text(), max_size=3)
_KEYS = ["username", "first_name", "last_name", "email", "groups", "is_active", "is_staff", "url", "other", ""]


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.dictionaries(st.sampled_from(_KEYS), _VALUES), by_administrator=st.booleans())
def test_any_change_is_made_or_refused(db: None, said: dict[str, object], by_administrator: bool) -> None:
    User.objects.all().delete()
    alice = make_person("alice")
    if by_administrator:
        promote(alice)
    answer = send(signed_in("alice"), "PATCH", f"users/{alice.pk}", said)
    assert answer.status_code in (200, 400)
    told(answer)


def test_words_stay_english_after_a_page_was_shown_in_chinese() -> None:
    Client().get("/admin/login/", headers={"Accept-Language": "zh-hans"})
    assert told(Client().post("/api/v1/auth/login", {"username": "alice"})) == {"password": ["This field is required."]}
