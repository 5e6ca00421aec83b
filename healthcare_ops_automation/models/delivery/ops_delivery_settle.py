import logging
from datetime import datetime, timedelta, timezone

from odoo import api, models
from odoo.tools import SQL

from ...core import sender
from ...core.cause import cause_of
from ...core.retry import DEFAULT_SCHEDULE, delay_after, parse_schedule

_logger = logging.getLogger(__name__)

# What a receiver refuses (4xx, a redirect) may be a slip that is mended within minutes, such as
# a workflow that is not switched on; beyond this many attempts it is not.
ATTEMPTS_WHEN_REFUSED = 3
SCHEDULE_PARAMETER = "healthcare_ops_automation.retry_schedule"
FINAL = ("delivered", "dead", "skipped")


class OpsDelivery(models.Model):
    """Settling: what became of attempts is written in bulk, and what follows from it.

    The number of the attempt is the fence: who was too slow, so that another process took
    the delivery over, changes nothing any more.
    """

    _inherit = "ops.delivery"

    @api.model
    def _settle(self, finished, schedule):
        """Write what became of claims.

        :param finished: :class:`~core.pool.Finished` objects; one without an outcome was not
            sent, is due again at once, and its attempt does not count
        :param schedule: seconds between attempts
        """
        self._lock_dispatch()
        endpoints = {each.claim.outgoing.target.endpoint_id for each in finished}
        limits = dict(
            self.env.execute_query(
                SQL("SELECT id, max_attempts FROM ops_endpoint WHERE id = ANY(%s)", list(endpoints))
            )
        )
        rows = [self._settled_row(each, schedule, limits) for each in finished]
        settled = self.env.execute_query(
            SQL(
                """UPDATE ops_delivery d
                      SET state = CASE WHEN v.state IN ('retrying', 'waiting')
                                            AND (e.state = 'disabled' OR NOT e.active)
                                       THEN 'skipped' ELSE v.state END,
                          last_status = v.status, last_error = v.error,
                          failure_cause = v.cause,
                          uncounted = d.uncounted + v.uncounted,
                          next_attempt_at = clock_timestamp() AT TIME ZONE 'UTC'
                                            + v.delay * interval '1 second',
                          delivered_at = v.delivered_at, lease_until = NULL,
                          answer_due_at = CASE WHEN v.state = 'delivered' THEN %s
                                               ELSE d.answer_due_at END
                     FROM unnest(%s::int[], %s::int[], %s::text[], %s::int[], %s::text[],
                                 %s::text[], %s::int[], %s::float8[], %s::timestamp[])
                          AS v (id, number, state, status, error, cause, uncounted, delay,
                                delivered_at),
                          ops_endpoint e
                    WHERE d.id = v.id AND d.attempt_count = v.number AND d.state = 'sending'
                      AND e.id = d.endpoint_id
                RETURNING d.id, d.endpoint_id, d.record_key, d.state, d.lane""",
                self._answer_due(),
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
        self._write_attempts(finished)
        done = [row for row in settled if row[3] in FINAL]
        self._release([row[1:3] for row in done], {row[4] for row in done})
        self.browse(row[0] for row in settled).invalidate_recordset(flush=False)

    @api.model
    def _settled_row(self, finished, schedule, limits):
        """Id, number, state, status, error, cause, uncounted, delay and end of one attempt."""
        claim, outcome = finished.claim, finished.outcome
        outgoing = claim.outgoing
        if not outcome:
            uncounted = 0 if claim.is_probe else 1  # a probe's was not counted when claimed
            values = ("waiting", 0, None, None, uncounted, 0.0, None)
            return (outgoing.delivery_id, outgoing.attempt, *values)
        limit = limits.get(outgoing.target.endpoint_id, 1)
        state, delay = self._next_step(claim, outcome, schedule, limit)
        error = (outcome.error or None) and outcome.error[:500]
        delivered_at = _ended_at(outcome) if state == "delivered" else None
        return (
            *(outgoing.delivery_id, outgoing.attempt, state),
            *(outcome.status, error, cause_of(outcome), 0, delay, delivered_at),
        )

    @api.model
    def _next_step(self, claim, outcome, schedule, limit):
        """The state after an attempt, and the seconds until the next one if there is one."""
        if outcome.verdict == sender.DELIVERED:
            return "delivered", None
        if outcome.verdict == sender.GONE:
            return "dead", None
        if claim.is_probe:
            # It stood in for all that waits; another one takes its turn as the next probe.
            return "retrying", delay_after(1, schedule, outcome.retry_after)
        if outcome.verdict == sender.GIVE_UP:
            limit = min(limit, ATTEMPTS_WHEN_REFUSED)
        delay = delay_after(claim.counted, schedule, outcome.retry_after)
        if claim.counted >= limit or delay is None:
            return "dead", None
        return "retrying", delay

    @api.model
    def _write_attempts(self, finished):
        """One row an attempt that was made, whoever has the delivery in hand by now."""
        rows = [
            (
                *(each.claim.outgoing.delivery_id, each.claim.outgoing.attempt),
                _started_at(each.outcome).replace(microsecond=0),
                *(each.outcome.duration_ms, each.outcome.status, each.outcome.verdict),
                (each.outcome.error or None) and each.outcome.error[:500],
                each.outcome.response or None,
                cause_of(each.outcome),
            )
            for each in finished
            if each.outcome
        ]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_delivery_attempt
                               (delivery_id, endpoint_id, company_id, site_id, number, started_at,
                                duration_ms, http_status, outcome, error, response,
                                failure_cause)
                   SELECT d.id, d.endpoint_id, d.company_id, d.site_id, v.number, v.started_at,
                          v.duration, v.status, v.outcome, v.error, v.response, v.cause
                     FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::int[], %s::int[],
                                 %s::text[], %s::text[], %s::text[], %s::text[])
                          AS v (id, number, started_at, duration, status, outcome, error, response,
                                cause)
                     JOIN ops_delivery d ON d.id = v.id
                       ON CONFLICT (delivery_id, number) DO NOTHING""",
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
        self.env["ops.delivery.attempt"].invalidate_model(flush=False)

    @api.model
    def _release(self, records, lanes=frozenset()):
        """Let the next delivery of each record take its turn, if it was parked.

        :param records: pairs of endpoint id and record key
        :param lanes: those whose run looks for more anyway; others are woken
        """
        if not records:
            return
        endpoints, keys = (list(column) for column in zip(*set(records), strict=True))
        released = self.env.execute_query(
            SQL(
                """UPDATE ops_delivery
                      SET state = 'waiting', next_attempt_at = now() AT TIME ZONE 'UTC'
                    WHERE state = 'parked' AND id IN (
                          SELECT (SELECT d.id FROM ops_delivery d
                                   WHERE d.endpoint_id = free.endpoint_id
                                     AND d.record_key = free.record_key
                                     AND d.state IN ('waiting', 'retrying', 'sending', 'parked')
                                   ORDER BY d.sequence LIMIT 1)
                            FROM unnest(%s::int[], %s::text[]) AS free (endpoint_id, record_key))
                RETURNING id, lane""",
                endpoints,
                keys,
            )
        )
        self.browse(row[0] for row in released).invalidate_recordset(flush=False)
        events = self.env["ops.event"]
        crons = {events._lane_crons()[lane] for _id, lane in released if lane not in lanes}
        if crons:
            events._wake(crons)

    @api.model
    def _retry_schedule(self):
        text = self.env["ir.config_parameter"].get_param(SCHEDULE_PARAMETER)
        try:
            return parse_schedule(text) if text else DEFAULT_SCHEDULE
        except ValueError as error:
            _logger.warning("%s: %s; the default is used", SCHEDULE_PARAMETER, error)
            return DEFAULT_SCHEDULE


def _started_at(outcome):
    return datetime.fromtimestamp(outcome.started_at, timezone.utc).replace(tzinfo=None)


def _ended_at(outcome):
    return _started_at(outcome) + timedelta(milliseconds=outcome.duration_ms)
