"""What the demonstration puts in it: three people, units, a dozen goods with pictures, and what they cost of late."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageDraw

from quintet.accounts.actions import register
from quintet.accounts.models import User
from quintet.core import clock
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.rules import EDUCATION_BUREAU, FOREVER, GRAIN_COMPANY, INITIAL_PASSWORD, SCHOOL

PEOPLE = {"liangyou": GRAIN_COMPANY, "jiaotiju": EDUCATION_BUREAU, "xuexiao": SCHOOL}
UNITS = ("千克", "克", "箱", "袋", "桶", "盒", "个", "斤")
# Days from now to the start of each price, and what part of the usual price it was.
HISTORY = ((-75, "0.92"), (-45, "1.08"), (-15, "1"))


@dataclass(frozen=True)
class Sample:
    """One goods item.

    drawing   shapes on a square of 100, `kind left top right bottom colour` each, from back to front
    """

    name: str
    file: str
    description: str
    price: str
    unit: str
    background: str
    drawing: str
    next_price: str = ""


SAMPLES = (
    Sample("大米", "rice", "东北长粒香，25 千克装。", "142.00", "袋", "#e8f0e4",
           "box 28 22 72 84 #f7f3e3; box 28 22 72 34 #d9c08a; oval 40 46 60 70 #7fa65a"),
    Sample("面粉", "flour", "高筋小麦粉，10 千克装。", "46.50", "袋", "#f1ebe0",
           "box 30 20 70 84 #ffffff; box 30 58 70 84 #c9a26b; oval 42 34 58 50 #e3c98f"),
    Sample("土豆", "potato", "黄心，当日分拣。", "3.60", "千克", "#f4ead4",
           "oval 18 34 66 78 #c79a52; oval 44 26 84 62 #d8ae68; oval 32 48 37 53 #8f6a30"),
    Sample("白菜", "cabbage", "去外叶，产地直送。", "2.10", "千克", "#e6f1e1",
           "oval 26 20 74 66 #8cbf63; box 38 44 62 86 #f3f6e8; oval 36 28 64 60 #b5d98f"),
    Sample("番茄", "tomato", "沙瓤，七成熟。", "5.80", "千克", "#fbe7e2",
           "oval 20 28 80 84 #e0483a; oval 40 22 60 34 #5b9443; oval 32 40 42 50 #f08477",
           "5.40"),
    Sample("胡萝卜", "carrot", "水洗，直径 3 厘米以上。", "3.20", "千克", "#fdeedd",
           "box 44 12 56 34 #5b9443; oval 35 26 65 62 #ef8a33; oval 38 28 62 92 #ef8a33"),
    Sample("鸡蛋", "eggs", "30 枚一盒，附检疫票。", "28.80", "盒", "#efe9f3",
           "oval 16 36 48 78 #e9c7a1; oval 52 36 84 78 #e9c7a1; oval 34 24 66 66 #f2d9bd"),
    Sample("猪后腿肉", "pork", "冷鲜，去皮去骨。", "31.00", "千克", "#f9e5e6",
           "oval 16 28 84 80 #d8737b; oval 28 38 72 70 #eba0a3; oval 44 46 58 60 #fbe9e4",
           "29.80"),
    Sample("老豆腐", "tofu", "当日制作，2 千克一盒。", "9.00", "盒", "#eef0ea",
           "box 20 40 80 78 #f6efd9; box 20 34 80 44 #fffaf0; box 48 40 51 78 #e3d9bd"),
    Sample("大豆油", "oil", "一级，20 升。", "186.00", "桶", "#fbf3d8",
           "box 32 30 68 86 #e9b93a; box 42 14 58 30 #b5792c; box 32 50 68 68 #ffffff"),
    Sample("苹果", "apple", "红富士，单果 200 克。", "68.00", "箱", "#fde8e4",
           "oval 20 30 58 84 #d94a3f; oval 42 30 80 84 #d94a3f; box 48 16 53 36 #7a5230"),
    Sample("学生奶", "milk", "200 毫升，24 盒一箱。", "52.80", "箱", "#e3eef7",
           "box 32 26 68 86 #ffffff; box 32 56 68 86 #4f8fc8; box 38 16 62 28 #dbe6ef"),
)  # fmt: skip


def make_samples(administrator: User) -> None:
    """Idempotent: people and units by name; goods only where there are none at all."""
    for username, role in PEOPLE.items():
        if not User.objects.filter(username__iexact=username).exists():
            password = INITIAL_PASSWORD
            register(
                DOOR, username=username, password=password, level=role, is_initial_password=True, actor=administrator
            )
    units = {name: MeasureUnit.objects.get_or_create(name=name)[0] for name in UNITS}
    if not GoodsItem.objects.exists():
        now = clock.now().replace(minute=0, second=0, microsecond=0)
        for sample in SAMPLES:
            with transaction.atomic():
                _make_goods(sample, units[sample.unit], now)


def _make_goods(sample: Sample, unit: MeasureUnit, now: datetime) -> None:
    picture_name = default_storage.save(f"goods/demo-{sample.file}.png", ContentFile(draw(sample)))
    item = GoodsItem.objects.create(
        name=sample.name, description=sample.description, unit=unit, picture_name=picture_name
    )
    prices = [(days, round(Decimal(sample.price) * Decimal(part), 1)) for days, part in HISTORY]
    if sample.next_price:
        prices.append((15, Decimal(sample.next_price)))
    starts = [now + timedelta(days=days) for days, _ in prices]
    until = [*starts[1:], FOREVER]
    PricePeriod.objects.bulk_create(
        PricePeriod(
            goods_item=item,
            price=price,
            starts_at=start,
            ends_at=min(end, start + timedelta(days=30)),
            effective_until=end,
        )
        for (_, price), start, end in zip(prices, starts, until, strict=True)
    )


def draw(sample: Sample) -> bytes:
    """A flat picture, 320 pixels square, as PNG; the same each time."""
    scale = 8
    picture = Image.new("RGB", (100 * scale, 100 * scale), sample.background)
    pen = ImageDraw.Draw(picture)
    for shape in sample.drawing.split(";"):
        kind, *box, colour = shape.split()
        place = [int(side) * scale for side in box]
        if kind == "oval":
            pen.ellipse(place, fill=colour)
        else:
            pen.rounded_rectangle(place, radius=3 * scale, fill=colour)
    written = io.BytesIO()
    # Drawn large and made small: that is what makes the edges smooth.
    picture.resize((320, 320), Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()
