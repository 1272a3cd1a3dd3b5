"""Three tables."""

from django.db import models


class Unit(models.Model):
    name = models.CharField(max_length=32, unique=True)


class Goods(models.Model):
    name = models.CharField(max_length=100)
    image = models.ImageField(upload_to="goods/", blank=True)
    description = models.TextField(blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)


class Price(models.Model):
    goods = models.ForeignKey(Goods, on_delete=models.CASCADE, related_name="prices")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    start_time = models.DateTimeField(db_index=True)
    end_time = models.DateTimeField()
