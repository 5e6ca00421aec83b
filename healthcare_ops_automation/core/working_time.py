"""Elapsed and due times in working hours: plain functions over periods of work.

Moments are naive UTC datetimes, as Odoo stores them; durations are seconds. A period of work
is a pair of moments, so whatever made the periods has dealt with time zones, daylight saving
and holidays (see ``resource.calendar._ops_working_time``).
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)


class OutsideWindow(ValueError):
    """A moment lies outside of the window for which the periods of work are known."""


class WorkingTime:
    """The working hours of one calendar within a window.

    :param periods: pairs of moments, in any order; those that overlap or touch are one.
        Fractions of a second are rounded: Odoo ends a day a microsecond before midnight
    :param datetime start: from here on the periods are known
    :param datetime end: up to here
    """

    def __init__(self, periods, start, end):
        self.start, self.end = start, end
        merged = []
        for first, last in sorted((_seconds(first), _seconds(last)) for first, last in periods):
            if merged and first <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], last)
            elif last > first:
                merged.append([first, last])
        self._starts = [first for first, _last in merged]
        self._ends = [last for _first, last in merged]
        # Seconds worked before each period, and in all.
        self._before = [0, *accumulate(last - first for first, last in merged)]

    def covers(self, *moments):
        """Whether all the moments lie in the window."""
        return all(self.start <= moment <= self.end for moment in moments)

    def elapsed(self, start, end):
        """Seconds worked from one moment to another; 0 when it is not later.

        :raise OutsideWindow: when either lies outside of the window
        """
        self._require(start, end)
        if end <= start:
            return 0
        return self._worked(_seconds(end)) - self._worked(_seconds(start))

    def due(self, start, seconds):
        """The first moment at which that many seconds have been worked since ``start``; None
        when the window ends before. For nothing to work it is ``start`` itself.

        :raise OutsideWindow: when ``start`` lies outside of the window
        """
        self._require(start)
        if seconds <= 0:
            return start
        goal = self._worked(_seconds(start)) + seconds
        if goal > self._before[-1]:
            return None
        index = bisect_left(self._before, goal) - 1
        return _EPOCH + timedelta(seconds=self._starts[index] + goal - self._before[index])

    def is_open(self, moment):
        """Whether work goes on at the moment; at the end of a period it does not."""
        self._require(moment)
        index = bisect_right(self._starts, _seconds(moment)) - 1
        return index >= 0 and _seconds(moment) < self._ends[index]

    def _worked(self, at):
        """Seconds worked since the window's start."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._before[index] + min(at, self._ends[index]) - self._starts[index]

    def _require(self, *moments):
        if not self.covers(*moments):
            raise OutsideWindow(f"known from {self.start} to {self.end}, asked for {moments}")


class AroundTheClock:
    """Every second counts: the same questions for what has no working hours."""

    def covers(self, *_moments):
        """Whether all the moments can be asked for."""
        return True

    def elapsed(self, start, end):
        """Seconds from one moment to another; 0 when it is not later."""
        return max(_seconds(end) - _seconds(start), 0)

    def due(self, start, seconds):
        """``seconds`` after ``start``."""
        return start + timedelta(seconds=max(seconds, 0))

    def is_open(self, _moment):
        """Always."""
        return True


def _seconds(moment):
    """Seconds since 1970, to the nearest."""
    return round((moment - _EPOCH) / _SECOND)
