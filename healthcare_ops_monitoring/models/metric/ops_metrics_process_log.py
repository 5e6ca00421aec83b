from odoo import api, models
from odoo.tools import SQL

from ...core.exposition import COUNTER

# More are not counted one by one.
WAITING_MOST = 100_000


class OpsMetrics(models.AbstractModel):
    """Events, and how far the process log is behind them."""

    _inherit = "ops.metrics"

    def _families(self):
        return [*super()._families(), "events", "process_log"]

    def _family_events(self, totals):
        """Types are data of the installation, some dozens of them."""
        family = self._family(
            "events_total", COUNTER, "Events that were followed into the process log."
        )
        rows = [(labels["type"], value) for labels, value in totals.get("events", [])]
        for code, value in sorted(rows):
            family.add(value, type=code)
        return [family]

    def _family_process_log(self, _totals):
        # What somebody wants worked out anew is not late.
        waiting = SQL("FROM ops_event WHERE state = 'sealed' AND projected IS NULL")
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM (SELECT 1 %s LIMIT %s) AS few", waiting, WAITING_MOST)
        )
        return [
            self._gauge(
                "process_log_waiting",
                f"Events that are not in the process log yet, up to {WAITING_MOST}.",
                [(count,)],
            ),
            self._gauge(
                "process_log_lag_seconds",
                "For how long the first of them has been waiting; 0 without one.",
                [(self.env["ops.projector"]._lag(),)],
            ),
        ]


class OpsProjector(models.AbstractModel):
    _inherit = "ops.projector"

    @api.model
    def _mark(self, event_ids):
        """Events are counted when they are followed for the first time, in that transaction."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_metric_counter (name, labels, value)
                   SELECT 'events', jsonb_build_object('type', type_code), count(*)
                     FROM ops_event WHERE id = ANY(%s) AND projected IS NULL GROUP BY type_code""",
                event_ids,
            )
        )
        return super()._mark(event_ids)

    @api.model
    def _lag(self):
        """Seconds that the first new event has been waiting; 0 when none is."""
        rows = self.env.execute_query(
            SQL(
                """SELECT GREATEST(0, EXTRACT(EPOCH FROM
                              (now() AT TIME ZONE 'UTC' - COALESCE(sealed_at, emitted_at))))
                     FROM ops_event WHERE state = 'sealed' AND projected IS NULL
                    ORDER BY id LIMIT 1"""
            )
        )
        return float(rows[0][0]) if rows else 0.0
