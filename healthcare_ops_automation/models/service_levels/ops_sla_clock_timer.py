from datetime import timedelta
from time import monotonic

from odoo import api, fields, models
from odoo.tools import SQL

from .guard import RUN_SECONDS, TICK_CRON

# Clocks that move in one transaction: short, since a document that stops one of them waits.
BATCH = 500


class OpsSlaClock(models.Model):
    """What time alone does to clocks: at risk, breached, and other hours.

    Found by indexes on the due moments, so it costs what changes, however many clocks run.
    Each batch is a transaction with its events: a server killed in between has done it or
    not, and the next run finds what was not.
    """

    _inherit = "ops.sla.clock"

    @api.model
    def _cron_tick(self):
        """Every minute: move the clocks whose moment has come."""
        clocks = self._ops_engine_of_cron()
        until = monotonic() + RUN_SECONDS
        for step in (clocks._tick_other_hours, clocks._tick_breached, clocks._tick_at_risk):
            while (clocks._despite_conflicts(step) or 0) == BATCH:
                if monotonic() > until:
                    clocks._despite_conflicts(lambda: clocks._go_on_with(TICK_CRON))
                    return

    @api.model
    def _tick_breached(self):
        """Clocks whose budget is used up; how many."""
        now = fields.Datetime.now()
        due = SQL("breached_at IS NULL AND due_at < %s ORDER BY due_at", now)
        return self._tick(self._running(due), now)

    @api.model
    def _tick_at_risk(self):
        """Clocks with little left of their budget; how many."""
        now = fields.Datetime.now()
        risky = SQL("is_at_risk IS NOT TRUE AND at_risk_at <= %s ORDER BY at_risk_at", now)
        return self._tick(self._running(risky), now)

    @api.model
    def _running(self, condition):
        # Those that a document is just moving are left to it.
        return SQL(
            "SELECT id FROM ops_sla_clock WHERE state = 'running' AND %s LIMIT %s"
            " FOR NO KEY UPDATE SKIP LOCKED",
            condition,
            BATCH,
        )

    @api.model
    def _tick_other_hours(self):
        """Clocks whose calendar was changed get their due times anew; how many."""
        return self._tick(
            SQL(
                """SELECT id FROM ops_sla_clock
                    WHERE id IN (
                          SELECT c.id FROM resource_calendar r
                            JOIN ops_sla_clock c
                              ON c.calendar_id = r.id AND c.hours_version < r.ops_hours_version
                           WHERE c.state = 'running' AND c.breached_at IS NULL
                           LIMIT %s)
                   FOR NO KEY UPDATE SKIP LOCKED""",
                BATCH,
            ),
            fields.Datetime.now(),
        )

    @api.model
    def _tick(self, which, now):
        ids = [row[0] for row in self.env.execute_query(which)]
        if not ids:
            return 0
        moved = self._transitions()
        for row in self._load(SQL("id = ANY(%s)", ids), moved.times):
            moved.add(row, row.face.advance(now))
        self._store(moved.rows())
        self._tell(moved, now)
        return len(ids)

    @api.model
    def _go_on_with(self, cron_xmlid):
        """Have a scheduled action run again within a minute."""
        self.env.ref(cron_xmlid)._trigger(at=fields.Datetime.now() + timedelta(seconds=5))

    @api.model
    def _ops_engine_of_cron(self):
        """As the engine works, but with what the scheduled action keeps in the context."""
        kept = {
            name: value
            for name, value in self.env.context.items()
            if name in ("cron_id", "cron_end_time", "ir_cron_progress_id")
        }
        return self.sudo()._ops_engine(**kept)
