from odoo import api, models
from odoo.tools import SQL

from ...core.exposition import COUNTER
from ..health.ops_health_process_log import COUNTED_MOST


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
        count, oldest = self.env["ops.health"]._process_log_lag()
        return [
            self._gauge(
                "process_log_waiting",
                f"Events that are not in the process log yet, up to {COUNTED_MOST}.",
                [(count,)],
            ),
            self._gauge(
                "process_log_lag_seconds",
                "For how long the oldest of them has been waiting; 0 without one.",
                [(self._age(oldest),)],
            ),
        ]


class OpsProjector(models.AbstractModel):
    _inherit = "ops.projector"

    @api.model
    def _mark(self, event_ids):
        """Events, and the cases that they closed, are counted when they are followed for the
        first time, in that transaction: what is worked out anew does not count again."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_metric_counter (name, labels, value)
                   SELECT 'events', jsonb_build_object('type', type_code), count(*)
                     FROM ops_event WHERE id = ANY(%s) AND projected IS NULL GROUP BY type_code""",
                event_ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_metric_counter (name, labels, value)
                   SELECT 'cases_closed', jsonb_build_object('process', p.code),
                          count(DISTINCT c.id)
                     FROM ops_event e
                     JOIN ops_case_step s ON s.event_id = e.id
                     JOIN ops_case c ON c.id = s.case_id AND c.closed_at = s.at
                                    AND c.end_milestone_id = s.milestone_id
                     JOIN ops_process p ON p.id = c.process_id
                    WHERE e.id = ANY(%s) AND e.projected IS NULL GROUP BY p.code""",
                event_ids,
            )
        )
        return super()._mark(event_ids)
