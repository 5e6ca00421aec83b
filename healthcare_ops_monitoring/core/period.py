"""Periods of time as people name them, each with the one of equal length before it.

Moments are naive UTC datetimes, as Odoo stores them; days are those of the reader's time zone.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pytz import timezone, utc

# Days that a relative period takes, today included.
DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90, "12m": 365}
# Hours up to now, whatever the day: for what watches rather than reports.
HOURS = {"1h": 1, "24h": 24}
ALL_TIME = "all"
PERIODS = (*DAYS, ALL_TIME)
_CUSTOM = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")


class UnknownPeriod(ValueError):
    """A period that is none of ``PERIODS`` and no pair of days."""


@dataclass(frozen=True)
class Period:
    """From ``start`` (included; None: since ever) until ``end`` (excluded)."""

    code: str
    start: datetime | None
    end: datetime

    @property
    def previous(self):
        """The period of equal length that ends where this one begins; None since ever."""
        if not self.start:
            return None
        return Period("previous", self.start - (self.end - self.start), self.start)


def period_of(code, now, zone):
    """Return the period that a code stands for.

    :param str code: one of ``PERIODS`` or ``HOURS``, or two days, both included:
        ``2026-01-01..2026-01-31``
    :param datetime now: a relative period ends here
    :param str zone: name of the time zone whose midnights count
    :raise UnknownPeriod: for anything else
    """
    if code == ALL_TIME:
        return Period(code, None, now)
    if code in HOURS:
        return Period(code, now - timedelta(hours=HOURS[code]), now)
    if code in DAYS:
        today = local_day(now, zone)
        return Period(code, local_midnight(today - timedelta(days=DAYS[code] - 1), zone), now)
    custom = _CUSTOM.fullmatch(code or "")
    try:
        first, last = (date.fromisoformat(day) for day in custom.groups())
        ends = local_midnight(last + timedelta(days=1), zone)
        starts = local_midnight(first, zone)
    except (AttributeError, ValueError, OverflowError) as error:
        raise UnknownPeriod(code) from error
    if ends <= starts:
        raise UnknownPeriod(code)
    return Period(code, starts, ends)


def local_day(moment, zone):
    """The date that a moment (naive UTC) has in a time zone."""
    return utc.localize(moment).astimezone(timezone(zone)).date()


def local_midnight(day, zone):
    """Begin of a local day, in UTC: the first moment that bears its date.

    Where the clocks go forward at midnight that is 1:00; where they go back to it, the first
    of the two.
    """
    clock = timezone(zone)
    midnight = datetime.combine(day, datetime.min.time())
    either = [clock.localize(midnight, is_dst=is_dst).astimezone(utc) for is_dst in (True, False)]
    first = min(each for each in either if each.astimezone(clock).date() >= day)
    return first.replace(tzinfo=None)
