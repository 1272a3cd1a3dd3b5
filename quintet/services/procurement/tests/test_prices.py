"""POST and GET /api/prices: periods that never overlap."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.services.procurement.actions import begin_price_period
from quintet.services.procurement.models import GoodsItem
from quintet.services.procurement.queries import effective_periods
from quintet.services.procurement.rules import FOREVER
from quintet.services.procurement.tests.makers import Person, make_goods

NOON = datetime(2024, 5, 17, 4, 0, tzinfo=UTC)


@pytest.fixture
def item(db: None, monkeypatch: pytest.MonkeyPatch) -> GoodsItem:
    """On sale for 1.00 from NOON, which is now."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return make_goods(price="1.00")


def is_a_chain(item: GoodsItem) -> bool:
    """No two periods overlap, and each is effective until the next begins, the last one for ever."""
    periods = list(item.price_periods.order_by("starts_at"))
    links = all(one.ends_at <= one.effective_until == other.starts_at for one, other in pairwise(periods))
    return links and periods[-1].effective_until == FOREVER


def history(item: GoodsItem) -> list[tuple[float, int, int]]:
    """(price, days from NOON to its start, to its end), the earliest first."""
    return [
        (float(period.price), (period.starts_at - NOON).days, (period.ends_at - NOON).days)
        for period in item.price_periods.order_by("starts_at")
    ]


def begin(item: GoodsItem, price: str, start: int, end: int | None = None) -> None:
    ends_at = None if end is None else NOON + timedelta(days=end)
    begin_price_period(item.pk, Decimal(price), starts_at=NOON + timedelta(days=start), ends_at=ends_at)


def test_a_new_price_cuts_the_one_that_runs_when_it_begins(item: GoodsItem) -> None:
    begin(item, "2", 10)
    assert history(item) == [(1.0, 0, 10), (2.0, 10, 40)]
    assert is_a_chain(item)


def test_a_price_that_begins_after_the_last_one_ended_leaves_a_gap_that_shows_the_old_one(item: GoodsItem) -> None:
    begin(item, "2", 60, 70)
    assert history(item) == [(1.0, 0, 30), (2.0, 60, 70)]
    assert effective_periods(NOON + timedelta(days=45), with_ended=True).get().price == 1
    assert not effective_periods(NOON + timedelta(days=45), with_ended=False).exists()


def test_without_an_end_it_holds_until_the_next_one_begins(item: GoodsItem) -> None:
    begin(item, "3", 20)
    begin(item, "2", 10)
    assert history(item) == [(1.0, 0, 10), (2.0, 10, 20), (3.0, 20, 50)]
    assert is_a_chain(item)


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [(5, 20, False), (5, 21, True), (20, 25, True), (-1, 3, True), (5, 5, True), (5, 4, True)],
)
def test_it_may_touch_a_later_one_but_not_reach_into_it(item: GoodsItem, start: int, end: int, refused: bool) -> None:
    begin(item, "3", 20)
    before = history(item)
    if refused:
        with pytest.raises(DomainError):
            begin(item, "2", start, end)
        assert history(item) == before
    else:
        begin(item, "2", start, end)
        assert history(item) == [(1.0, 0, 5), (2.0, 5, 20), (3.0, 20, 50)]
    assert is_a_chain(item)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 60)), max_size=7))
def test_whatever_is_asked_for_the_periods_stay_a_chain(item: GoodsItem, asked: list[tuple[int, int | None]]) -> None:
    again = make_goods(price="1.00")
    for start, end in asked:
        try:
            begin(again, "2", start, end)
        except DomainError:
            continue
    assert is_a_chain(again)
    assert effective_periods(NOON + timedelta(days=20), with_ended=True).filter(goods_item=again).count() == 1


# -- over HTTP


@pytest.mark.parametrize(
    "said",
    ["2024-05-18T12:00:00", "2024-05-18 12:00", "2024-05-18T04:00:00Z", "2024-05-18T12:00:00.000000+08:00"],
)
def test_times_are_local_unless_they_name_a_zone(grain: Person, item: GoodsItem, said: str) -> None:
    answer = grain.send("POST", "/api/prices", {"goods": item.pk, "price": 2, "start_time": said})
    assert (answer.status_code, answer.json()["start_time"]) == (201, "2024-05-18T12:00:00.000000")


@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_a_time_that_cannot_be_is_named(grain: Person, item: GoodsItem, field: str) -> None:
    for said in ("tomorrow", "0001-01-01", "9999-12-31T23:59:59", "2024-13-01", 5, ["a"], True, "1" * 50, "2024-05-16"):
        answer = grain.send("POST", "/api/prices", {"goods": item.pk, "price": 2, field: said})
        assert (answer.status_code, list(answer.json())) == (400, [field]), said
    assert item.price_periods.count() == 1


def test_goods_that_are_not_there_have_no_price(grain: Person, item: GoodsItem) -> None:
    for goods in (0, 999_999, "x", -1, None, True, 10**18, "9" * 25):
        answer = grain.send("POST", "/api/prices", {"goods": goods, "price": 2})
        assert (answer.status_code, list(answer.json())) == (400, ["goods"]), goods


def test_the_history_is_listed_by_goods_the_latest_first(grain: Person, item: GoodsItem) -> None:
    other = make_goods("other", price="7.00")
    begin(item, "2", 10)
    prices = [row["price"] for row in grain.get(f"/api/prices?goods={item.pk}").json()["results"]]
    assert prices == [2.0, 1.0]
    assert grain.get("/api/prices").json()["count"] == 3
    assert grain.get(f"/api/prices?goods={other.pk}&page=2").status_code == 404
    assert grain.get("/api/prices?goods=999999").json()["count"] == 0


@pytest.mark.parametrize("goods", ["x", "-1", "1.5", "9" * 30])
def test_a_filter_that_is_no_id_is_a_400(grain: Person, item: GoodsItem, goods: str) -> None:
    answer: Any = grain.get("/api/prices", {"goods": goods})
    assert (answer.status_code, list(answer.json())) == (400, ["goods"])
