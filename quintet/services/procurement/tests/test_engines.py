"""On SQLite and on PostgreSQL, with real commits: the prepared list against plain rows, and writers that race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any, ClassVar

from django.core.files.storage import default_storage
from django.db import connections, transaction
from django.db.models import F
from rest_framework import serializers

from quintet.core import clock
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.rules import GRAIN_COMPANY, SCHOOL
from quintet.services.procurement.tests.makers import make_goods, make_period, make_person, make_picture


class PlainGoods(serializers.ModelSerializer[GoodsItem]):
    """The list as one would write it first: the price that holds is looked for goods item by goods item."""

    image = serializers.SerializerMethodField()
    price = serializers.SerializerMethodField()
    start_time = serializers.SerializerMethodField()
    end_time = serializers.SerializerMethodField()
    unit = serializers.CharField(source="unit.name")

    class Meta:
        model = GoodsItem
        fields: ClassVar[list[str]] = ["id", "name", "image", "description", "price", "start_time", "end_time", "unit"]

    def _period(self, item: GoodsItem) -> PricePeriod:
        return item.price_periods.filter(starts_at__lte=clock.now()).latest("starts_at")

    def get_image(self, item: GoodsItem) -> str | None:
        return f"http://testserver{default_storage.url(item.picture_name)}" if item.picture_name else None

    def get_price(self, item: GoodsItem) -> float:
        return float(self._period(item).price)

    def get_start_time(self, item: GoodsItem) -> str:
        return serializers.DateTimeField(format="%Y-%m-%dT%H:%M:%S.%f").to_representation(self._period(item).starts_at)

    def get_end_time(self, item: GoodsItem) -> str:
        return serializers.DateTimeField(format="%Y-%m-%dT%H:%M:%S.%f").to_representation(self._period(item).ends_at)


def test_the_list_is_what_plain_rows_say(engine: None) -> None:
    for n in range(23):
        item = make_goods(f"货 {n}", price=f"{n}.{n:02}", unit=f"unit {n % 4}", description="x" * n)
        if n % 2:
            GoodsItem.objects.filter(pk=item.pk).update(picture_name=f"goods/图 {n}.jpg")
        if n % 4 == 0:
            make_period(item, f"{100 + n}", clock.now())
        for more in range(n % 3):
            make_period(item, f"{200 + n}", clock.now() + timedelta(days=5 + more))
    person = make_person("school", SCHOOL)
    for page, size in ((1, 10), (2, 10), (3, 10), (1, 5), (4, 5), (1, 100)):
        results = person.get(f"/api/goods?page={page}&page_size={size}").json()["results"]
        plain = GoodsItem.objects.order_by("id")[(page - 1) * size : page * size]
        assert results == PlainGoods(plain, many=True).data
        assert person.get(f"/api/goods?page={page}&page_size={size}&ordering=id").json()["results"] == results


def test_schools_on_a_network_see_what_plain_rows_say(engine: None, guarded: None) -> None:
    for n in range(9):
        make_period(make_goods(f"{n}"), "2", clock.now())
    PricePeriod.objects.filter(goods_item__name__in=["0", "3", "6"]).update(
        ends_at=F("starts_at") + timedelta(microseconds=1)
    )
    person = make_person("school", SCHOOL)
    shown = [person.get(f"/api/goods?page={page}&page_size=4").json() for page in (1, 2)]
    assert [page["count"] for page in shown] == [6, 6]
    plain = GoodsItem.objects.order_by("id").exclude(name__in=["0", "3", "6"])
    assert shown[0]["results"] + shown[1]["results"] == PlainGoods(plain, many=True).data


def test_the_count_is_right_after_each_write_although_it_is_remembered(
    engine: None, django_assert_num_queries: Any
) -> None:
    grain = make_person("grain", GRAIN_COMPANY)
    unit = MeasureUnit.objects.create(name="斤")
    for n in range(1, 4):
        made = grain.send("POST", "/api/goods", {"name": "a", "price": 1, "unit": unit.pk}).json()
        assert grain.get("/api/goods").json()["count"] == n
    # Remembered: who asks, and the page.
    with django_assert_num_queries(2):
        grain.get("/api/goods")
    grain.delete(f"/api/goods/{made['id']}/")
    assert grain.get("/api/goods").json()["count"] == 2


def test_inside_a_transaction_no_count_is_remembered_or_believed(engine: None) -> None:
    grain = make_person("grain", GRAIN_COMPANY)
    make_goods()
    assert grain.get("/api/goods").json()["count"] == 1
    with transaction.atomic():
        make_goods()
        assert grain.get("/api/goods").json()["count"] == 2
        transaction.set_rollback(True)
    assert grain.get("/api/goods").json()["count"] == 1


def test_files_go_once_their_rows_have_gone(engine: None) -> None:
    grain = make_person("grain", GRAIN_COMPANY)
    unit = MeasureUnit.objects.create(name="斤")
    made = grain.post("/api/goods", {"name": "a", "price": "1", "unit": unit.pk, "image": make_picture()}).json()
    assert len(default_storage.listdir("goods")[1]) == 1
    grain.delete(f"/api/goods/{made['id']}/")
    assert default_storage.listdir("goods")[1] == []


def at_once(*asked: Callable[[], Any]) -> list[Any]:
    """All of them in threads of their own, from one moment on; their answers in order."""
    gate = Barrier(len(asked))

    def ask(what: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return what()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(ask, asked))


def test_racing_prices_leave_one_chain(engine: None) -> None:
    item = make_goods()
    people = [make_person(f"grain-{n}", GRAIN_COMPANY) for n in range(6)]
    for turn in range(3):
        prices = [
            partial(person.send, "POST", "/api/prices", {"goods": item.pk, "price": n})
            for n, person in enumerate(people[:4], start=1)
        ]
        changes = [
            partial(person.send, "PATCH", f"/api/goods/{item.pk}/", {"price": n})
            # A price that holds already would begin no period.
            for n, person in enumerate(people[4:], start=50 + 10 * turn)
        ]
        answers = at_once(*prices, *changes)
        assert [answer.status_code for answer in answers] == [201] * 4 + [200] * 2
    periods = list(item.price_periods.order_by("starts_at"))
    assert len(periods) == 1 + 6 * 3
    assert all(one.ends_at == one.effective_until == other.starts_at for one, other in pairwise(periods))
    assert PricePeriod.objects.filter(starts_at__lte=clock.now(), effective_until__gt=clock.now()).count() == 1


def test_a_unit_is_deleted_or_counted_in_but_not_both(engine: None) -> None:
    one, other = make_person("one", GRAIN_COMPANY), make_person("other", GRAIN_COMPANY)
    for n in range(5):
        unit = MeasureUnit.objects.create(name=f"unit {n}")
        made, deleted = at_once(
            partial(one.send, "POST", "/api/goods", {"name": "a", "price": 1, "unit": unit.pk}),
            partial(other.delete, f"/api/units/{unit.pk}/"),
        )
        assert (made.status_code, deleted.status_code) in {(201, 400), (400, 204)}
        assert GoodsItem.objects.filter(unit_id=unit.pk).count() == (1 if made.status_code == 201 else 0)


def test_a_name_raced_for_is_one_persons(engine: None) -> None:
    people = [make_person(f"grain-{n}", GRAIN_COMPANY) for n in range(4)]
    answers = at_once(*(partial(person.send, "POST", "/api/units", {"name": "斤"}) for person in people))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]


def test_goods_deleted_twice_at_once_are_deleted_once(engine: None) -> None:
    people = [make_person(f"grain-{n}", GRAIN_COMPANY) for n in range(3)]
    item = make_goods()
    answers = at_once(
        *(partial(person.delete, f"/api/goods/{item.pk}/") for person in people[:2]),
        partial(people[2].send, "PATCH", f"/api/goods/{item.pk}/", {"price": 5}),
    )
    assert sorted(answer.status_code for answer in answers[:2]) == [204, 404]
    assert answers[2].status_code in (200, 404)
    assert not PricePeriod.objects.exists()
