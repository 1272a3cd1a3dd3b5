"""Goods, the units they are counted in, and what they cost from when to when."""

from typing import ClassVar

from django.db import models


class MeasureUnit(models.Model):
    """Kilogram, box, sack."""

    id: int
    name = models.CharField(max_length=32, unique=True)


class GoodsItem(models.Model):
    """Something the grain company sells. It has a price period from the moment it exists."""

    id: int
    unit_id: int
    name = models.CharField(max_length=100)
    picture_name = models.CharField(max_length=200, blank=True, help_text="in the default storage; empty: no picture")
    description = models.TextField(blank=True)
    unit = models.ForeignKey(MeasureUnit, on_delete=models.PROTECT, related_name="goods")


class PricePeriod(models.Model):
    """A price and when it holds, half-open [starts_at, ends_at).

    effective_until   the start of the next period of the same goods item, or rules.FOREVER: what has run out is shown
                      until something newer begins, and "the price now" is one comparison instead of a sub-select
    """

    id: int
    goods_item_id: int
    goods_item = models.ForeignKey(GoodsItem, on_delete=models.CASCADE, related_name="price_periods", db_index=False)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    effective_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["goods_item", "starts_at"], name="one_price_begins_at_a_time"),
            # Two periods that both claim to be the last one, or to precede the same one, would show two prices.
            models.UniqueConstraint(fields=["goods_item", "effective_until"], name="one_price_precedes_another"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="a_price_holds_a_while"),
            models.CheckConstraint(
                condition=models.Q(effective_until__gte=models.F("ends_at")), name="a_price_ends_before_the_next"
            ),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="a_price_is_not_negative"),
        ]
