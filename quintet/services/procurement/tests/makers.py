"""People, units, goods and pictures to test with."""

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from quintet.accounts.actions import register
from quintet.accounts.models import User
from quintet.services.procurement import tokens
from quintet.services.procurement.actions import GoodsDraft, add_goods
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.rules import FOREVER, PRICE_HOLDS


class Person(Client):
    """A client whose every request carries this person's access token."""

    def __init__(self, user: User) -> None:
        access = tokens.issued("access", person_id=user.pk, epoch=user.epoch)
        super().__init__(headers={"Authorization": f"Bearer {access}"}, raise_request_exception=True)
        self.user = user

    def send(self, verb: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """JSON in; the answer."""
        return self.generic(
            verb, path, data=b"" if data is None else orjson.dumps(data), content_type="application/json"
        )


def make_person(username: str, role: int, *, password: str = "own-Password-1", is_initial: bool = False) -> Person:
    user = register(DOOR, username=username, password=password, level=role, is_initial_password=is_initial)
    return Person(user)


def make_goods(name: str = "土豆", *, price: str = "9.32", unit: str = "千克", description: str = "") -> GoodsItem:
    """On sale from now."""
    counted_in, _ = MeasureUnit.objects.get_or_create(name=unit)
    draft = GoodsDraft(name=name, price=Decimal(price), unit_id=counted_in.pk, description=description)
    return GoodsItem.objects.get(pk=add_goods(draft).id)


def make_period(item: GoodsItem, price: str, starts_at: datetime, ends_at: datetime | None = None) -> PricePeriod:
    """The last one of its goods item; those before it end where it begins."""
    earlier = item.price_periods.order_by("-starts_at").first()
    if earlier is not None:
        earlier.effective_until, earlier.ends_at = starts_at, min(earlier.ends_at, starts_at)
        earlier.save()
    ends_at = ends_at or starts_at + PRICE_HOLDS
    return PricePeriod.objects.create(
        goods_item=item, price=Decimal(price), starts_at=starts_at, ends_at=ends_at, effective_until=FOREVER
    )


def make_picture(name: str = "土豆.jpg", kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", size, (180, 140, 60)).save(written, kind)
    return SimpleUploadedFile(name, written.getvalue())
