from odoo import api, models
from odoo.tools import SQL

from ...core.service_level import OPEN_STATES, ClockFace
from ..time.resource_calendar import WorkingTimes
from .rows import FACE, IDENTITY, MOVING, ClockRow, Hours, Transitions


class OpsSlaClock(models.Model):
    """Clocks as rows: loading, moving and writing them in bulk."""

    _inherit = "ops.sla.clock"

    @api.model
    def _transitions(self):
        return Transitions(WorkingTimes())

    # -- moving ---------------------------------------------------------------------------

    @api.model
    def _move(self, moved, row, move, now):
        """Do what a record's state asks of its clock; see ``Matches.move``."""
        if move:
            moved.add(row, getattr(row.face, move)(now))

    @api.model
    def _replace(self, row, record, place, now):
        """Let an open clock follow its record to another place or person.

        :return: the transitions this causes, or None when nothing is other than before
        """
        company, site = place
        user_id = self._responsible(record)
        if (row.company_id, row.site_id, row.user_id) == (company.id, site.id or None, user_id):
            return None
        row.company_id, row.site_id, row.user_id = company.id, site.id or None, user_id
        calendar = self._calendar_for(row.hours_kind, row.calendar_id, company, site)
        hours = row.face.hours
        if (hours.calendar, hours.company) == (calendar, company):
            return []
        row.calendar_id, row.hours_version = calendar.id or None, calendar.ops_hours_version
        return row.face.rehour(now, Hours(hours.times, calendar, company))

    @api.model
    def _calendar_for(self, hours_kind, calendar_id, company, site):
        """The calendar whose hours count; none for around the clock."""
        calendars = self.env["resource.calendar"]
        if hours_kind == "always":
            return calendars
        if hours_kind == "calendar":
            return calendars.browse(calendar_id)
        return site.resource_calendar_id or company.resource_calendar_id

    @api.model
    def _responsible(self, record):
        """Id of the user whom a record names as responsible, or None."""
        found = record._fields.get("user_id")
        if found is None or found.comodel_name != "res.users":
            return None
        return record.user_id.id or None

    # -- the table ------------------------------------------------------------------------

    @api.model
    def _load_of(self, policy, records):
        """The open clocks of a policy for the records."""
        return self._load(
            SQL(
                "policy_id = %s AND res_id = ANY(%s) AND state IN %s",
                policy.id,
                list(records._ids),
                OPEN_STATES,
            )
        )

    @api.model
    def _load(self, where, times=None):
        """The clocks that fulfil a condition, as :class:`ClockRow`.

        Where hours have changed since a clock's times were worked out, they are worked out
        anew; the past was settled before the change (``resource_calendar_change``).
        """
        columns = ("id", *IDENTITY, *FACE)
        found = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM ops_sla_clock WHERE %s",
                SQL(", ").join(SQL.identifier(name) for name in columns),
                where,
            )
        )
        times = times or WorkingTimes()
        calendars, companies = self.env["resource.calendar"].sudo(), self.env["res.company"].sudo()
        rows = []
        for values in found:
            hours = Hours(
                times,
                calendars.browse(values["calendar_id"] or ()),
                companies.browse(values["company_id"]),
            )
            face = ClockFace(
                hours=hours, **{name: values.pop(column) for column, name in FACE.items()}
            )
            face.is_at_risk = bool(face.is_at_risk)
            row = ClockRow(face=face, **values)
            current = hours.calendar.ops_hours_version
            if row.hours_version != current:
                face.reaim()
                row.hours_version = current
            rows.append(row)
        return rows

    @api.model
    def _insert(self, rows):
        """Write new clocks; where one is open already, that one stays.

        :return: those written, with their ids and cycles
        """
        if not rows:
            return []
        [policy_id] = {row.policy_id for row in rows}
        before = dict(
            self.env.execute_query(
                SQL(
                    """SELECT res_id, max(cycle) FROM ops_sla_clock
                        WHERE policy_id = %s AND res_model = %s AND res_id = ANY(%s)
                        GROUP BY res_id""",
                    policy_id,
                    rows[0].res_model,
                    [row.res_id for row in rows],
                )
            )
        )
        for row in rows:
            row.cycle = before.get(row.res_id, 0) + 1
        columns = (*IDENTITY, *FACE)
        # Not logged: when another transaction has just started one, Odoo tries ours again.
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_sla_clock (%s) VALUES %s
                   ON CONFLICT (policy_id, res_id) WHERE state IN ('running', 'paused')
                   DO NOTHING RETURNING res_id, id""",
                SQL(", ").join(SQL.identifier(name) for name in columns),
                SQL(", ").join(
                    SQL("%s", tuple(row.value(column) for column in columns)) for row in rows
                ),
            ),
            log_exceptions=False,
        )
        written = dict(self.env.cr.fetchall())
        for row in rows:
            row.id = written.get(row.res_id)
        rows = [row for row in rows if row.id]
        self._written(rows)
        return rows

    @api.model
    def _store(self, rows):
        """Write what moved."""
        if not rows:
            return
        names = list(MOVING)
        self.env.cr.execute(
            SQL(
                "UPDATE ops_sla_clock AS c SET %s FROM unnest(%s, %s) AS v(id, %s)"
                " WHERE c.id = v.id",
                SQL(", ").join(
                    SQL("%s = v.%s", SQL.identifier(name), SQL.identifier(name)) for name in names
                ),
                SQL("%s::int[]", [row.id for row in rows]),
                SQL(", ").join(
                    SQL("%s::%s[]", [row.value(name) for row in rows], SQL(MOVING[name]))
                    for name in names
                ),
                SQL(", ").join(SQL.identifier(name) for name in names),
            ),
            log_exceptions=False,
        )
        self._written(rows)

    @api.model
    def _written(self, rows):
        self.browse(row.id for row in rows).invalidate_recordset(flush=False)
        self.env["ops.sla.mixin"]._take_over(rows)
