"""What was seen, by hour or day; counters for Prometheus."""

import hmac

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from quintet.core import conf as core_conf
from quintet.core.wire import json_response
from quintet.services.masks import conf, queries, wire
from quintet.services.masks.api.people import person_of


def statistics(request: HttpRequest) -> HttpResponse:
    """People and how many wear no mask, by hour or day: ?from= ?to= ?by=; ?everybody=1 for administrators."""
    person, span = person_of(request), wire.read_span(request)
    everybody = request.GET.get("everybody") == "1"
    if everybody:
        queries.refuse_unless_administrator(person)
    rows = queries.seen_by_moment(
        None if everybody else person,
        since=span.since,
        until=span.until,
        by=span.by,
        zone=timezone.get_default_timezone(),
    )
    return json_response({"state": "ok", "by": span.by, "results": wire.statistics(rows)})


def metrics(request: HttpRequest) -> HttpResponse:
    """The service's counters in Prometheus' text format."""
    if not core_conf.is_open() and not _has_token(request):
        queries.refuse_unless_administrator(person_of(request))
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return HttpResponse(wire.metrics(queries.counters()), content_type=kind)


def _has_token(request: HttpRequest) -> bool:
    wanted = conf.METRICS_TOKEN.value
    said = request.headers.get("Authorization", "")
    return bool(wanted) and hmac.compare_digest(said.encode(), f"Bearer {wanted}".encode())
