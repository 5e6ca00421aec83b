from odoo import api, fields, models
from odoo.tools import SQL

from ...core.service_level import OPEN_STATES, RUNNING
from .rows import Hours

SETTLED = "healthcare_ops_automation.sla_settled"
# Fields of a calendar by which its hours are worked out, besides those of its lines.
HOURS_FIELDS = {
    "company_id",
    "flexible_hours",
    "full_time_required_hours",
    "hours_per_day",
    "schedule_type",
    "two_weeks_calendar",
    "tz",
}


class OpsSlaClock(models.Model):
    _inherit = "ops.sla.clock"

    @api.model
    def _other_calendar(self, where):
        """Let clocks that count their site's hours count those of its present calendar.

        :param SQL where: which of them
        """
        now = fields.Datetime.now()
        moved = self._transitions()
        sites, companies = self.env["ops.site"], self.env["res.company"]
        for row in self._load(
            SQL("state IN %s AND hours_kind = 'site' AND %s", OPEN_STATES, where), moved.times
        ):
            company, site = companies.browse(row.company_id), sites.browse(row.site_id or ())
            calendar = self._calendar_for("site", None, company, site)
            if (calendar.id or None) != row.calendar_id:
                row.calendar_id = calendar.id or None
                row.hours_version = calendar.ops_hours_version
                moved.add(row, row.face.rehour(now, Hours(moved.times, calendar, company)))
        self._store(moved.rows())
        self._tell(moved, now)


class ResourceCalendar(models.Model):
    """What clocks do when hours change: what was used stays, the rest is due anew.

    Before a change that reaches into the past, what running clocks have used is put down by
    the old hours. After any change the calendar's version counts up, by which the scheduled
    action finds the clocks whose due times are to be worked out anew.
    """

    _inherit = "resource.calendar"

    def _ops_before_hours_change(self):
        """Put down what was used so far. Once a moment, however many lines change."""
        now = fields.Datetime.now()
        settled = self.env.cr.precommit.data.setdefault(SETTLED, {})
        ids = {each for each in self.ids if settled.get(each) != now}
        settled.update(dict.fromkeys(ids, now))
        if not ids:
            return
        # sudo: the engine's own bookkeeping, whoever may change working hours
        clocks = self.env["ops.sla.clock"].sudo()._ops_engine()
        moved = clocks._transitions()
        where = SQL("state = %s AND calendar_id = ANY(%s)", RUNNING, sorted(ids))
        for row in clocks._load(where, moved.times):
            moved.add(row, row.face.settle(now))
        clocks._store(moved.rows())
        clocks._tell(moved, now)

    def _ops_after_hours_change(self):
        """Have the due times worked out anew."""
        if self.ids:
            self.env.cr.execute(
                SQL(
                    """UPDATE resource_calendar
                          SET ops_hours_version = COALESCE(ops_hours_version, 0) + 1
                        WHERE id = ANY(%s)""",
                    list(self.ids),
                )
            )
            self.invalidate_recordset(["ops_hours_version"], flush=False)

    def write(self, vals):
        changes = bool(vals.keys() & HOURS_FIELDS)
        if changes:
            self._ops_before_hours_change()
        result = super().write(vals)
        if changes:
            self._ops_after_hours_change()
        return result


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        calendars = self.env["resource.calendar"].browse(sorted(ids))
        calendars._ops_before_hours_change()
        lines = super().create(vals_list)
        lines.calendar_id._ops_after_hours_change()
        return lines

    def write(self, vals):
        calendars = self.calendar_id | self.calendar_id.browse(vals.get("calendar_id") or ())
        calendars._ops_before_hours_change()
        result = super().write(vals)
        (calendars | self.calendar_id)._ops_after_hours_change()
        return result

    def unlink(self):
        calendars = self.calendar_id
        calendars._ops_before_hours_change()
        result = super().unlink()
        calendars.exists()._ops_after_hours_change()
        return result


class ResourceCalendarLeaves(models.Model):
    """Holidays; the time off of one person or machine concerns no clock."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        common = [vals for vals in vals_list if not vals.get("resource_id")]
        now = fields.Datetime.now()
        for vals in common:
            begin = fields.Datetime.to_datetime(vals.get("date_from"))
            if begin and begin < now:
                self._ops_calendars(vals.get("calendar_id"))._ops_before_hours_change()
        leaves = super().create(vals_list)
        leaves._ops_concerned()._ops_after_hours_change()
        return leaves

    def write(self, vals):
        before = self._ops_concerned()
        begins = [*self.mapped("date_from"), fields.Datetime.to_datetime(vals.get("date_from"))]
        if any(begin and begin < fields.Datetime.now() for begin in begins):
            before |= self._ops_calendars(vals["calendar_id"]) if "calendar_id" in vals else before
            before._ops_before_hours_change()
        result = super().write(vals)
        (before | self._ops_concerned())._ops_after_hours_change()
        return result

    def unlink(self):
        calendars = self._ops_concerned()
        if any(leave.date_from < fields.Datetime.now() for leave in self):
            calendars._ops_before_hours_change()
        result = super().unlink()
        calendars.exists()._ops_after_hours_change()
        return result

    def _ops_concerned(self):
        """The calendars whose hours the holidays are cut from."""
        calendars = self.env["resource.calendar"]
        for leave in self.filtered(lambda each: not each.resource_id):
            calendars |= self._ops_calendars(leave.calendar_id.id)
        return calendars

    @api.model
    def _ops_calendars(self, calendar_id):
        """The calendar, or without one all that clocks run by: then it is everybody's day."""
        calendars = self.env["resource.calendar"]
        if calendar_id:
            return calendars.browse(calendar_id)
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT calendar_id FROM ops_sla_clock WHERE state = %s", RUNNING)
        )
        return calendars.browse(row[0] for row in rows if row[0])
