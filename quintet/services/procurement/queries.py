"""Who is there, what is for sale and at what price. The list of goods is the hot path."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from quintet.accounts.models import User
from quintet.accounts.queries import Standing
from quintet.core.errors import NotFound
from quintet.core.prepared import PAGE, Prepared
from quintet.services.procurement import conf
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.rules import SCHOOL


class ShownGoods(NamedTuple):
    """A goods item with the period that holds now, or the last one that did."""

    id: int
    name: str
    picture_name: str
    description: str
    price: Decimal
    starts_at: datetime
    ends_at: datetime
    unit: str


_SHOWN = (
    "goods_item_id",
    "goods_item__name",
    "goods_item__picture_name",
    "goods_item__description",
    "price",
    "starts_at",
    "ends_at",
    "goods_item__unit__name",
)
# What a client may sort by, in the wire's words; the id decides between equals.
GOODS_ORDER = {
    "id": "goods_item_id",
    "name": "goods_item__name",
    "price": "price",
    "start_time": "starts_at",
    "end_time": "ends_at",
    "unit": "goods_item__unit__name",
}
ACCOUNT_ORDER = {"id": "id", "username": "username", "role": "grants__level"}


def sees_ended_prices(person: Standing) -> bool:
    """Whether goods whose price has run out are shown to this person."""
    return person.level != SCHOOL or conf.SCHOOLS_SEE_ENDED_PRICES.value


def effective_periods(now: datetime, *, with_ended: bool) -> QuerySet[PricePeriod]:
    """One period per goods item: the one that began last. `with_ended`: also where it has run out."""
    found = PricePeriod.objects.filter(starts_at__lte=now, effective_until__gt=now)
    return found if with_ended else found.filter(ends_at__gt=now)


def _page_of_goods(now: datetime, ids: QuerySet[Any, Any]) -> QuerySet[PricePeriod, tuple[Any, ...]]:
    shown = effective_periods(now, with_ended=True).filter(goods_item__in=ids)
    return shown.order_by("goods_item_id").values_list(*_SHOWN)


# The ids of the page first, in a sub-select, and the joins for those alone: a deep page costs what the first does.
_PAGE = Prepared(lambda now: _page_of_goods(now, GoodsItem.objects.order_by("id").values("id")[PAGE]), now=datetime)
_PAGE_OF_UNENDED = Prepared(
    lambda now: _page_of_goods(
        now, effective_periods(now, with_ended=False).order_by("goods_item_id").values("goods_item")[PAGE]
    ),
    now=datetime,
)


def page_of_goods(now: datetime, *, with_ended: bool, offset: int, limit: int, count: int) -> Sequence[Sequence[Any]]:
    """Rows in the columns of ShownGoods, by id; as `found_goods` without words and order gives them. None at all
    past `count`: the database would step over every row to find that out."""
    if offset >= count:
        return ()
    return (_PAGE if with_ended else _PAGE_OF_UNENDED).rows(now=now, offset=offset, limit=limit)


def found_goods(
    now: datetime, *, with_ended: bool, words: Sequence[str] = (), order: Sequence[str] = ()
) -> QuerySet[PricePeriod, tuple[Any, ...]]:
    """Rows in the columns of ShownGoods whose name or description holds every word."""
    found = effective_periods(now, with_ended=with_ended)
    for word in words:
        found = found.filter(Q(goods_item__name__icontains=word) | Q(goods_item__description__icontains=word))
    return found.order_by(*order, "goods_item_id").values_list(*_SHOWN)


def goods_item(now: datetime, goods_id: int, *, with_ended: bool = True) -> ShownGoods:
    """One goods item. Raises NotFound."""
    row = found_goods(now, with_ended=with_ended).filter(goods_item_id=goods_id).first()
    if row is None:
        raise NotFound("no such goods item")
    return ShownGoods(*row)


class _Counted:
    """How many goods there are, as this process counted them less than a second ago.

    A write in this process moves `version` on, so that the count right after it is right. Other processes' writes are
    seen a second later. Inside a transaction nothing is remembered: it may see what nobody else does.
    """

    def __init__(self) -> None:
        self._version, self._lock = 0, threading.Lock()
        self._held: dict[bool, tuple[int, float, int]] = {}

    def count(self, now: datetime, *, with_ended: bool) -> int:
        version, moment = self._version, time.monotonic()
        held = self._held.get(with_ended)
        if held is not None and held[0] == version and moment < held[1] and not connection.in_atomic_block:
            return held[2]
        counted = GoodsItem.objects.count() if with_ended else effective_periods(now, with_ended=False).count()
        if not connection.in_atomic_block:
            self._held[with_ended] = (version, moment + 1.0, counted)
        return counted

    def forget(self) -> None:
        with self._lock:
            self._version += 1


_COUNTED = _Counted()
count_goods = _COUNTED.count
# To be called when a change of goods has been committed.
forget_goods_count = _COUNTED.forget


def found_prices(goods_id: int | None) -> QuerySet[PricePeriod, tuple[Any, ...]]:
    """(id, goods item's id, price, starts_at, ends_at), the latest start first; of one goods item or of all."""
    found = PricePeriod.objects.all() if goods_id is None else PricePeriod.objects.filter(goods_item_id=goods_id)
    return found.order_by("-starts_at", "-id").values_list("id", "goods_item_id", "price", "starts_at", "ends_at")


def found_units(words: Sequence[str]) -> QuerySet[MeasureUnit, tuple[Any, ...]]:
    """(id, name) of the units whose name holds every word."""
    found = MeasureUnit.objects.all()
    for word in words:
        found = found.filter(name__icontains=word)
    return found.order_by("id").values_list("id", "name")


def measure_unit(unit_id: int) -> MeasureUnit:
    """Raises NotFound."""
    found = MeasureUnit.objects.filter(pk=unit_id).first()
    if found is None:
        raise NotFound("no such measure unit")
    return found


def found_accounts(words: Sequence[str], order: Sequence[str]) -> QuerySet[User, tuple[Any, ...]]:
    """(id, username, is_active, level, has_initial_password) of the accounts of this service."""
    found = User.objects.filter(grants__service=DOOR.service)
    for word in words:
        found = found.filter(username__icontains=word)
    return found.order_by(*order, "id").values_list(
        "id", "username", "is_active", "grants__level", "has_initial_password"
    )
