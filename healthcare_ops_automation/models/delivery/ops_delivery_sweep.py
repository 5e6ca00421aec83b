from odoo import api, models
from odoo.tools import SQL

# Hours after which what waits for a broken endpoint is given up.
GIVE_UP_PARAMETER = "healthcare_ops_automation.give_up_hours"
GIVE_UP_HOURS = 72
# Nothing is given up that was not tried so lately: after a time in test mode, or with the server
# down, the receiver is asked first.
TRIED_HOURS = 24
BATCH = 5000
BATCHES = 100


class OpsDelivery(models.Model):
    """Sweeping: what no run of a lane would ever meet again is brought back or ended.

    Leases that ran out need no sweeper, every claim takes them. This is for what was left
    between two steps: by a process that was killed, by an endpoint switched off at the
    very moment, by a receiver that is gone for good.
    """

    _inherit = "ops.delivery"

    @api.model
    def _cron_sweep(self):
        """Release, skip and give up what is stranded; then wake the lanes."""
        if not self.env["ops.event"]._may_leave():
            return
        for step in (self._release_orphans, self._skip_of_disabled, self._give_up_on_broken):
            for _batch in range(BATCHES):
                # In batches: while a step lasts, no lane claims or settles.
                if (self._despite_conflicts(step) or 0) < BATCH:
                    break
        self._report()

    @api.model
    def _release_orphans(self):
        """Parked deliveries with nothing before them any more take their turn; how many."""
        self._lock_dispatch()
        orphans = self.env.execute_query(
            SQL(
                """SELECT d.endpoint_id, d.record_key FROM ops_delivery d
                    WHERE d.state = 'parked' AND NOT EXISTS (
                          SELECT FROM ops_delivery earlier
                           WHERE earlier.endpoint_id = d.endpoint_id
                             AND earlier.record_key = d.record_key
                             AND earlier.sequence < d.sequence
                             AND earlier.state IN ('waiting', 'retrying', 'sending', 'parked'))
                    LIMIT %s""",
                BATCH,
            )
        )
        self._release(orphans)
        return len(orphans)

    @api.model
    def _skip_of_disabled(self):
        """Deliveries created while their endpoint was being switched off are skipped; how many."""
        self._lock_dispatch()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery SET state = 'skipped', lease_until = NULL
                    WHERE id IN (
                          SELECT d.id FROM ops_delivery d
                            JOIN ops_endpoint e ON e.id = d.endpoint_id
                           WHERE (e.state = 'disabled' OR NOT e.active)
                             AND d.state IN ('waiting', 'retrying', 'parked')
                           LIMIT %s)""",
                BATCH,
            )
        )
        self.invalidate_model(flush=False)
        return self.env.cr.rowcount

    @api.model
    def _give_up_on_broken(self):
        """An endpoint that has been broken for days gets what waited as dead letters: they
        are told of and can be sent again, instead of arriving late and unseen.

        :return: how many
        """
        hours = self._give_up_hours()
        self._lock_dispatch()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery d
                      SET state = 'dead', lease_until = NULL, last_error = %(reason)s,
                          failure_cause = 'unanswered'
                    WHERE d.id IN (
                          SELECT waiting.id FROM ops_delivery waiting
                            JOIN ops_endpoint e ON e.id = waiting.endpoint_id
                            JOIN ops_endpoint_health h ON h.endpoint_id = e.id
                           WHERE e.state = 'broken'
                             AND e.active AND e.url <> '' AND e.test_mode IS NOT TRUE
                             AND h.last_failure_at
                                 > now() AT TIME ZONE 'UTC' - %(tried)s * interval '1 hour'
                             AND h.opened_at < now() AT TIME ZONE 'UTC' - %(since)s
                             AND COALESCE(waiting.replayed_at, waiting.created_at)
                                 < now() AT TIME ZONE 'UTC' - %(since)s
                             AND waiting.state IN ('waiting', 'retrying', 'parked')
                           LIMIT %(batch)s)""",
                reason=self.env._("The endpoint has been broken for more than %s hours.", hours),
                since=SQL("%s * interval '1 hour'", hours),
                tried=TRIED_HOURS,
                batch=BATCH,
            )
        )
        self.invalidate_model(flush=False)
        return self.env.cr.rowcount

    @api.model
    def _give_up_hours(self):
        text = self.env["ir.config_parameter"].get_param(GIVE_UP_PARAMETER) or ""
        return max(int(text), 1) if text.isdecimal() else GIVE_UP_HOURS
