"""Public holidays from rules: a fixed day, or a distance from Easter Sunday."""

from datetime import date, timedelta

from dateutil.easter import easter


def holiday_dates(rule, first, last):
    """The days on which a holiday falls between ``first`` and ``last``, both included.

    :param str rule: ``"12-25"`` (month-day) or ``"easter+39"`` (days from Easter Sunday)
    """
    for year in range(first.year, last.year + 1):
        if rule.startswith("easter"):
            day = easter(year) + timedelta(days=int(rule.removeprefix("easter")))
        else:
            month, day_of_month = rule.split("-")
            day = date(year, int(month), int(day_of_month))
        if first <= day <= last:
            yield day
