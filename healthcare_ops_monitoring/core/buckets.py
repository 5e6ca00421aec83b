"""A period cut into pieces for a chart: hours, days, weeks or more, on the reader's clock."""

from datetime import timedelta

from pytz import timezone, utc

from .period import local_midnight

# From fine to coarse. A week begins on Monday (ISO 8601).
UNITS = ("hour", "day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def buckets(start, end, zone, points):
    """Cut a period into at most ``points`` pieces of the finest unit that allows it.

    The pieces leave nothing out: the first begins with the period, the last ends with it. Where
    the clocks change, a day has 23 or 25 hours and a piece of an hour still has 60 minutes.

    :param datetime start: UTC, included
    :param datetime end: UTC, excluded
    :param str zone: name of the time zone whose hours and midnights count
    :return: ``(unit, [begin of each piece, UTC])``; years may be more than ``points``
    """
    for unit in UNITS:
        begins = _begins(unit, start, end, zone, points)
        if begins:
            return unit, begins
    return unit, _begins(unit, start, end, zone, None)


def _begins(unit, start, end, zone, most):
    """Begins of the pieces of a unit; None when they are more than ``most``."""
    begins = [start]
    for moment in _borders(unit, start, zone):
        if moment >= end:
            return begins
        if moment > start:
            begins.append(moment)
            if most and len(begins) > most:
                return None
    return begins


def _borders(unit, start, zone):
    """Where the unit begins anew, from about ``start`` on, without end."""
    local = utc.localize(start).astimezone(timezone(zone))
    if unit == "hour":
        moment = start - timedelta(minutes=local.minute, seconds=local.second)
        moment = moment.replace(microsecond=0)
        while True:
            yield moment
            moment += timedelta(hours=1)
    day = local.date()
    if unit in _MONTHS:
        months = _MONTHS[unit]
        number = (day.year * 12 + day.month - 1) // months * months
        while True:
            first = day.replace(year=number // 12, month=number % 12 + 1, day=1)
            yield local_midnight(first, zone)
            number += months
    if unit == "week":
        day -= timedelta(days=day.weekday())
    while True:
        yield local_midnight(day, zone)
        day += timedelta(days=7 if unit == "week" else 1)
