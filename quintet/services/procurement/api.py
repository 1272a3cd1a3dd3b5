"""Views: read the wire, call one action or query, write the wire."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from quintet.accounts.actions import check_credentials
from quintet.accounts.queries import Standing, level_of
from quintet.accounts.throttle import address_of
from quintet.core import clock
from quintet.core.errors import NotAllowed, NotSignedIn, PasswordMustChange
from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response
from quintet.services.procurement import actions, conf, queries, rules, tokens, wire
from quintet.services.procurement.doors import DOOR

# -- who asks ------------------------------------------------------------------------------------------------------


def signed_in(request: HttpRequest) -> Standing:
    """Whoever the bearer token belongs to. Raises NotSignedIn, BadToken."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("no bearer token")
    return tokens.person_with("access", token.strip())


def member(request: HttpRequest) -> Standing:
    """The same, but on a network not somebody with the initial password. Raises PasswordMustChange."""
    person = signed_in(request)
    if person.has_initial_password and conf.INITIAL_PASSWORD_LOCKS.value:
        raise PasswordMustChange("the initial password must be changed first")
    return person


def administrator(request: HttpRequest) -> Standing:
    """Raises NotAllowed for everybody else."""
    return _allowed(request, rules.is_admin)


def goods_keeper(request: HttpRequest) -> Standing:
    """Whoever may write goods, prices and units. Raises NotAllowed for everybody else."""
    return _allowed(request, lambda level: rules.may_write_goods(level, admin_writes=conf.ADMIN_WRITES_GOODS.value))


def price_reader(request: HttpRequest) -> Standing:
    """Whoever may read price histories and units. Raises NotAllowed for everybody else."""
    return _allowed(request, rules.may_read_prices)


def _allowed(request: HttpRequest, rule: Callable[[int], bool]) -> Standing:
    person = member(request)
    if not rule(person.level):
        raise NotAllowed("not in this role")
    return person


# -- accounts ------------------------------------------------------------------------------------------------------


def log_in(request: HttpRequest) -> HttpResponse:
    """Sign in: a pair of tokens, the role, and whether the password is still the initial one."""
    username, password = wire.read_login(request)
    user = check_credentials(DOOR, identifier=username, password=password, ip=address_of(request))
    level = level_of(DOOR, user)
    refresh, access = (tokens.issued(kind, person_id=user.pk, epoch=user.epoch) for kind in ("refresh", "access"))
    return json_response(wire.login_answer(user, level or 0, refresh=refresh, access=access))


def renew_access(request: HttpRequest) -> HttpResponse:
    """A new access token for a refresh token."""
    person = tokens.person_with("refresh", wire.read_refresh_token(request))
    return json_response({"access": tokens.issued("access", person_id=person.id, epoch=person.epoch)})


def add_account(request: HttpRequest) -> HttpResponse:
    """Add an account with the initial password; administrators only."""
    actor = administrator(request)
    username, role = wire.read_new_account(request)
    user = actions.add_account(actor, username=username, role=role, ip=address_of(request))
    return json_response(wire.account_answer(user, role), status=201)


def list_accounts(request: HttpRequest) -> HttpResponse:
    """Accounts in pages; ?search= by name, ?ordering= id, username, role; administrators only."""
    administrator(request)
    order = wire.read_order(request, queries.ACCOUNT_ORDER)
    return _page(request, queries.found_accounts(wire.read_search(request), order), wire.listed_account)


def change_own_password(request: HttpRequest, id: int) -> HttpResponse:
    """Change one's own password; every token of one's ends."""
    person = signed_in(request)
    username, password = wire.read_login(request)
    user = actions.change_own_password(person, id, username=username, password=password, ip=address_of(request))
    return json_response(wire.account_answer(user, person.level))


def reset_password(request: HttpRequest, id: int) -> HttpResponse:
    """Give somebody the initial password again; administrators only."""
    actor = administrator(request)
    user = actions.reset_password(actor, id, username=wire.read_username(request), ip=address_of(request))
    return json_response(wire.account_answer(user, level_of(DOOR, user) or 0))


def delete_account(request: HttpRequest, id: int) -> HttpResponse:
    """Disable an account, or let it leave this service if it serves another; administrators only."""
    actions.delete_account(administrator(request), id, ip=address_of(request))
    return HttpResponse(status=204)


# -- goods ---------------------------------------------------------------------------------------------------------


