from odoo import models
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.delivery.ops_delivery import UNSETTLED

from ...core.exposition import COUNTER, HISTOGRAM
from .ops_metric_counter import BUCKETS_MS

LANES = ("critical", "standard", "bulk")
# Endpoints with a label of their own: the first ones that there were. Which they are never
# changes, so no counter falls because another one became busier.
ENDPOINTS_NAMED = 100
OTHER = "other"


class OpsMetrics(models.AbstractModel):
    """Events on their way out, and what comes back."""

    _inherit = "ops.metrics"

    def _families(self):
        return [*super()._families(), "deliveries", "attempts", "queue", "callbacks"]

    def _family_deliveries(self, totals):
        return [
            self._by_endpoint(
                totals,
                "deliveries",
                "deliveries_total",
                "Deliveries that were settled, by what became of them. One that is replayed "
                "settles again.",
            )
        ]

    def _family_attempts(self, totals):
        counter = self._by_endpoint(
            totals, "attempts", "delivery_attempts_total", "Attempts to deliver."
        )
        histogram = self._family(
            "delivery_attempt_duration_seconds", HISTOGRAM, "How long an attempt took."
        )
        names = self._endpoint_names(totals)
        observed = {}
        for labels, value in totals.get("attempt_bucket", []):
            name = names.get(labels["endpoint"], OTHER)
            counts = observed.setdefault(name, [0] * (len(BUCKETS_MS) + 1))
            counts[labels["bucket"]] += value
        sums = {}
        for labels, value in totals.get("attempt_ms", []):
            name = names.get(labels["endpoint"], OTHER)
            sums[name] = sums.get(name, 0) + value / 1000
        bounds = [bound / 1000 for bound in BUCKETS_MS]
        for name, counts in sorted(observed.items()):
            histogram.add_histogram(bounds, counts, sums.get(name, 0), endpoint=name)
        return [counter, histogram]

    def _by_endpoint(self, totals, counter, name, text):
        family = self._family(name, COUNTER, text)
        names = self._endpoint_names(totals)
        sums = {}
        for labels, value in totals.get(counter, []):
            key = names.get(labels["endpoint"], OTHER), labels["outcome"]
            sums[key] = sums.get(key, 0) + value
        for (endpoint, outcome), value in sorted(sums.items()):
            family.add(value, endpoint=endpoint, outcome=outcome)
        return family

    def _endpoint_names(self, totals):
        """``{id: label}`` of the endpoints that have one of their own."""
        counted = {
            labels["endpoint"]
            for counter in ("deliveries", "attempts")
            for labels, _value in totals.get(counter, [])
        }
        named = sorted(counted)[:ENDPOINTS_NAMED]
        rows = self.env.execute_query(
            SQL("SELECT id, name FROM ops_endpoint WHERE id = ANY(%s)", named)
        )
        return dict(rows)

    def _family_queue(self, _totals):
        rows = self.env.execute_query(
            SQL(
                """SELECT lane, state, count(*),
                          EXTRACT(EPOCH FROM (now() AT TIME ZONE 'UTC' - min(created_at)))
                     FROM ops_delivery WHERE state IN %s GROUP BY lane, state""",
                UNSETTLED,
            )
        )
        depth = {(lane, state): count for lane, state, count, _age in rows}
        oldest = {}
        for lane, _state, _count, age in rows:
            oldest[lane] = max(oldest.get(lane, 0), age)
        [(dead,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM ops_delivery WHERE state = 'dead'")
        )
        return [
            self._gauge(
                "queue_depth",
                "Deliveries that are not settled.",
                [
                    (lane, state, depth.get((lane, state), 0))
                    for lane in LANES
                    for state in UNSETTLED
                ],
                "lane",
                "state",
            ),
            self._gauge(
                "queue_oldest_age_seconds",
                "Age of the oldest delivery that is not settled; 0 without one.",
                [(lane, oldest.get(lane, 0)) for lane in LANES],
                "lane",
            ),
            self._gauge("dead_letters", "Deliveries given up, and not dealt with.", [(dead,)]),
        ]

    def _family_callbacks(self, totals):
        family = self._family("callbacks_total", COUNTER, "Calls to callback addresses.")
        counted = {labels["outcome"]: value for labels, value in totals.get("callbacks", [])}
        for outcome in ("accepted", "repeated", "refused"):
            family.add(counted.get(outcome, 0), outcome=outcome)
        overdue = self.env["ops.delivery"].search_count([("answer_state", "=", "overdue")])
        gauge = self._gauge(
            "callbacks_overdue", "Answers of other systems that did not come in time.", [(overdue,)]
        )
        return [family, gauge]
