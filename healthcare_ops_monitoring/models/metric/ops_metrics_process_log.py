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
                # One event at a time, by ids: what the planner knows of tables that grow fast would
                # lead it to compare all with all.
                """INSERT INTO ops_metric_counter (name, labels, value)
                   SELECT 'cases_closed', jsonb_build_object('process', p.code),
                          count(DISTINCT step.case_id)
                     FROM unnest(%s::int[]) AS followed (id)
                    CROSS JOIN LATERAL (
                          SELECT s.case_id, s.at, s.milestone_id
                            FROM ops_event e JOIN ops_case_step s ON s.event_id = e.id
                           WHERE e.id = followed.id AND e.projected IS NULL LIMIT 1) AS step
                    CROSS JOIN LATERAL (
                          SELECT c.process_id FROM ops_case c
                           WHERE c.id = step.case_id AND c.closed_at = step.at
                             AND c.end_milestone_id = step.milestone_id LIMIT 1) AS closed
                     JOIN ops_process p ON p.id = closed.process_id
                    GROUP BY p.code""",
                event_ids,
            )
        )
        return super()._mark(event_ids)