def list_goods(request: HttpRequest) -> HttpResponse:
    """Goods and what they cost now, in pages; ?search= and ?ordering= as well."""
    with_ended = queries.sees_ended_prices(member(request))
    words, order = wire.read_search(request), wire.read_order(request, queries.GOODS_ORDER)
    moment = clock.now()
    if words or order:
        found = queries.found_goods(moment, with_ended=with_ended, words=words, order=order)
        return _page(request, found, wire.goods_writer(request))
    asked, count = read_page(request), queries.count_goods(moment, with_ended=with_ended)
    rows = queries.page_of_goods(moment, with_ended=with_ended, offset=asked.offset, limit=asked.size, count=count)
    results = list(map(wire.goods_writer(request), rows))
    return json_response(page_answer(request, asked, count=count, results=results))


def add_goods(request: HttpRequest) -> HttpResponse:
    """Add goods with a picture and a price that holds 30 days; grain company only."""
    goods_keeper(request)
    draft = actions.GoodsDraft(**wire.read_goods(request, everything=True))
    return json_response(wire.goods_writer(request)(actions.add_goods(draft)), status=201)


def show_goods(request: HttpRequest, id: int) -> HttpResponse:
    """One goods item and what it costs now."""
    with_ended = queries.sees_ended_prices(member(request))
    return json_response(wire.goods_writer(request)(queries.goods_item(clock.now(), id, with_ended=with_ended)))


def replace_goods(request: HttpRequest, id: int) -> HttpResponse:
    """Change goods; name, price and unit must be given; grain company only."""
    return _change_goods(request, id, everything=True)


def change_goods(request: HttpRequest, id: int) -> HttpResponse:
    """Change what is given of goods; another price begins now; grain company only."""
    return _change_goods(request, id, everything=False)


def _change_goods(request: HttpRequest, goods_id: int, *, everything: bool) -> HttpResponse:
    goods_keeper(request)
    changes = actions.GoodsChanges(**wire.read_goods(request, everything=everything))
    return json_response(wire.goods_writer(request)(actions.change_goods(goods_id, changes)))


def delete_goods(request: HttpRequest, id: int) -> HttpResponse:
    """Delete goods with their prices and their picture; grain company only."""
    goods_keeper(request)
    actions.delete_goods(id)
    return HttpResponse(status=204)


# -- prices and units ----------------------------------------------------------------------------------------------


def list_prices(request: HttpRequest) -> HttpResponse:
    """Price periods, the latest first; ?goods=<id> for one goods item's; grain company and administrator."""
    price_reader(request)
    return _page(request, queries.found_prices(wire.read_goods_filter(request)), wire.price_answer)


def add_price(request: HttpRequest) -> HttpResponse:
    """Begin a price now or later; it cuts the one that runs then; grain company only."""
    goods_keeper(request)
    goods_id, price, starts_at, ends_at = wire.read_price_period(request)
    period = actions.begin_price_period(goods_id, price, starts_at=starts_at, ends_at=ends_at)
    row = (period.pk, goods_id, period.price, period.starts_at, period.ends_at)
    return json_response(wire.price_answer(row), status=201)


def list_units(request: HttpRequest) -> HttpResponse:
    """Measure units in pages; ?search= by name; grain company and administrator."""
    price_reader(request)
    return _page(request, queries.found_units(wire.read_search(request)), wire.unit_answer)


def add_unit(request: HttpRequest) -> HttpResponse:
    """Add a measure unit; grain company only."""
    goods_keeper(request)
    unit = actions.add_unit(wire.read_unit(request))
    return json_response(wire.unit_answer((unit.pk, unit.name)), status=201)


def show_unit(request: HttpRequest, id: int) -> HttpResponse:
    """One measure unit; grain company and administrator."""
    price_reader(request)
    unit = queries.measure_unit(id)
    return json_response(wire.unit_answer((unit.pk, unit.name)))


def rename_unit(request: HttpRequest, id: int) -> HttpResponse:
    """Rename a measure unit; grain company only."""
    goods_keeper(request)
    unit = actions.rename_unit(id, wire.read_unit(request))
    return json_response(wire.unit_answer((unit.pk, unit.name)))


def delete_unit(request: HttpRequest, id: int) -> HttpResponse:
    """Delete a measure unit that no goods are counted in; grain company only."""
    goods_keeper(request)
    actions.delete_unit(id)
    return HttpResponse(status=204)


def _page(
    request: HttpRequest, found: QuerySet[Any, Any], write: Callable[[Sequence[Any]], dict[str, object]]
) -> HttpResponse:
    asked, count = read_page(request), found.count()
    rows = found[asked.offset : asked.offset + asked.size] if asked.offset < count else ()
    return json_response(page_answer(request, asked, count=count, results=[write(row) for row in rows]))
