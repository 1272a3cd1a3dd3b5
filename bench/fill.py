"""`python -m bench.fill ours|plain`: tables, one person, and 10,000 goods with 40,000 price periods in 12 units."""

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import django

GOODS, UNITS = 10_000, 12
PERIODS_FROM_NOW = (-90, -60, -10, 20)  # days to each period's start; each holds until the next, the last 30 days
USERNAME, PASSWORD = "bench", "a-password-of-ones-own-7"


def periods(now: datetime, place: int) -> Iterator[tuple[Decimal, datetime, datetime]]:
    """(price, start, end) of one goods item, the earliest first."""
    starts = [now + timedelta(days=days, microseconds=place) for days in PERIODS_FROM_NOW]
    for n, (start, end) in enumerate(zip(starts, [*starts[1:], starts[-1] + timedelta(days=30)], strict=True)):
        yield Decimal(place * 7 % 9973 + n * 100) / 100, start, end


def fill_ours() -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from quintet.accounts.actions import register
    from quintet.services.procurement.doors import DOOR
    from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
    from quintet.services.procurement.rules import FOREVER, SCHOOL

    call_command("migrate", verbosity=0)
    register(DOOR, username=USERNAME, password=PASSWORD, level=SCHOOL)
    units = MeasureUnit.objects.bulk_create(MeasureUnit(name=f"unit {n}") for n in range(UNITS))
    goods = [
        GoodsItem(
            name=f"goods {n}", picture_name=f"goods/{n}_BDaNlVJ.jpg", description="fresh " * 8, unit=units[n % UNITS]
        )
        for n in range(GOODS)
    ]
    now, rows = timezone.now(), []
    for n, item in enumerate(GoodsItem.objects.bulk_create(goods, batch_size=500)):
        for price, start, end in periods(now, n):
            until = FOREVER if start > now else end
            rows.append(PricePeriod(goods_item=item, price=price, starts_at=start, ends_at=end, effective_until=until))
    PricePeriod.objects.bulk_create(rows, batch_size=500)


def fill_plain() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.utils import timezone

    from bench.plain_goods.models import Goods, Price, Unit

    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_user(USERNAME, password=PASSWORD)
    units = Unit.objects.bulk_create(Unit(name=f"unit {n}") for n in range(UNITS))
    goods = [
        Goods(name=f"goods {n}", image=f"goods/{n}_BDaNlVJ.jpg", description="fresh " * 8, unit=units[n % UNITS])
        for n in range(GOODS)
    ]
    now = timezone.now()
    rows = [
        Price(goods=item, price=price, start_time=start, end_time=end)
        for n, item in enumerate(Goods.objects.bulk_create(goods, batch_size=500))
        for price, start, end in periods(now, n)
    ]
    Price.objects.bulk_create(rows, batch_size=500)


if __name__ == "__main__":
    which = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = {"ours": "quintet.server.settings", "plain": "bench.plain_goods.settings"}[
        which
    ]
    django.setup()
    {"ours": fill_ours, "plain": fill_plain}[which]()
