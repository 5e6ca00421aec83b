from odoo import api, models
from odoo.tools import SQL

from ..parameters import CALL_DAYS, PERSONAL_DAYS

BATCH = 5000


class OpsCallbackCall(models.Model):
    """Retention of the log of calls."""

    _inherit = "ops.callback.call"

    @api.autovacuum
    def _gc_calls(self):
        """Remove calls past the days of the Settings, in one batch.

        :return: how many were done, and how many are left at least
        """
        days = CALL_DAYS.value(self.env)
        if not days:
            return 0, 0
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM ops_callback_call
                    WHERE id IN (SELECT id FROM ops_callback_call
                                  WHERE called_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                                  ORDER BY called_at LIMIT %s)
                RETURNING id""",
                days,
                BATCH,
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(flush=False)
        return len(rows), int(len(rows) == BATCH)


class OpsCallback(models.Model):
    """Retention of what answers no event: there is no event whose type would say how long."""

    _inherit = "ops.callback"

    _told_content_idx = models.Index("(received_at) WHERE event_id IS NULL AND body IS NOT NULL")

    @api.autovacuum
    def _gc_told(self):
        """Remove the text of callbacks that answer no event, in one batch; the row stays, so that
        a replay is known.

        :return: how many were done, and how many are left at least
        """
        rows = self.env.execute_query(
            SQL(
                """UPDATE ops_callback SET body = NULL
                    WHERE id IN (SELECT id FROM ops_callback
                                  WHERE event_id IS NULL AND body IS NOT NULL
                                    AND received_at
                                        < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                                  ORDER BY received_at LIMIT %s)
                RETURNING id""",
                PERSONAL_DAYS.value(self.env),
                BATCH,
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(flush=False)
        return len(rows), int(len(rows) == BATCH)
