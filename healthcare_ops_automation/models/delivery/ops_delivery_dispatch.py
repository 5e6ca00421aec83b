import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...core import sender
from ...core.retry import DEFAULT_SCHEDULE, delay_after, parse_schedule

_logger = logging.getLogger(__name__)

# Deliveries sent at once. A batch is no larger, so it ends when its slowest answer does.
THREADS = 32
# No batch begins later than this in a run. With the usual 15 s for an answer a run ends within
# 25 s: its lock on the scheduled action pins the database's oldest snapshot meanwhile.
RUN_SECONDS = 10
# Longer than any attempt may take: after it the process that sent is taken for dead.
LEASE_SECONDS = 120
# What a receiver refuses (4xx, a redirect) may be a slip that is mended within minutes, such as
# a workflow that is not switched on; beyond this many attempts it is not.
ATTEMPTS_WHEN_REFUSED = 3
CONFLICT_TRIES = 5
# Deliveries given up that one run tells of; the next run goes on.
REPORTS = 200
SCHEDULE_PARAMETER = "healthcare_ops_automation.retry_schedule"


class OpsDelivery(models.Model):
    """Dispatching: claim, send, settle; one scheduled action a lane.

    A claim counts the attempt and is committed before anything is sent, so that a killed
    process has used it up; its lease runs out and another run takes the delivery. Threads
    get plain values and hold neither cursor nor environment. Of one record's deliveries to
    one endpoint only the lowest unsettled sequence is claimed, so order is kept and only
    that record waits. Each endpoint gets its share of a batch: one that hangs delays its
    own deliveries, not those of the others.
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
        more = True
        while more and time.monotonic() < deadline:
            more = self._deliver_batch(lane)
        self._despite_conflicts(self._report_given_up)
        if more:
            self.env.ref(self.env["ops.event"]._lane_crons()[lane])._trigger()
        else:
            self._wake_for_next(lane)

    @api.model
    def _deliver_batch(self, lane):
        """Claim, send and settle one batch; return how many deliveries it held."""
        schedule = self._retry_schedule()
        claims = self._despite_conflicts(lambda: self._claim(lane)) or []
        if not claims:
            return 0
        with ThreadPoolExecutor(len(claims), "ops-deliver") as pool:
            outcomes = list(pool.map(sender.send, claims))
        # What became of the attempts is written first, and by itself: no trouble with an
        # endpoint or an exception may make a delivered event be sent again.
        self._despite_conflicts(lambda: self._settle(claims, outcomes, schedule), len(claims))
        self._despite_conflicts(lambda: self._disable_gone(claims, outcomes))
        return len(claims)

    @api.model
    def _despite_conflicts(self, step, processed=0):
        """Run a step of the dispatcher and commit it; again when it met a conflict.

        Scheduled actions have nobody who would run them again, as requests have. A step
        that fails for good is logged; what it should have done is found anew by its state.

        :param step: callable that may be run again after a rollback
        :param int processed: deliveries to report as progress
        :return: what the step returned
        """
        for _try in range(CONFLICT_TRIES):
            try:
                result = step()
                self._commit(processed)
                return result
            except (psycopg2.errors.SerializationFailure, ConcurrencyError):
                self._roll_back()
            except Exception:
                self._roll_back()
                _logger.exception("A step of the delivery failed")
                return None
        _logger.error("A step of the delivery met conflicts %s times", CONFLICT_TRIES)
        return None

    # The dispatcher's commits and rollbacks are here, so that tests can run within a transaction.

    @api.model
    def _commit(self, processed=0):
        self.env["ir.cron"]._commit_progress(processed)

    @api.model
    def _roll_back(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    @api.model
    def _claim(self, lane):
        """Take due deliveries of the lane, a share for each endpoint; count the attempt.

        Due times are compared on the database's clock.

        :return: a list of :class:`~core.sender.Outgoing`
        """
        self.flush_model()
        self.env["ops.endpoint"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """WITH claimed AS MATERIALIZED (
                       SELECT due.id, open.id AS endpoint_id
                         FROM (%(open)s) AS open
                        CROSS JOIN LATERAL (
                              SELECT d.id
                                FROM ops_delivery d
                               WHERE d.endpoint_id = open.id
                                 AND d.lane = %(lane)s
                                 AND (d.state IN ('waiting', 'retrying')
                                      AND d.next_attempt_at <= now() AT TIME ZONE 'UTC'
                                      OR d.state = 'sending'
                                      AND d.lease_until < now() AT TIME ZONE 'UTC')
                                 AND %(first)s
                               ORDER BY d.sequence
                               LIMIT greatest(1, %(threads)s / NULLIF(
                                          (SELECT count(*) FROM (%(open)s) AS n), 0))
                                 FOR UPDATE SKIP LOCKED) AS due
                        LIMIT %(threads)s)
                   UPDATE ops_delivery d
                      SET state = 'sending', attempt_count = d.attempt_count + 1,
                          lease_until = now() AT TIME ZONE 'UTC' + %(lease)s * interval '1 second'
                     FROM claimed, ops_event event
                    WHERE d.id = claimed.id AND event.id = d.event_id
                RETURNING d.id, d.endpoint_id, d.attempt_count, event.body, event.uuid""",
                open=self._open_endpoints(),
                lane=lane,
                first=self._first_of_its_record(),
                threads=THREADS,
                lease=LEASE_SECONDS,
            )
        )
        self.browse(row["id"] for row in rows).invalidate_recordset(flush=False)
        targets = self.env["ops.endpoint"].browse({row["endpoint_id"] for row in rows})._targets()
        return [
            sender.Outgoing(
                delivery_id=row["id"],
                attempt=row["attempt_count"],
                body=row["body"],
                message_id=row["uuid"],
                target=targets[row["endpoint_id"]],
            )
            for row in rows
        ]

    @api.model
    def _open_endpoints(self):
        """SQL: the endpoints that take deliveries at present."""
        return SQL(
            """SELECT id FROM ops_endpoint
                WHERE active AND state = 'active' AND url <> '' AND test_mode IS NOT TRUE"""
        )

    @api.model
    def _first_of_its_record(self):
        """SQL: no earlier delivery of ``d``'s record to the same endpoint is unsettled."""
        return SQL(
            """NOT EXISTS (SELECT FROM ops_delivery earlier
                            WHERE earlier.endpoint_id = d.endpoint_id
                              AND earlier.record_key = d.record_key
                              AND earlier.sequence < d.sequence
                              AND earlier.state IN ('waiting', 'retrying', 'sending'))"""
        )

    @api.model
    def _settle(self, claims, outcomes, schedule):
        """Write what became of the attempts, in bulk."""
        limits = {
            endpoint.id: endpoint.max_attempts
            for endpoint in self.env["ops.endpoint"].browse({c.target.endpoint_id for c in claims})
        }
        settled, attempts = [], []
        for claim, outcome in zip(claims, outcomes, strict=True):
            state, delay = self._next_step(claim, outcome, schedule, limits)
            error = (outcome.error or None) and outcome.error[:500]
            started_at = datetime.fromtimestamp(outcome.started_at, timezone.utc)
            started_at = started_at.replace(tzinfo=None)
            ended_at = started_at + timedelta(milliseconds=outcome.duration_ms)
            delivered_at = ended_at if state == "delivered" else None
            settled.append((claim.delivery_id, state, outcome.status, error, delay, delivered_at))
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
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery
                      SET state = v.state, last_status = v.status, last_error = v.error,
                          next_attempt_at = clock_timestamp() AT TIME ZONE 'UTC'
                                            + v.delay::float8 * interval '1 second',
                          delivered_at = v.delivered_at::timestamp, lease_until = NULL
                     FROM (VALUES %s) AS v (id, state, status, error, delay, delivered_at)
                    WHERE ops_delivery.id = v.id""",
                SQL(", ").join(SQL("%s", row) for row in settled),
            )
        )
        self.browse(claim.delivery_id for claim in claims).invalidate_recordset(flush=False)
        self.env["ops.delivery.attempt"].create(attempts)

    @api.model
    def _next_step(self, claim, outcome, schedule, limits):
        """The state after an attempt, and the seconds until the next one if there is one."""
        if outcome.verdict == sender.DELIVERED:
            return "delivered", None
        if outcome.verdict == sender.GONE:
            return "dead", None
        limit = limits[claim.target.endpoint_id]
        if outcome.verdict == sender.GIVE_UP:
            limit = min(limit, ATTEMPTS_WHEN_REFUSED)
        delay = delay_after(claim.attempt, schedule, outcome.retry_after)
        if claim.attempt >= limit or delay is None:
            return "dead", None
        return "retrying", delay

    @api.model
    def _retry_schedule(self):
        text = self.env["ir.config_parameter"].get_param(SCHEDULE_PARAMETER)
        try:
            return parse_schedule(text) if text else DEFAULT_SCHEDULE
        except ValueError as error:
            _logger.warning("%s: %s; the default is used", SCHEDULE_PARAMETER, error)
            return DEFAULT_SCHEDULE

    @api.model
    def _disable_gone(self, claims, outcomes):
        """Disable the endpoints that want no more events."""
        gone = {
            claim.target.endpoint_id
            for claim, outcome in zip(claims, outcomes, strict=True)
            if outcome.verdict == sender.GONE
        }
        self.env["ops.endpoint"].browse(gone).write({"state": "disabled"})

    @api.model
    def _report_given_up(self):
        """One exception an endpoint, counting what it did not take.

        Found by its state and not by the batch: what could not be told in one run is told in
        the next.
        """
        unreported = [("state", "=", "dead"), ("reported", "=", False)]
        deliveries = self.search(unreported, order="id", limit=REPORTS)
        for delivery in deliveries:
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
        deliveries.reported = True

    @api.model
    def _wake_for_next(self, lane):
        """Trigger the lane's run for the earliest delivery that is still to come.

        What is due but was not claimed is in another server's hands: it waits for the
        regular run.
        """
        cron = self.env.ref(self.env["ops.event"]._lane_crons()[lane])
        [[due_at]] = self.env.execute_query(
            SQL(
                """SELECT min(CASE WHEN d.state = 'sending' THEN d.lease_until
                                   ELSE d.next_attempt_at END)
                     FROM ops_delivery d
                    WHERE d.lane = %s
                      AND d.state IN ('waiting', 'retrying', 'sending')
                      AND d.endpoint_id IN (%s)
                      AND %s""",
                lane,
                self._open_endpoints(),
                self._first_of_its_record(),
            )
        )
        known = [("cron_id", "=", cron.id), ("call_at", "=", due_at)]
        if due_at and due_at > fields.Datetime.now():
            if not self.env["ir.cron.trigger"].search_count(known, limit=1):
                cron._trigger(due_at)
