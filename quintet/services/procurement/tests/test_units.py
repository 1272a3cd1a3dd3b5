"""/api/units."""

import pytest

from quintet.services.procurement.models import MeasureUnit
from quintet.services.procurement.tests.makers import Person, make_goods


def test_goods_show_a_units_new_name(grain: Person) -> None:
    item = make_goods(unit="斤")
    assert grain.send("PATCH", f"/api/units/{item.unit_id}/", {"name": "公斤"}).json()["name"] == "公斤"
    assert grain.get(f"/api/goods/{item.pk}/").json()["unit"] == "公斤"


@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_a_name_that_cannot_be_one_is_refused(grain: Person, verb: str) -> None:
    unit = MeasureUnit.objects.create(name="斤")
    for name in ("", " ", None, 5, ["a"], "x" * 33, "a\x00b"):
        answer = grain.send(verb, "/api/units" if verb == "POST" else f"/api/units/{unit.pk}", {"name": name})
        assert (answer.status_code, list(answer.json())) == (400, ["name"]), name


def test_two_units_do_not_share_a_name(grain: Person) -> None:
    first = MeasureUnit.objects.create(name="斤")
    other = MeasureUnit.objects.create(name="两")
    assert grain.send("POST", "/api/units", {"name": " 斤 "}).status_code == 400
    assert grain.send("PUT", f"/api/units/{other.pk}/", {"name": "斤"}).status_code == 400
    assert grain.send("PUT", f"/api/units/{first.pk}/", {"name": "斤"}).status_code == 200


def test_a_unit_in_use_is_not_deleted(grain: Person) -> None:
    item = make_goods(unit="斤")
    assert grain.delete(f"/api/units/{item.unit_id}/").status_code == 400
    grain.delete(f"/api/goods/{item.pk}/")
    assert grain.delete(f"/api/units/{item.unit_id}/").status_code == 204
    assert grain.delete(f"/api/units/{item.unit_id}/").status_code == 404
    assert grain.send("PUT", f"/api/units/{item.unit_id}/", {"name": "x"}).status_code == 404


def test_units_are_listed_and_searched(grain: Person) -> None:
    for name in ("千克", "克", "箱"):
        MeasureUnit.objects.create(name=name)
    answer = grain.get("/api/units?search=克").json()
    assert (answer["count"], [row["name"] for row in answer["results"]]) == (2, ["千克", "克"])
