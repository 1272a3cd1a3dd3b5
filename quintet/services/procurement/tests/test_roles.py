"""Who may do what: every endpoint against every role."""

from typing import Any

import pytest

from quintet.services.procurement.models import MeasureUnit
from quintet.services.procurement.tests.makers import Person, make_goods

GOODS = {"name": "大米", "price": 5, "unit": 0}
# verb, path, body, and what grain company, bureau, school and administrator are answered.
RULES: list[tuple[str, str, dict[str, Any] | None, tuple[int, int, int, int]]] = [
    ("GET", "/api/accounts", None, (403, 403, 403, 200)),
    ("POST", "/api/accounts", {"username": "new", "role": 2}, (403, 403, 403, 201)),
    ("PATCH", "/api/accounts/0/", {"username": "x"}, (403, 403, 403, 404)),
    ("DELETE", "/api/accounts/0/", None, (403, 403, 403, 404)),
    ("GET", "/api/goods", None, (200, 200, 200, 200)),
    ("GET", "/api/goods/{goods}/", None, (200, 200, 200, 200)),
    ("POST", "/api/goods", GOODS, (201, 403, 403, 403)),
    ("PUT", "/api/goods/{goods}/", GOODS, (200, 403, 403, 403)),
    ("PATCH", "/api/goods/{goods}/", {"name": "大米"}, (200, 403, 403, 403)),
    ("DELETE", "/api/goods/{goods}/", None, (204, 403, 403, 403)),
    ("GET", "/api/prices", None, (200, 403, 403, 200)),
    ("POST", "/api/prices", {"goods": 0, "price": 1}, (201, 403, 403, 403)),
    ("GET", "/api/units", None, (200, 403, 403, 200)),
    ("POST", "/api/units", {"name": "袋"}, (201, 403, 403, 403)),
    ("GET", "/api/units/{unit}/", None, (200, 403, 403, 200)),
    ("PUT", "/api/units/{unit}/", {"name": "袋"}, (200, 403, 403, 403)),
    ("PATCH", "/api/units/{unit}/", {"name": "袋"}, (200, 403, 403, 403)),
    ("DELETE", "/api/units/{unit}/", None, (204, 403, 403, 403)),
]


@pytest.fixture
def people(grain: Person, bureau: Person, school: Person, admin: Person) -> list[Person]:
    return [grain, bureau, school, admin]


def ask(person: Person, verb: str, path: str, body: dict[str, Any] | None) -> int:
    goods, spare = make_goods(), MeasureUnit.objects.create(name=f"捆 of {person.user.username}")
    filled = dict(body or {})
    if "unit" in filled:
        filled["unit"] = spare.pk
    if "goods" in filled:
        filled["goods"] = goods.pk
    answer = person.send(verb, path.format(goods=goods.pk, unit=spare.pk), filled if body else None)
    return int(answer.status_code)


@pytest.mark.parametrize("exposure", ["loopback", "network"])
@pytest.mark.parametrize(("verb", "path", "body", "statuses"), RULES, ids=lambda said: str(said)[:24])
def test_each_role_may_do_what_the_document_says(
    people: list[Person], settings: Any, exposure: str, verb: str, path: str, body: Any, statuses: tuple[int, ...]
) -> None:
    settings.QUINTET_EXPOSURE = exposure
    assert tuple(ask(person, verb, path, body) for person in people) == statuses


def test_a_setting_lets_the_administrator_write_goods(admin: Person, settings: Any) -> None:
    settings.QUINTET_PROCUREMENT_ADMIN_WRITES_GOODS = True
    assert ask(admin, "POST", "/api/goods", GOODS) == 201


def test_nothing_is_done_for_nobody(db: None, client: Any) -> None:
    paths = ["accounts", "accounts/1", "goods", "goods/1", "prices", "units", "units/1", "goods/1/"]
    answers = {
        client.generic(verb, f"/api/{path}").status_code
        for path in paths
        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }
    assert answers == {401, 405}


@pytest.mark.parametrize("path", ["/api/goods/x", "/api/goodsx", "/api/login/x/", "/api/units/1/2", "/api/prices/1"])
def test_an_unknown_path_is_answered_in_our_words(client: Any, db: None, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
