"""Names and addresses: who may be called what (identity §2)."""

import pytest

from quintet.accounts.actions import change_details, refuse_taken, register
from quintet.accounts.errors import BadEmail, BadUsername, EmailTaken, UsernameTaken
from quintet.accounts.models import Audit, User
from quintet.accounts.tests.people import ANNOTATION, DICOM, MASKS, PASSWORD
from quintet.core.errors import BadInput

pytestmark = pytest.mark.django_db


def make(username: str = "vivian", *, email: str = "", password: str = PASSWORD) -> User:
    return register(DICOM, username=username, password=password, email=email)


@pytest.mark.parametrize("name", ["vivian", "VIVIAN", "ｖｉｖｉａｎ", "ＶＩＶＩＡＮ"])
def test_a_name_is_taken_whatever_its_case_and_width(name: str, exposure: str) -> None:
    make("vivian")
    with pytest.raises(UsernameTaken):
        make(name)
    assert User.objects.count() == 1


def test_a_name_is_stored_in_one_spelling() -> None:
    assert make("Ａdéle").username == "Adéle"  # NFKC: full width to ASCII, accents composed


def test_the_case_of_a_name_counts_when_signing_in() -> None:
    make("Vivian")
    assert User.objects.filter(username="Vivian").exists()
    assert not User.objects.filter(username="vivian").exists()


@pytest.mark.parametrize(
    "name",
    ["", " ", "a" * 151, " vivian", "vivian ", "vi\nvian", "vi\x00vian", "vi\ud800vian", "\u202enaiviv", "ﷺ" * 9],
)
def test_a_name_nobody_can_have(name: str) -> None:
    with pytest.raises(BadUsername):
        make(name)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["张薇", "o'brien", "a b", "Ωmega", "x", "a" * 150])
def test_a_name_anybody_can_have(name: str) -> None:
    assert make(name).pk


def test_a_name_with_an_at_sign_is_ones_own_address() -> None:
    with pytest.raises(BadUsername):
        make("boss@firm.example")
    with pytest.raises(BadUsername):
        make("boss@firm.example", email="other@firm.example")
    assert make("boss@firm.example", email="Boss@Firm.example").pk


def test_an_address_belongs_to_one_and_the_empty_one_to_all() -> None:
    make("vivian", email="v@firm.example")
    with pytest.raises(EmailTaken):
        make("wilma", email="V@FIRM.example")
    assert make("wilma").pk
    assert make("xenia").pk


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@firm.example", "a@firm.example\x00", "a" * 250 + "@b.example"])
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(BadEmail):
        make("vivian", email=email)


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 1025])
def test_a_password_nobody_can_have(password: str, exposure: str) -> None:
    with pytest.raises(BadInput):
        make("vivian", password=password)
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["1234567", "password1", "88888888"])
def test_a_weak_password_is_for_loopback(password: str, settings: object) -> None:
    assert make("vivian", password=password).pk
    settings.QUINTET_EXPOSURE = "network"  # type: ignore[attr-defined]
    with pytest.raises(BadInput):
        make("wilma", password=password)


def test_what_is_written_down_holds_no_password() -> None:
    make("vivian", email="v@firm.example")
    entry = Audit.objects.get()
    assert (entry.event, entry.target, entry.data) == ("account.registered", "vivian", {"service": "dicom"})
    assert PASSWORD not in str(list(Audit.objects.values()))


def test_a_door_may_say_what_is_taken_before_anything_else() -> None:
    make("vivian", email="v@firm.example")
    with pytest.raises(UsernameTaken):
        refuse_taken(username="Vivian", ip="192.0.2.1")
    with pytest.raises(EmailTaken):
        refuse_taken(email="V@firm.example", ip="192.0.2.1")
    refuse_taken(username="wilma", email="", ip="192.0.2.1")


def test_details_change_at_every_door_at_once() -> None:
    person = register(MASKS, username="vivian", password=PASSWORD)
    change_details(person, username="Ｖiv", email=" v@firm.example ", first_name="V", actor=person)
    assert (person.username, person.email, person.first_name, person.last_name) == ("Viv", "v@firm.example", "V", "")
    assert User.objects.get().email == "v@firm.example"
    assert Audit.objects.latest("pk").data == {"fields": ["email", "first_name", "username"]}


def test_what_is_as_it_was_is_no_change() -> None:
    person = register(ANNOTATION, username="vivian", password=PASSWORD, email="v@firm.example")
    entries = Audit.objects.count()
    change_details(person, username="vivian", email="v@firm.example", first_name=None, actor=person)
    assert Audit.objects.count() == entries


def test_a_refused_change_changes_nothing() -> None:
    make("wilma", email="w@firm.example")
    person = make("vivian")
    for said, refusal in (
        ({"username": "WILMA"}, UsernameTaken),
        ({"email": "W@firm.example"}, EmailTaken),
        ({"email": "nobody"}, BadEmail),
        ({"username": "x@firm.example"}, BadUsername),
    ):
        with pytest.raises(refusal):
            change_details(person, first_name="changed", actor=person, **said)
        person.refresh_from_db()
        assert (person.username, person.first_name) == ("vivian", "")


def test_one_may_recase_ones_own_name() -> None:
    person = make("vivian")
    change_details(person, username="Vivian", actor=person)
    assert User.objects.get().username == "Vivian"
