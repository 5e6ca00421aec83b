from odoo import api, fields, models
from odoo.tools import SQL

from ...core.service_level import OPEN_STATES
from .guard import CATEGORY

# Clocks that are cancelled with one statement.
BATCH = 500


class OpsSlaClock(models.Model):
    """What the sweep does to clocks without asking their records."""

    _inherit = "ops.sla.clock"

    @api.model
    def _cancel_orphans(self):
        """Cancel the open clocks of deleted records and of policies switched off."""
        gone = [
            SQL(
                """SELECT c.id FROM ops_sla_clock c JOIN ops_sla_policy p ON p.id = c.policy_id
                    WHERE c.state IN %s AND p.active IS NOT TRUE""",
                OPEN_STATES,
            )
        ]
        models_ = self.env.execute_query(
            SQL("SELECT DISTINCT res_model FROM ops_sla_clock WHERE state IN %s", OPEN_STATES)
        )
        for (model,) in models_:
            alive = SQL("FALSE")
            if model in self.env:
                table = SQL.identifier(self.env[model]._table)
                alive = SQL("EXISTS (SELECT FROM %s r WHERE r.id = c.res_id)", table)
            gone.append(
                SQL(
                    """SELECT c.id FROM ops_sla_clock c
                        WHERE c.state IN %s AND c.res_model = %s AND NOT %s""",
                    OPEN_STATES,
                    model,
                    alive,
                )
            )
        ids = sorted({row[0] for each in gone for row in self.env.execute_query(each)})
        for first in range(0, len(ids), BATCH):
            self._cancel(SQL("id = ANY(%s)", ids[first : first + BATCH]))
        return len(ids)

    @api.model
    def _cancel(self, where):
        """Cancel the open clocks that fulfil a condition."""
        now = fields.Datetime.now()
        moved = self._transitions()
        for row in self._load(SQL("state IN %s AND %s", OPEN_STATES, where), moved.times):
            moved.add(row, row.face.cancel(now))
        self._store(moved.rows())
        self._tell(moved, now)

    @api.model
    def _report_hourless(self):
        """A clock without hours to come would never be breached: a person must know."""
        found = self._read_group(
            [("state", "=", "running"), ("due_at", "=", False)], ["policy_id", "calendar_id"]
        )
        for policy, calendar in found:
            self.env["ops.exception"]._raise_exception(
                CATEGORY,
                self.env._(
                    "Clocks of “%(policy)s” have no due time: the calendar “%(calendar)s” has no "
                    "working hours in the next three years. Add hours, or choose another calendar.",
                    policy=policy.name,
                    calendar=calendar.name,
                ),
                policy,
                cause_key=f"sla_hours:{policy.id}:{calendar.id}",
            )
