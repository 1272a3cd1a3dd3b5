"""What was seen, as numbers for people and for machines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from quintet.core.clock import now
from quintet.core.errors import BadInput
from quintet.services.masks.rules import CLASSES, share_without_mask

_MOST_MOMENTS = 2000
_SOURCES = {"picture": "pictures", "video": "videos", "camera": "cameras"}


@dataclass(frozen=True)
class Span:
    """A stretch of time, half-open, cut by hour or by day."""

    since: datetime
    until: datetime
    by: str


def read_span(request: HttpRequest) -> Span:
    """?from=&to=&by=: moments or days (a day's end is included), by `hour` or `day`; the last 7 days by day unless
    said. Raises BadInput: no such moment, an end before its beginning, too many hours."""
    by = request.GET.get("by", "day")
    if by not in ("hour", "day"):
        raise BadInput.of("by", "Must be hour or day.")
    until = read_moment(request, "to", end_of_day=True) or now()
    since = read_moment(request, "from") or until - timedelta(days=7)
    step = timedelta(hours=1) if by == "hour" else timedelta(days=1)
    if not timedelta(0) < until - since <= step * _MOST_MOMENTS:
        raise BadInput.of("to", "Must come after from, and not too long after it.")
    return Span(since, until, by)


def read_moment(request: HttpRequest, name: str, *, end_of_day: bool = False) -> datetime | None:
    """A moment or a day of the local time; None when it is not there. Raises BadInput."""
    said = request.GET.get(name)
    if not said:
        return None
    try:
        moment, day = parse_datetime(said), parse_date(said)
    except ValueError as none:
        raise BadInput.of(name, "No such day.") from none
    if day is not None:
        moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001  made aware below
        moment += timedelta(days=1) if end_of_day else timedelta(0)
    if moment is None or not 1970 < moment.year < 9000:
        raise BadInput.of(name, "Must be a day or a moment.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def statistics(rows: Iterable[tuple[datetime, str, dict[str, int]]]) -> list[dict[str, object]]:
    """One entry an hour or day in which something was seen; each source is there, with zeros where it saw nothing."""
    nothing = dict.fromkeys(("looked", *CLASSES), 0)
    moments: dict[datetime, dict[str, dict[str, int]]] = {}
    for moment, source, seen in rows:
        moments.setdefault(moment, {name: dict(nothing) for name in _SOURCES.values()})[_SOURCES[source]] = seen
    return [{"from": moment.isoformat(), **_with_people(sources)} for moment, sources in moments.items()]


def _with_people(sources: dict[str, dict[str, int]]) -> dict[str, object]:
    whole = {name: sum(seen[name] for seen in sources.values()) for name in CLASSES}
    return {
        **sources,
        "people": sum(whole.values()),
        "share_without_mask": share_without_mask(whole),
    }


def metrics(counters: Iterable[tuple[str, str, dict[str, str], int]]) -> str:
    """Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    described: set[str] = set()
    for name, about, labels, value in counters:
        if name not in described:
            described.add(name)
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
        shown = ",".join(f'{label}="{said}"' for label, said in labels.items())
        lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")
    return "\n".join([*_grouped(lines), ""])


def _grouped(lines: list[str]) -> list[str]:
    # The format wants each name's lines together.
    order: dict[str, list[str]] = {}
    for line in lines:
        name = line.split(" ")[2] if line.startswith("#") else line.partition("{")[0].partition(" ")[0]
        order.setdefault(name, []).append(line)
    return [line for group in order.values() for line in group]
