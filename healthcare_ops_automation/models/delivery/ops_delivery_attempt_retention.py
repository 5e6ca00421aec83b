from odoo import api, models
from odoo.tools import SQL

from ..parameters import ATTEMPT_DAYS
from .ops_delivery import UNSETTLED

BATCH = 5000


class OpsDeliveryAttempt(models.Model):
    """Retention of attempts: what became of a delivery stays on the delivery."""

    _inherit = "ops.delivery.attempt"

    @api.autovacuum
    def _gc_attempts(self):
        """Remove attempts past the days of the Settings, in one batch; none of a delivery that
        is still on its way.

        :return: how many were done, and how many are left at least
        """
        days = ATTEMPT_DAYS.value(self.env)
        if not days:
            return 0, 0
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM ops_delivery_attempt
                    WHERE id IN (
                        SELECT attempt.id
                          FROM ops_delivery_attempt attempt
                          JOIN ops_delivery d ON d.id = attempt.delivery_id
                         WHERE attempt.started_at
                               < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                           AND d.state NOT IN %s
                         ORDER BY attempt.started_at
                         LIMIT %s)
                RETURNING id""",
                days,
                UNSETTLED,
                BATCH,
            )
        )
        self.browse(attempt_id for (attempt_id,) in rows).invalidate_recordset(flush=False)
        return len(rows), int(len(rows) == BATCH)
