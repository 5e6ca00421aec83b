from odoo import api, models
from odoo.tools import SQL

from ..delivery.ops_delivery import UNSETTLED

# One statement of this size stays well under a second.
BATCH = 5000
# For events whose type went with its pack.
WITHOUT_TYPE_DAYS = 365


class OpsEvent(models.Model):
    """Retention: content goes when the event's type says so, and with it what was answered;
    the rows stay."""

    _inherit = "ops.event"

    @api.autovacuum
    def _gc_content(self):
        """Remove content past its type's retention, in one batch; never while it must still
        be delivered. What was sent can still be proved: the SHA-256 of the body stays.

        :return: how many were done, and how many are left at least
        """
        rows = self.env.execute_query(
            SQL(
                """UPDATE ops_event SET body = NULL, data = NULL
                    WHERE id IN (
                        SELECT event.id
                          FROM ops_event event
                          LEFT JOIN ops_event_type type ON type.id = event.type_id
                         WHERE event.body IS NOT NULL
                           AND event.sealed_at < now() AT TIME ZONE 'UTC'
                              - COALESCE(type.retention_days, %s) * interval '1 day'
                           AND NOT EXISTS (
                               SELECT FROM ops_delivery d
                                WHERE d.event_id = event.id
                                  AND d.state = ANY(%s))
                         LIMIT %s)
                RETURNING id""",
                WITHOUT_TYPE_DAYS,
                list(UNSETTLED),
                BATCH,
            )
        )
        events = self.browse(event_id for (event_id,) in rows)
        events.invalidate_recordset(flush=False)
        # What was received about them goes with what was sent.
        events.callback_ids.write({"body": False})
        events.delivery_ids.attempt_ids.write({"response": False})
        return len(rows), int(len(rows) == BATCH)
