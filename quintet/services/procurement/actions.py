"""What people do here: keep accounts, goods, units and prices. Each function owns its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from quintet.accounts import actions as accounts
from quintet.accounts.models import Grant, User
from quintet.accounts.queries import Standing, account_with_grant, serves_elsewhere
from quintet.core import clock
from quintet.core.errors import NotAllowed, NotFound
from quintet.core.wire import normalized
from quintet.services.procurement import conf
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.errors import (
    NameDiffers,
    OwnAccount,
    SharedAccount,
    UnitInUse,
    UnitTaken,
    UnknownGoods,
    UnknownUnit,
)
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.queries import ShownGoods, forget_goods_count, goods_item, measure_unit
from quintet.services.procurement.rules import FOREVER, INITIAL_PASSWORD, period_end


@dataclass(frozen=True)
class GoodsDraft:
    """What is to be sold."""

    name: str
    price: Decimal
    unit_id: int
    description: str = ""
    picture: "ContentFile[bytes] | None" = None


@dataclass(frozen=True)
class GoodsChanges:
    """What is to be different; None stays as it is. `picture`: a new one, none from now on, or as it was."""

    name: str | None = None
    description: str | None = None
    price: Decimal | None = None
    unit_id: int | None = None
    picture: "ContentFile[bytes] | Literal['as it was'] | None" = "as it was"


def add_account(actor: Standing, *, username: str, role: int, ip: str) -> User:
    """A new account with the initial password. Raises BadUsername, UsernameTaken."""
    return accounts.register(
        DOOR,
        username=username,
        password=INITIAL_PASSWORD,
        level=role,
        is_initial_password=True,
        actor=_user(actor),
        ip=ip,
    )


def change_own_password(actor: Standing, account_id: int, *, username: str, password: str, ip: str) -> User:
    """Nobody's but one's own. Raises NotAllowed for another id, NameDiffers, BadInput for a password that will not do.

    Whoever chooses the initial password again has not changed it.
    """
    if account_id != actor.id:
        raise NotAllowed("only one's own password")
    _refuse_other_name(actor.username, username)
    # Asked here, since an initial password, which this may be again, is not weighed.
    accounts.refuse_weak_password(password)
    user = _user(actor)
    accounts.change_password(user, password, actor=user, ip=ip, is_initial=password == INITIAL_PASSWORD)
    return user


def reset_password(actor: Standing, account_id: int, *, username: str, ip: str) -> User:
    """Back to the initial password. Raises NotFound for accounts of other services, NameDiffers, SharedAccount."""
    user = account_with_grant(DOOR, account_id)
    _refuse_other_name(user.username, username)
    # Whoever knows a superuser's password opens every door, so no lesser administrator may set it.
    if user.is_superuser and not actor.is_superuser:
        raise SharedAccount("a superuser's password is not ours to reset")
    if not conf.RESETS_SHARED_ACCOUNTS.value and serves_elsewhere(DOOR, user):
        raise SharedAccount("the account serves another service as well")
    accounts.change_password(user, INITIAL_PASSWORD, actor=_user(actor), ip=ip, is_initial=True)
    return user


def delete_account(actor: Standing, account_id: int, *, ip: str) -> None:
    """The person enters here no more. An account that serves other services loses only this one; any other is
    disabled and keeps its name, so that nobody else is ever taken for them.

    Raises NotFound for accounts of other services, OwnAccount, SharedAccount for a superuser's.
    """
    if account_id == actor.id:
        raise OwnAccount("an administrator cannot delete the account they ask with")
    user = account_with_grant(DOOR, account_id)
    if user.is_superuser and not actor.is_superuser:
        raise SharedAccount("a superuser's account is not ours to delete")
    if not serves_elsewhere(DOOR, user):
        accounts.disable(user, actor=_user(actor), ip=ip)
        return
    with transaction.atomic():
        Grant.objects.filter(user=user, service=DOOR.service).delete()
        accounts.audit("grant.removed", user.username, actor=_user(actor), ip=ip, service=DOOR.service)


def add_goods(draft: GoodsDraft) -> ShownGoods:
    """New goods, whose price holds from now for 30 days. Raises UnknownUnit; then nothing is stored, no file either."""
    with _stored(draft.picture) as picture_name, transaction.atomic():
        _hold_unit(draft.unit_id)
        now = clock.now()
        item = GoodsItem.objects.create(
            name=draft.name, description=draft.description, unit_id=draft.unit_id, picture_name=picture_name
        )
        _begin_price_period(item.pk, draft.price, now=now)
        transaction.on_commit(forget_goods_count)
        return goods_item(now, item.pk)


def change_goods(goods_id: int, changes: GoodsChanges) -> ShownGoods:
    """Change what is given. A price other than the one that holds begins a new period now; the same one renews a
    period that has run out. The old picture's file goes once the change is committed.

    Raises NotFound, UnknownUnit.
    """
    with _stored(changes.picture) as picture_name, transaction.atomic():
        item = _locked_goods_item(goods_id)
        if item is None:
            raise NotFound("no such goods item")
        if changes.unit_id is not None:
            _hold_unit(changes.unit_id)
        if changes.picture != "as it was":
            _delete_file_on_commit(item.picture_name)
            item.picture_name = picture_name
        for column in ("name", "description", "unit_id"):
            if (value := getattr(changes, column)) is not None:
                setattr(item, column, value)
        item.save(update_fields=["name", "description", "unit", "picture_name"])
        now = clock.now()
        shown = goods_item(now, goods_id)
        if changes.price is not None and (changes.price != shown.price or shown.ends_at <= now):
            _begin_price_period(goods_id, changes.price, now=now)
            shown = goods_item(now, goods_id)
        transaction.on_commit(forget_goods_count)
        return shown


def delete_goods(goods_id: int) -> None:
    """With its prices, and its picture once that is committed. Raises NotFound."""
    with transaction.atomic():
        item = _locked_goods_item(goods_id)
        if item is None:
            raise NotFound("no such goods item")
        _delete_file_on_commit(item.picture_name)
        item.delete()
        transaction.on_commit(forget_goods_count)


def begin_price_period(
    goods_id: int, price: Decimal, *, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> PricePeriod:
    """A price from `starts_at` (now) until `ends_at` (30 days on, or the next period's start if that is sooner).

    The period that runs at that moment is cut there. Raises UnknownGoods, PeriodInThePast, PeriodIsEmpty, and
    PeriodsOverlap when it would reach into a period that begins later.
    """
    with transaction.atomic():
        # One writer per goods item at a time: PostgreSQL locks the row, SQLite queues writers at BEGIN.
        if _locked_goods_item(goods_id) is None:
            raise UnknownGoods("no such goods item")
        period = _begin_price_period(goods_id, price, now=clock.now(), starts_at=starts_at, ends_at=ends_at)
        transaction.on_commit(forget_goods_count)
        return period


def _begin_price_period(
    goods_id: int,
    price: Decimal,
    *,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> PricePeriod:
    starts_at = starts_at or now
    of_this_item = PricePeriod.objects.filter(goods_item_id=goods_id)
    following = of_this_item.filter(starts_at__gte=starts_at).order_by("starts_at").first()
    next_starts_at = following.starts_at if following else None
    ends_at = period_end(starts_at, asked=ends_at, next_starts_at=next_starts_at, now=now)
    before = of_this_item.filter(starts_at__lt=starts_at).order_by("-starts_at").first()
    if before is not None:
        before.effective_until, before.ends_at = starts_at, min(before.ends_at, starts_at)
        before.save(update_fields=["effective_until", "ends_at"])
    return PricePeriod.objects.create(
        goods_item_id=goods_id,
        price=price,
        starts_at=starts_at,
        ends_at=ends_at,
        effective_until=next_starts_at or FOREVER,
    )


def add_unit(name: str) -> MeasureUnit:
    """Raises UnitTaken."""
    with _unit_name_is_free(name), transaction.atomic():
        return MeasureUnit.objects.create(name=name)


def rename_unit(unit_id: int, name: str) -> MeasureUnit:
    """Goods counted in it show the new name. Raises NotFound, UnitTaken."""
    with _unit_name_is_free(name), transaction.atomic():
        if not MeasureUnit.objects.filter(pk=unit_id).update(name=name):
            raise NotFound("no such measure unit")
    return MeasureUnit(pk=unit_id, name=name)


def delete_unit(unit_id: int) -> None:
    """Raises NotFound, UnitInUse."""
    try:
        with transaction.atomic():
            measure_unit(unit_id).delete()
    except (ProtectedError, IntegrityError) as used:
        raise UnitInUse("goods are counted in it") from used


def _user(person: Standing) -> User:
    return User.objects.get(pk=person.id)


def _refuse_other_name(own: str, said: str) -> None:
    if normalized(said) != own:
        raise NameDiffers("the username is not that of the id")


def _locked_goods_item(goods_id: int) -> GoodsItem | None:
    return GoodsItem.objects.select_for_update().filter(pk=goods_id).first()


@contextmanager
def _stored(picture: "ContentFile[bytes] | str | None") -> Iterator[str]:
    """The picture's name in the store, or "". When what follows fails, the file goes again: no file without a row."""
    name = default_storage.save(f"goods/{picture.name}", picture) if isinstance(picture, ContentFile) else ""
    try:
        yield name
    except BaseException:
        if name:
            default_storage.delete(name)
        raise


def _delete_file_on_commit(name: str) -> None:
    # Robust: the row is gone for good, and an object store that fails now must not turn that into an error.
    if name:
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


def _hold_unit(unit_id: int) -> None:
    # Locked, so that nobody deletes it before the goods that are counted in it are committed.
    if not MeasureUnit.objects.select_for_update().filter(pk=unit_id).exists():
        raise UnknownUnit("no such measure unit")


@contextmanager
def _unit_name_is_free(name: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as taken:
        raise UnitTaken(f"measure unit {name!r} exists") from taken
