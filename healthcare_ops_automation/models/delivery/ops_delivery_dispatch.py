import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

from ...core import sender
from ...core.network import parse_networks
from ...core.retry import DEFAULT_SCHEDULE, delay_after, parse_schedule

_logger = logging.getLogger(__name__)

# Deliveries sent at once. A batch is no larger, so it ends when its slowest answer does.
THREADS = 32
# No batch begins later than this in a run. With the usual 15 s for an answer a run ends within
# 25 s: its lock on the scheduled action pins the database's oldest snapshot meanwhile.
RUN_SECONDS = 10
# Longer than any attempt may take: after it the process that sent is taken for dead.
LEASE_SECONDS = 120
SCHEDULE_PARAMETER = "healthcare_ops_automation.retry_schedule"


class OpsDelivery(models.Model):
    """Dispatching: claim, send, settle; one scheduled action a lane.

    A claim counts the attempt and is committed before anything is sent, so that a killed
    process has used it up; its lease runs out and another run takes the delivery. Threads
    get plain values and hold neither cursor nor environment. Of one record's deliveries to
    one endpoint only the lowest unsettled sequence is claimed, so order is kept and only
    that record waits.
    """

    _inherit = "ops.delivery"

    @api.model
    def _cron_deliver(self, lane):
        """Deliver what is due in a lane; begin no batch after 10 seconds.

        :param str lane: critical, standard or bulk
        """
        if not self.env["ops.event"]._may_leave():
            return
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            if not self._deliver_batch(lane):
                break
        self._wake_for_next(lane)

    @api.model
    def _deliver_batch(self, lane):
        """Claim, send and settle one batch; return how many deliveries it held."""
        try:
            claims = self._claim(lane)
        except SerializationFailure:
            # Another server's run took some of the same rows: look again.
            self.env.cr.rollback()
            return 1
        self._commit()
        if not claims:
            return 0
        with ThreadPoolExecutor(len(claims), "ops-deliver") as pool:
            outcomes = list(pool.map(sender.send, claims))
        self._settle(claims, outcomes)
        self._commit(len(claims))
        return len(claims)

    @api.model
    def _commit(self, processed=0):
        """The dispatcher's commits: one place, so that tests can run within one transaction."""
        self.env["ir.cron"]._commit_progress(processed)

    @api.model
    def _claim(self, lane):
        """Take due deliveries of the lane and count the attempt.

        Due times are compared on the database's clock.

        :return: a list of :class:`~core.sender.Outgoing`
        """
        self.flush_model()
        self.env["ops.endpoint"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """UPDATE ops_delivery d
                      SET state = 'sending', attempt_count = d.attempt_count + 1,
                          lease_until = now() AT TIME ZONE 'UTC' + %s * interval '1 second'
                     FROM (SELECT due.id
                             FROM ops_delivery due
                             JOIN ops_endpoint endpoint ON endpoint.id = due.endpoint_id
                            WHERE due.lane = %s
                              AND endpoint.active AND endpoint.state = 'active'
                              AND (due.state IN ('waiting', 'retrying')
                                   AND due.next_attempt_at <= now() AT TIME ZONE 'UTC'
                                   OR due.state = 'sending'
                                   AND due.lease_until < now() AT TIME ZONE 'UTC')
                              AND %s
                            ORDER BY due.sequence
                            LIMIT %s
                              FOR UPDATE OF due SKIP LOCKED) AS claimed,
                          ops_event event, ops_endpoint endpoint
                    WHERE d.id = claimed.id AND event.id = d.event_id
                      AND endpoint.id = d.endpoint_id
                RETURNING d.id, d.endpoint_id, d.attempt_count, event.body, event.uuid,
                          endpoint.url, endpoint.secret_out, endpoint.allowed_networks,
                          endpoint.connect_timeout, endpoint.total_timeout""",
                LEASE_SECONDS,
                lane,
                self._first_of_its_record("due"),
                THREADS,
            )
        )
        self.browse(row["id"] for row in rows).invalidate_recordset(flush=False)
        return [
            sender.Outgoing(
                delivery_id=row["id"],
                endpoint_id=row["endpoint_id"],
                attempt=row["attempt_count"],
                url=row["url"],
                body=row["body"],
                message_id=row["uuid"],
                secrets=(row["secret_out"],),
                networks=tuple(parse_networks(row["allowed_networks"])),
                connect_timeout=row["connect_timeout"],
                total_timeout=row["total_timeout"],
            )
            for row in rows
        ]

    @api.model
    def _first_of_its_record(self, alias):
        """SQL: no earlier delivery of the same record to the same endpoint is unsettled."""
        return SQL(
            """NOT EXISTS (SELECT FROM ops_delivery earlier
                            WHERE earlier.endpoint_id = %(d)s.endpoint_id
                              AND earlier.record_key = %(d)s.record_key
                              AND earlier.sequence < %(d)s.sequence
                              AND earlier.state IN ('waiting', 'retrying', 'sending'))""",
            d=SQL.identifier(alias),
        )

    @api.model
    def _settle(self, claims, outcomes):
        """Write what became of the attempts, in bulk; open exceptions for what is given up."""
        now = fields.Datetime.now()
        schedule = self._retry_schedule()
        limits = {
            endpoint.id: endpoint.max_attempts
            for endpoint in self.env["ops.endpoint"].browse({c.endpoint_id for c in claims})
        }
        settled, attempts = [], []
        for claim, outcome in zip(claims, outcomes, strict=True):
            state, next_at = self._next_step(claim, outcome, schedule, limits, now)
            error = (outcome.error or None) and outcome.error[:500]
            settled.append((claim.delivery_id, state, outcome.status, error, next_at))
            started_at = now - timedelta(milliseconds=outcome.duration_ms)
            attempts.append(
                {
                    "delivery_id": claim.delivery_id,
                    "number": claim.attempt,
                    "started_at": started_at.replace(microsecond=0),
                    "duration_ms": outcome.duration_ms,
                    "http_status": outcome.status,
                    "outcome": outcome.verdict,
                    "error": error,
                    "response": outcome.response,
                }
            )
        self.env.execute_query(
            SQL(
                """UPDATE ops_delivery
                      SET state = v.state, last_status = v.status, last_error = v.error,
                          next_attempt_at = v.next_at::timestamp, lease_until = NULL,
                          delivered_at = CASE WHEN v.state = 'delivered'
                                              THEN clock_timestamp() AT TIME ZONE 'UTC' END
                     FROM (VALUES %s) AS v (id, state, status, error, next_at)
                    WHERE ops_delivery.id = v.id
                RETURNING ops_delivery.id""",
                SQL(", ").join(SQL("%s", row) for row in settled),
            )
        )
        deliveries = self.browse(claim.delivery_id for claim in claims)
        deliveries.invalidate_recordset(flush=False)
        self.env["ops.delivery.attempt"].create(attempts)
        gone = {c.endpoint_id for c, o in zip(claims, outcomes, strict=True) if o.verdict == "gone"}
        self.env["ops.endpoint"].browse(gone).write({"state": "disabled"})
        deliveries.filtered(lambda delivery: delivery.state == "dead")._raise_given_up()

    @api.model
    def _next_step(self, claim, outcome, schedule, limits, now):
        """The state after an attempt, and when the next one is due if there is one."""
        if outcome.verdict == sender.DELIVERED:
            return "delivered", None
        if outcome.verdict != sender.RETRY or claim.attempt >= limits[claim.endpoint_id]:
            return "dead", None
        delay = delay_after(claim.attempt, schedule, outcome.retry_after)
        if delay is None:
            return "dead", None
        return "retrying", now + timedelta(seconds=round(delay))

    @api.model
    def _retry_schedule(self):
        text = self.env["ir.config_parameter"].get_param(SCHEDULE_PARAMETER)
        return parse_schedule(text) if text else DEFAULT_SCHEDULE

    def _raise_given_up(self):
        """One exception an endpoint, counting what it did not take."""
        for delivery in self:
            self.env["ops.exception"]._raise_exception(
                "delivery_given_up",
                self.env._(
                    "“%(endpoint)s” did not take %(event)s after %(count)s attempts. %(error)s",
                    endpoint=delivery.endpoint_id.name,
                    event=delivery.event_id.display_name,
                    count=delivery.attempt_count,
                    error=delivery.last_error or "",
                ),
                event=delivery.event_id,
                cause_key=f"endpoint:{delivery.endpoint_id.id}",
            )

    @api.model
    def _wake_for_next(self, lane):
        """Trigger the lane's next run for the earliest delivery that is still to come."""
        [[due_at]] = self.env.execute_query(
            SQL(
                """SELECT min(CASE WHEN d.state = 'sending' THEN d.lease_until
                                   ELSE d.next_attempt_at END)
                     FROM ops_delivery d
                     JOIN ops_endpoint endpoint ON endpoint.id = d.endpoint_id
                    WHERE d.lane = %s AND d.state IN ('waiting', 'retrying', 'sending')
                      AND endpoint.active AND endpoint.state = 'active'
                      AND %s""",
                lane,
                self._first_of_its_record("d"),
            )
        )
        if due_at:
            cron = self.env.ref(self.env["ops.event"]._lane_crons()[lane])
            cron._trigger(max(due_at, fields.Datetime.now()))
