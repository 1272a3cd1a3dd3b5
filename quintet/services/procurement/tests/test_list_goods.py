"""GET /api/goods: what it shows, in which order, in how many statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quintet.core import clock
from quintet.services.procurement.models import GoodsItem
from quintet.services.procurement.tests.makers import Person, make_goods, make_period

NOON = datetime(2024, 5, 17, 4, 0, tzinfo=UTC)  # in Shanghai


def freeze(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


def test_times_are_local_with_six_digits_and_no_zone(school: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, NOON)
    make_goods()
    row = school.get("/api/goods").json()["results"][0]
    assert row["start_time"] == "2024-05-17T12:00:00.000000"
    assert row["end_time"] == "2024-06-16T12:00:00.000000"


def test_the_price_is_a_number_the_unit_a_name_and_no_picture_null(school: Person) -> None:
    make_goods(price="9.32", unit="千克")
    row = school.get("/api/goods").json()["results"][0]
    assert (row["price"], row["unit"], row["image"]) == (9.32, "千克", None)
    assert b'"price":9.32' in school.get("/api/goods").content


def test_the_last_period_that_began_is_shown_even_when_it_has_ended(
    school: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, NOON)
    item = make_goods(price="1.00")
    make_period(item, "2.00", NOON + timedelta(days=40), NOON + timedelta(days=50))
    shown = {}
    for days in (0, 35, 40, 45, 90):
        freeze(monkeypatch, NOON + timedelta(days=days))
        shown[days] = school.get(f"/api/goods/{item.pk}").json()["price"]
    assert shown == {0: 1.0, 35: 1.0, 40: 2.0, 45: 2.0, 90: 2.0}


def test_on_a_network_schools_do_not_see_what_has_run_out(
    school: Person, grain: Person, guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, clock.now())
    old, new = make_goods("旧"), make_goods("新")
    moment = clock.now() + timedelta(days=6)
    old.price_periods.update(ends_at=moment)
    freeze(monkeypatch, moment)
    assert names(school.get("/api/goods")) == names(school.get("/api/goods?ordering=name")) == ["新"]
    assert school.get("/api/goods").json()["count"] == 1
    assert school.get(f"/api/goods/{old.pk}").status_code == 404
    assert school.get(f"/api/goods/{new.pk}").status_code == 200
    assert names(grain.get("/api/goods")) == ["旧", "新"]
    assert grain.get(f"/api/goods/{old.pk}").status_code == 200


def test_pages_follow_one_another(school: Person) -> None:
    for n in range(25):
        make_goods(f"goods {n:02}")
    seen, address = [], "/api/goods?page_size=10"
    while address:
        answer = school.get(address)
        assert answer.json()["count"] == 25
        seen += names(answer)
        address = answer.json()["next"]
    assert seen == [f"goods {n:02}" for n in range(25)]
    second = school.get("/api/goods/?page=2&page_size=10").json()
    assert second["previous"] == "http://testserver/api/goods/?page_size=10"
    assert second["next"] == "http://testserver/api/goods/?page=3&page_size=10"


def test_a_page_that_is_not_there_is_a_404(school: Person) -> None:
    for n in range(3):
        make_goods(f"goods {n}")
    for page in ("0", "-1", "4", "x", "1.0", "１", "999999999999999", "9" * 40, "%00", ""):
        answer = school.get(f"/api/goods?page_size=1&page={page}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."}), page


def test_page_size_is_bounded(school: Person) -> None:
    for n in range(12):
        make_goods(f"goods {n}")
    for size, rows in (("5", 5), ("0", 10), ("-1", 10), ("x", 10), ("", 10), ("100000", 12)):
        assert len(names(school.get(f"/api/goods?page_size={size}"))) == rows, size


def test_an_empty_list_has_one_empty_page(school: Person) -> None:
    assert school.get("/api/goods?page=1").json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_every_word_of_a_search_must_be_in_name_or_description(school: Person) -> None:
    make_goods("红土豆", description="新鲜 Potato")
    make_goods("白土豆", description="冷冻")
    make_goods("100%", description="_")
    found = {
        said: names(school.get("/api/goods", {"search": said})) for said in ("土豆", "土豆 potato", "红,冷冻", "%", "_")
    }
    assert found == {
        "土豆": ["红土豆", "白土豆"],
        "土豆 potato": ["红土豆"],
        "红,冷冻": [],
        "%": ["100%"],
        "_": ["100%"],
    }


@pytest.mark.parametrize("said", ["%00", "a" * 201, "a%00b"])
def test_a_search_that_no_database_can_run_is_a_400(school: Person, said: str) -> None:
    assert school.get(f"/api/goods?search={said}").status_code == 400


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("price", ["b", "a", "c"]),
        ("-price", ["c", "a", "b"]),
        ("unit,-name", ["c", "a", "b"]),
        ("-id", ["c", "b", "a"]),
        ("goods_item__unit,nonsense", ["a", "b", "c"]),
        ("-", ["a", "b", "c"]),
    ],
)
def test_the_order_is_the_clients(school: Person, order: str, expected: list[str]) -> None:
    for name, price, unit in (("a", "2", "x"), ("b", "1", "y"), ("c", "10", "x")):
        make_goods(name, price=price, unit=unit)
    assert names(school.get("/api/goods", {"ordering": order})) == expected


def test_a_page_takes_three_statements_however_long_it_is(school: Person, django_assert_num_queries: Any) -> None:
    for n in range(30):
        make_goods(f"goods {n}", unit=f"unit {n}")
    school.get("/api/goods")
    for size in (1, 30):
        # Who asks, how many there are (not asked again within a second outside tests' transactions), and the page.
        with django_assert_num_queries(3):
            assert len(names(school.get(f"/api/goods?page_size={size}"))) == size


def test_head_and_options_are_answered(school: Person) -> None:
    assert school.head("/api/goods").status_code == 200
    assert school.options("/api/goods")["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_goods_without_any_price_are_not_there(school: Person) -> None:
    unit = make_goods("a").unit
    GoodsItem.objects.create(name="without a price", unit=unit)
    assert names(school.get("/api/goods")) == ["a"]
