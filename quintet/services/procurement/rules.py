"""Who may do what, and how long a price holds."""

from datetime import UTC, datetime, timedelta

from quintet.services.procurement.errors import PeriodInThePast, PeriodIsEmpty, PeriodsOverlap

# The levels of this door: the document's three roles, and its administrator, who has none of them.
GRAIN_COMPANY, EDUCATION_BUREAU, SCHOOL, ADMINISTRATOR = 0, 1, 2, 9

INITIAL_PASSWORD = "123456"  # noqa: S105  the document's own, known to everybody (003:37)

# "One month" (003:243) is 30 days in the document's own example (003:285-286).
PRICE_HOLDS = timedelta(days=30)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def is_admin(level: int) -> bool:
    """Whether the level is the administrator's."""
    return level == ADMINISTRATOR


def role_shown(level: int) -> int:
    """The document's role; the administrator's own is shown as 0, beside `is_admin`.

    >>> role_shown(SCHOOL), role_shown(ADMINISTRATOR)
    (2, 0)
    """
    return GRAIN_COMPANY if level == ADMINISTRATOR else level


def may_write_goods(level: int, *, admin_writes: bool) -> bool:
    """Goods, prices and units are the grain company's (003:16-19)."""
    return level == GRAIN_COMPANY or (admin_writes and level == ADMINISTRATOR)


def may_read_prices(level: int) -> bool:
    """Price history and units: the grain company works with them, the administrator looks on."""
    return level in (GRAIN_COMPANY, ADMINISTRATOR)


def period_end(
    starts_at: datetime, *, asked: datetime | None, next_starts_at: datetime | None, now: datetime
) -> datetime:
    """When a new period ends: as asked, or 30 days on; sooner where the next one begins sooner.

    Raises PeriodInThePast, PeriodIsEmpty, and PeriodsOverlap when `asked` reaches past the next start.
    """
    if starts_at < now:
        raise PeriodInThePast("a price cannot begin before now")
    if asked is not None and asked <= starts_at:
        raise PeriodIsEmpty("a price must end after it begins")
    if next_starts_at is None:
        return asked or starts_at + PRICE_HOLDS
    if next_starts_at <= starts_at or (asked is not None and asked > next_starts_at):
        raise PeriodsOverlap("another period begins before this one ends")
    return asked or min(starts_at + PRICE_HOLDS, next_starts_at)
