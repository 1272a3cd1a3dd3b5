"""POST /api/user/update/info/ and GET /api/user/info/"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quintet.accounts.models import User
from quintet.services.dicom.models import Profile
from quintet.services.dicom.tests.makers import info_of, registered, signed_in, told

pytestmark = pytest.mark.django_db
ALL = {"email": "h@princeton.example", "bio": "诊断科", "first_name": "Greg", "last_name": "House", "sex": "0"}


def update(client: object, **fields: object) -> dict[str, object]:
    return told(client.post("/api/user/update/info/", fields))  # type: ignore[attr-defined]


def test_what_is_told_is_read_back() -> None:
    client = signed_in("house")
    assert update(client, **ALL)["errno"] == 0
    shown = info_of(client)
    assert {name: shown[name] for name in ALL} == {**ALL, "sex": 0}


def test_an_absent_field_stays_and_an_empty_one_is_emptied() -> None:
    client = signed_in("house")
    update(client, **ALL)
    assert update(client, email="", sex="")["errno"] == 0
    shown = info_of(client)
    assert (shown["email"], shown["sex"], shown["bio"]) == ("", None, "诊断科")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("sex", "2"), ("sex", "-1"), ("sex", "true"), ("sex", "1.0"), ("sex", "１"), ("sex", "9" * 30),
        ("email", "nobody"), ("email", "a" * 250 + "@b.example"), ("first_name", "x" * 151), ("last_name", "\x00"),
        ("bio", "x" * 10_001),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_and_nothing_changes(field: str, said: str) -> None:
    client = signed_in("house")
    update(client, **ALL)
    answer = update(client, **{**ALL, "bio": "changed", field: said})
    assert answer["errno"] == 1005
    assert str(answer["msg"]).startswith(f"{field}: ")
    assert info_of(client)["bio"] == "诊断科"


def test_an_address_belongs_to_one_whatever_its_case() -> None:
    update(signed_in("wilson"), email="w@princeton.example")
    client = signed_in("house")
    answer = update(client, email="W@Princeton.example", bio="not stored")
    assert answer == {"errno": 1005, "msg": "email: somebody else has this e-mail address"}
    assert info_of(client)["bio"] == ""


def test_one_may_keep_and_recase_ones_own_address() -> None:
    client = signed_in("house")
    update(client, **ALL)
    assert update(client, email="H@princeton.example")["errno"] == 0
    assert info_of(client)["email"] == "H@princeton.example"


def test_who_is_named_by_an_address_keeps_it() -> None:
    client = registered("house")
    User.objects.update(username="h@b.example", email="h@b.example")
    client.force_login(User.objects.get())
    assert update(client, email="other@b.example")["errno"] == 1005
    assert info_of(client)["email"] == "h@b.example"


def test_a_profile_is_made_on_first_sight_of_whoever_registered_elsewhere() -> None:
    client = signed_in("house")
    assert not Profile.objects.filter(user=User.objects.get()).exists()
    assert info_of(client)["bio"] == ""
    assert Profile.objects.count() == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["email", "bio", "first_name", "last_name", "sex", "id"]),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text()),
    )
)
def test_any_json_object_is_answered_in_the_documents_shape(db: None, fields: dict[str, object]) -> None:
    User.objects.all().delete()
    client = signed_in("house")
    answer = client.post("/api/user/update/info/", fields, content_type="application/json")
    assert answer.status_code == 200
    assert told(answer)["errno"] in (0, 1005)
