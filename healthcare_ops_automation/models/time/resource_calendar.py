from datetime import timedelta

from pytz import timezone, utc

from odoo import models

from ...core.working_time import AroundTheClock, WorkingTime

# How far is looked ahead for a due time, at first and at most.
LOOK_AHEAD = timedelta(days=35)
LOOK_AHEAD_MOST = timedelta(days=3 * 366)
# Around a window asked for, so that the next question finds it known.
MARGIN = timedelta(days=1)


class ResourceCalendar(models.Model):
    """Working time of a calendar, for elapsed and due times."""

    _inherit = "resource.calendar"

    def _ops_working_time(self, start, end, company=None):
        """The working hours between two moments, without the holidays of the calendar.

        :param datetime start: naive UTC
        :param datetime end: naive UTC
        :param company: whose holidays count; by default the calendar's
        :return: :class:`~core.working_time.WorkingTime`; of no calendar, around the clock
        """
        if not self:
            return AroundTheClock()
        self.ensure_one()
        # sudo: opening hours and holidays count whoever asks, in the calendar's time zone
        calendar = self.sudo()
        company = company or calendar.company_id
        # Odoo takes the holidays of every company when no resource is asked for.
        holidays = [("time_type", "=", "leave"), ("company_id", "in", (company.id, False))]
        window = utc.localize(start), utc.localize(end)
        zone = timezone(calendar.tz)
        intervals = calendar._work_intervals_batch(*window, domain=holidays, tz=zone)[False]
        periods = [(_naive(first), _naive(last)) for first, last, _attendances in intervals]
        return WorkingTime(periods, start, end)


class WorkingTimes:
    """The working hours of several calendars, each loaded once for the window asked for.

    For batches: however many records ask, a calendar costs its queries once, and again only
    when somebody asks for a moment beyond what is known.
    """

    def __init__(self):
        self._known = {}

    def elapsed(self, calendar, start, end, company=None):
        """Seconds worked from one moment to another; of no calendar, all seconds.

        :param calendar: ``resource.calendar``, or none for around the clock
        :param company: whose holidays count; by default the calendar's
        """
        if end <= start:
            return 0
        return self._covering(calendar, company, start, end).elapsed(start, end)

    def due(self, calendar, start, seconds, company=None):
        """When that many seconds have been worked since ``start``; None when the calendar has
        no such time within three years."""
        ahead = LOOK_AHEAD
        while True:
            known = self._covering(calendar, company, start, start + ahead)
            due = known.due(start, seconds)
            if due or ahead >= LOOK_AHEAD_MOST:
                return due
            ahead = min(4 * ahead, LOOK_AHEAD_MOST)

    def _covering(self, calendar, company, start, end):
        key = calendar.id, company and company.id
        known = self._known.get(key)
        if known and known.covers(start, end):
            return known
        if known:
            # At least twice as much as before: moments that wander cost few loads.
            width = known.end - known.start
            start = known.start if start >= known.start else min(start, known.start - width)
            end = known.end if end <= known.end else max(end, known.end + width)
        loaded = calendar._ops_working_time(start - MARGIN, end + MARGIN, company)
        self._known[key] = loaded
        return loaded


def _naive(moment):
    return moment.astimezone(utc).replace(tzinfo=None)
