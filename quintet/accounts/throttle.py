"""Failed sign-ins are counted before anything is hashed, in the database, so that every process sees them."""

import hashlib
from contextlib import suppress
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from quintet.accounts import conf
from quintet.accounts.models import Failure
from quintet.core import conf as core_conf
from quintet.core.clock import now
from quintet.core.errors import TooManyAttempts

_LONG, _SHORT = timedelta(minutes=15), timedelta(minutes=1)


def address_of(request: HttpRequest) -> str:
    """The client's address: the peer's, or what the outermost trusted proxy wrote down."""
    peer = str(request.META.get("REMOTE_ADDR") or "-")
    hops = core_conf.TRUSTED_PROXIES.value
    if not hops:
        return peer
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return named[-hops] if len(named) >= hops else peer


def refuse_when_throttled(identifier: str, ip: str) -> None:
    """Raises TooManyAttempts when this name, this address or both failed too often. One indexed read."""
    limits = {key: limit for key, limit, _ in _counters(identifier, ip)}
    running = Failure.objects.filter(key__in=limits, window_ends_at__gt=now())
    for key, count, ends_at in running.values_list("key", "count", "window_ends_at"):
        if count >= limits[key]:
            raise TooManyAttempts(max(1, int((ends_at - now()).total_seconds())))


def count_failure(identifier: str, ip: str) -> None:
    """One more failure for the name, the address and both; a window that has ended begins anew."""
    moment = now()
    with transaction.atomic():
        for key, _, window in _counters(identifier, ip):
            ends_at = moment + window
            counted = Failure.objects.filter(key=key, window_ends_at__gt=moment).update(count=F("count") + 1)
            if not counted:
                Failure.objects.update_or_create(key=key, defaults={"count": 1, "window_ends_at": ends_at})


def forget_failures(identifier: str, ip: str) -> None:
    """Signed in: this name from this address starts afresh."""
    Failure.objects.filter(key=_key("both", identifier, ip)).delete()


def refuse_when_probing(ip: str) -> None:
    """Raises TooManyAttempts when this address found out too many taken names (QUINTET_TAKEN_PER_IP)."""
    limit = conf.TAKEN_PER_IP.value
    if ip and limit and cache.get(_key("taken", ip), 0) >= limit:
        raise TooManyAttempts(int(_SHORT.total_seconds()))


def count_taken(ip: str) -> None:
    """This address found out one more. In the cache: a refused registration takes its rows back, and this must stay."""
    key = _key("taken", ip)
    if cache.add(key, 1, timeout=int(_SHORT.total_seconds())):
        return
    with suppress(ValueError):  # its minute has just ended
        cache.incr(key)


def drop_ended_windows() -> int:
    """Housekeeping; returns how many rows went."""
    return Failure.objects.filter(window_ends_at__lte=now()).delete()[0]


def _counters(identifier: str, ip: str) -> list[tuple[str, int, timedelta]]:
    return [
        (_key("both", identifier, ip), conf.FAILURES_PER_NAME_AND_IP.value, _LONG),
        (_key("name", identifier), conf.FAILURES_PER_NAME.value, _LONG),
        (_key("ip", ip), conf.FAILURES_PER_IP.value, _SHORT),
    ]


def _key(*parts: str) -> str:
    # A digest: a name somebody mistyped may be their password.
    return hashlib.sha256("\0".join((parts[0], *(part.casefold() for part in parts[1:]))).encode()).hexdigest()
