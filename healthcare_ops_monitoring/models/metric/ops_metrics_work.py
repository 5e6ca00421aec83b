from odoo import models
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception import OPEN_STATES
from odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception_category import (
    SEVERITIES,
)

from ...core.exposition import COUNTER

# Ages of approvals: up to so many hours; the last has no bound.
AGES = (("4h", 4), ("24h", 24), ("72h", 72), ("168h", 168))
OLDER = "older"


class OpsMetrics(models.AbstractModel):
    """What people have before them, and the cases."""

    _inherit = "ops.metrics"

    def _families(self):
        return [*super()._families(), "exceptions", "approvals", "cases"]

    def _family_exceptions(self, _totals):
        rows = self.env.execute_query(
            SQL(
                """SELECT severity, count(*),
                          count(*) FILTER (WHERE due_at < now() AT TIME ZONE 'UTC'),
                          count(*) FILTER (WHERE user_id IS NULL)
                     FROM ops_exception WHERE state IN %s GROUP BY severity""",
                OPEN_STATES,
            )
        )
        found = {severity: figures for severity, *figures in rows}
        texts = {
            "exceptions_open": "Exceptions that are open.",
            "exceptions_overdue": "Of the open ones, those past their due time.",
            "exceptions_unowned": "Of the open ones, those without an owner.",
        }
        return [
            self._gauge(
                name,
                text,
                [
                    (severity, found.get(severity, (0, 0, 0))[number])
                    for severity, _label in SEVERITIES
                ],
                "severity",
            )
            for number, (name, text) in enumerate(texts.items())
        ]

    def _family_approvals(self, _totals):
        bounds = [hours for _label, hours in AGES]
        rows = self.env.execute_query(
            SQL(
                """SELECT width_bucket(
                              EXTRACT(EPOCH FROM (now() AT TIME ZONE 'UTC' - submitted_at)) / 3600,
                              %s::numeric[]),
                          count(*), count(*) FILTER (WHERE due_at < now() AT TIME ZONE 'UTC')
                     FROM ops_approval_request WHERE state = 'pending' GROUP BY 1""",
                bounds,
            )
        )
        counts = {bucket: count for bucket, count, _overdue in rows}
        labels = [*(label for label, _hours in AGES), OLDER]
        return [
            self._gauge(
                "approvals_waiting",
                "Approval requests that wait for a decision, by their age: below so many hours, "
                "and not in an earlier one.",
                [(label, counts.get(bucket, 0)) for bucket, label in enumerate(labels)],
                "age",
            ),
            self._gauge(
                "approvals_overdue",
                "Approval requests past their due time.",
                [(sum(overdue for _bucket, _count, overdue in rows),)],
            ),
        ]

    def _family_cases(self, totals):
        rows = self.env.execute_query(
            SQL(
                """SELECT p.code, (SELECT count(*) FROM ops_case c
                                    WHERE c.process_id = p.id AND c.state = 'open')
                     FROM ops_process p ORDER BY 1"""
            )
        )
        closed = {labels["process"]: value for labels, value in totals.get("cases_closed", [])}
        family = self._family(
            "cases_closed_total",
            COUNTER,
            "Cases that came to their end; one that is opened again can do so again.",
        )
        for process in sorted({code for code, _count in rows} | set(closed)):
            family.add(closed.get(process, 0), process=process)
        return [self._gauge("cases_open", "Cases that are open.", rows, "process"), family]
