from odoo import api, models
from odoo.tools import SQL

from ..delivery.ops_delivery import UNSETTLED
from ..parameters import PERSONAL_DAYS

# One statement of this size stays well under a second.
BATCH = 5000
# For events whose type went with its pack.
WITHOUT_TYPE_DAYS = 365


class OpsEvent(models.Model):
    """Retention: content goes when the event's type says so, and with it what was answered;
    the rows stay. What is personal or secret goes earlier, by the schema that the event was
    written with."""

    _inherit = "ops.event"

    @api.autovacuum
    def _gc_content(self):
        """Remove content past its type's retention, in one batch; never while it must still
        be delivered. What was sent can still be proved: the SHA-256 of the body stays.

        :return: how many were done, and how many are left at least
        """
        rows = self._prune(
            SQL(
                "SELECT old.id FROM (%s) AS policy CROSS JOIN LATERAL (%s) AS old",
                self._retention_policies(),
                self._expired(
                    SQL("event.type_id = policy.type_id AND event.type_version = policy.version"),
                    SQL("policy.days"),
                ),
            )
        )
        if not rows:
            # Nobody can say any more what such content means, so it counts as personal.
            days = min(WITHOUT_TYPE_DAYS, PERSONAL_DAYS.value(self.env))
            rows = self._prune(self._expired(SQL("event.type_id IS NULL"), SQL("%s", days)))
        events = self.browse(event_id for (event_id,) in rows)
        events.invalidate_recordset(flush=False)
        # What was received about them goes with what was sent.
        events.callback_ids.write({"body": False})
        events.delivery_ids.attempt_ids.write({"response": False})
        return len(rows), int(len(rows) == BATCH)

    @api.model
    def _prune(self, which):
        """Remove the content of one batch of the events that SQL ``which`` selects."""
        return self.env.execute_query(
            SQL(
                """UPDATE ops_event SET body = NULL, data = NULL
                    WHERE id IN (SELECT id FROM (%s) AS found LIMIT %s) RETURNING id""",
                which,
                BATCH,
            )
        )

    @api.model
    def _expired(self, same, days):
        """SQL: events with content of more than ``days``, not to be delivered any more."""
        return SQL(
            """SELECT event.id
                 FROM ops_event event
                WHERE %s
                  AND (event.body IS NOT NULL OR event.data IS NOT NULL)
                  AND COALESCE(event.sealed_at, event.emitted_at)
                      < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                  AND NOT EXISTS (SELECT FROM ops_delivery d
                                   WHERE d.event_id = event.id AND d.state IN %s)
                LIMIT %s""",
            same,
            days,
            UNSETTLED,
            BATCH,
        )

    @api.model
    def _retention_policies(self):
        """SQL: for how many days the content of each version of each type is kept."""
        return SQL(
            """SELECT type.id AS type_id, version.version,
                      CASE WHEN version.has_sensitive IS FALSE
                           THEN type.retention_days
                           ELSE least(type.retention_days, %s) END AS days
                 FROM ops_event_type type
                 JOIN ops_event_type_version version ON version.type_id = type.id""",
            PERSONAL_DAYS.value(self.env),
        )
