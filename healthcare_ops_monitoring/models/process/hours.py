"""The working hours of sites, and what they were when durations were worked out by them."""

import json

from odoo.addons.healthcare_ops_automation.core.digest import sha256_hex
from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from ...core.cases import Times

AROUND_THE_CLOCK = "24x7"
FINGERPRINT_LENGTH = 12
CALENDAR_FIELDS = ("tz", "two_weeks_calendar", "flexible_hours", "duration_based", "schedule_type")
ATTENDANCE_FIELDS = (
    "dayofweek",
    "hour_from",
    "hour_to",
    "duration_hours",
    "day_period",
    "week_type",
    "display_type",
)


class SiteHours:
    """Measures durations for the projector, batch by batch.

    :meth:`look` takes a fingerprint of each calendar; as long as it stays, the hours that were
    loaded for earlier batches hold.
    """

    def __init__(self):
        self._calendars = {}
        self._known = {}

    def look(self, env, windows):
        """Load what a batch needs.

        :param dict windows: ``{(company id, site id or None): (first, last) moment}``
        """
        site_ids = {site_id for _company_id, site_id in windows if site_id}
        # sudo: the projector measures for every company
        sites = env["ops.site"].sudo().with_context(active_test=False).browse(site_ids)
        calendars = {site.id: site.resource_calendar_id for site in sites}
        wanted = {}
        for (company_id, site_id), (first, last) in windows.items():
            calendar = calendars.get(site_id)
            if calendar:
                key = calendar.id, company_id
                known = wanted.get(key, (first, last))
                wanted[key] = min(first, known[0]), max(last, known[1])
        prints = _fingerprints(env, wanted)
        self._calendars = {}
        for company_id, site_id in windows:
            calendar = calendars.get(site_id)
            if not calendar:
                continue
            key = calendar.id, company_id
            known = self._known.get(key)
            if not known or known[0] != prints[key]:
                known = self._known[key] = prints[key], WorkingTimes()
            company = env["res.company"].browse(company_id)
            self._calendars[company_id, site_id] = (calendar, company, *known)
            # Once for all the moments of the batch, rather than wider and wider.
            known[1].elapsed(calendar, *wanted[key], company)

    def measure(self, happening, start, end):
        """The time between two moments by the hours of the site of an event: see ``fold``."""
        wall = max(round((end - start).total_seconds()), 0)
        known = self._calendars.get(happening.place[:2])
        if not known:
            return Times(wall, wall, AROUND_THE_CLOCK)
        calendar, company, fingerprint, times = known
        return Times(wall, round(times.elapsed(calendar, start, end, company)), fingerprint)


def _fingerprints(env, wanted):
    """``{(calendar id, company id): fingerprint}``: the same as long as the hours are."""
    # sudo: opening hours and holidays count, whoever asks
    calendars = env["resource.calendar"].sudo().browse({calendar_id for calendar_id, _ in wanted})
    company_ids = {company_id for _calendar_id, company_id in wanted}
    leaves = (
        env["resource.calendar.leaves"]
        .sudo()
        .search_fetch(
            [
                ("time_type", "=", "leave"),
                ("resource_id", "=", False),
                ("calendar_id", "in", [False, *calendars.ids]),
                ("company_id", "in", [False, *company_ids]),
            ],
            ["calendar_id", "company_id", "date_from", "date_to"],
        )
    )
    holidays = {}
    for leave in leaves:
        place = leave.calendar_id.id, leave.company_id.id
        holidays.setdefault(place, []).append((leave.date_from, leave.date_to))
    hours = {calendar.id: _hours(calendar) for calendar in calendars}
    return {
        (calendar_id, company_id): _short_hash(
            hours[calendar_id],
            sorted(
                holiday
                for calendar in (calendar_id, False)
                for company in (company_id, False)
                for holiday in holidays.get((calendar, company), ())
            ),
        )
        for calendar_id, company_id in wanted
    }


def _hours(calendar):
    attendances = sorted(
        [str(attendance[name]) for name in ATTENDANCE_FIELDS]
        for attendance in calendar.attendance_ids
    )
    return [[str(calendar[name]) for name in CALENDAR_FIELDS], attendances]


def _short_hash(*facts):
    return sha256_hex(json.dumps(facts, default=str))[:FINGERPRINT_LENGTH]
