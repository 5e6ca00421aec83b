import logging
from datetime import timedelta

from odoo import api, fields, models

from ...core import circuit
from ...core.sender import DELIVERED, GONE
from ..exceptions.ops_exception import OPEN_STATES

_logger = logging.getLogger(__name__)


class OpsEndpointHealth(models.Model):
    """How an endpoint is doing: one narrow row, written by the dispatcher.

    Apart from the endpoint, because it changes all the time: an administrator who edits the
    endpoint must not meet the dispatcher's writes. A missing row means nothing to tell.
    """

    _name = "ops.endpoint.health"
    _description = "Endpoint Health"
    _rec_name = "endpoint_id"
    _log_access = False

    endpoint_id = fields.Many2one("ops.endpoint", required=True, ondelete="cascade", readonly=True)
    failure_count = fields.Integer(
        string="Failures in a row", readonly=True, help="Attempts since the last success."
    )
    failing_since = fields.Datetime(readonly=True)
    last_success_at = fields.Datetime(string="Last success", readonly=True)
    last_failure_at = fields.Datetime(string="Last failure", readonly=True)
    last_error = fields.Char(string="Last problem", readonly=True)
    opened_at = fields.Datetime(
        string="Broken since",
        readonly=True,
        help="When the circuit breaker opened: since then only probes are sent.",
    )
    probe_at = fields.Datetime(string="Next probe", readonly=True)
    trip_count = fields.Integer(
        string="Failed probes", readonly=True, help="Each one doubles the time until the next."
    )
    hold_until = fields.Datetime(
        string="Held until",
        readonly=True,
        help="The receiver asked for a break (429 or 503 with Retry-After).",
    )
    reported = fields.Boolean(readonly=True, help="An open exception tells that it is broken.")
    rate_at = fields.Float(
        string="Pace (Unix time)",
        readonly=True,
        aggregator=None,
        help="When the next request is due at the endpoint's rate.",
    )

    _endpoint_uniq = models.UniqueIndex("(endpoint_id)")

    @api.model
    def _of(self, endpoint_ids):
        """The health of each endpoint, created where there is none yet; by endpoint id."""
        self.invalidate_model(flush=False)
        known = self.search([("endpoint_id", "in", list(endpoint_ids))])
        missing = set(endpoint_ids) - set(known.endpoint_id.ids)
        known += self.create([{"endpoint_id": endpoint_id} for endpoint_id in sorted(missing)])
        return {health.endpoint_id.id: health for health in known}

    @api.model
    def _note(self, finished):
        """Write down what became of attempts; open and close circuits.

        :param finished: :class:`~core.pool.Finished` with outcomes, in the order of their end
        :return: ids of the endpoints that take no more deliveries at present
        """
        by_endpoint = {}
        for each in finished:
            if each.outcome:
                by_endpoint.setdefault(each.claim.outgoing.target.endpoint_id, []).append(each)
        existing = self.env["ops.endpoint"].browse(by_endpoint).exists()
        shut = set()
        for endpoint_id, health in self._of(existing.ids).items():
            if health._follow(by_endpoint[endpoint_id]):
                shut.add(endpoint_id)
        return shut | (set(by_endpoint) - set(existing.ids))

    def _follow(self, finished):
        """Take the outcomes of this endpoint in; whether it is to get nothing more now."""
        now = fields.Datetime.now()
        values = {}
        failures, since = self.failure_count, self.failing_since
        hold = 0
        for each in finished:
            outcome = each.outcome
            hold = max(hold, circuit.hold_seconds(outcome))
            if circuit.is_failure(outcome):
                failures, since = failures + 1, since or now
                values |= {"last_failure_at": now, "last_error": outcome.error[:500]}
            else:
                failures, since = 0, False
                if outcome.verdict == DELIVERED:
                    values["last_success_at"] = now
        values |= {"failure_count": failures, "failing_since": since}
        if hold:
            values["hold_until"] = now + timedelta(seconds=hold)
        if any(each.outcome.verdict == GONE for each in finished):
            self.endpoint_id.write({"state": "disabled"})
        else:
            values |= self._judge_circuit(finished, failures, now)
        self.write(values)
        return bool(hold) or self.endpoint_id.state not in ("active",)

    def _judge_circuit(self, finished, failures, now):
        """What changes of the circuit; the endpoint's state follows it."""
        endpoint = self.endpoint_id
        if endpoint.state == "broken":
            if not failures:
                endpoint._recover()
                return {"opened_at": False, "probe_at": False, "trip_count": 0}
            if any(each.claim.is_probe for each in finished):
                return self._next_probe(now)
        elif endpoint.state == "active" and failures >= circuit.FAILURES_TO_OPEN:
            endpoint._break(finished[-1].outcome.error)
            return {"opened_at": now, **self._next_probe(now)}
        return {}

    def _next_probe(self, now):
        trips = self.trip_count + 1
        delay = circuit.probe_delay(trips)
        return {"trip_count": trips, "probe_at": now + timedelta(seconds=delay)}

    @api.model
    def _report_broken(self):
        """Open an exception for each broken endpoint, and close it when it works again.

        Found by its state: what could not be told in one run is told in the next.
        """
        broken = self.search([("opened_at", "!=", False), ("reported", "=", False)])
        for health in broken:
            self.env["ops.exception"]._raise_exception(
                "endpoint_broken",
                self.env._(
                    "“%(endpoint)s” has taken nothing since %(since)s: %(error)s Events for it "
                    "are held, and one is tried now and then.",
                    endpoint=health.endpoint_id.name,
                    since=fields.Datetime.to_string(health.failing_since),
                    error=health.last_error,
                ),
                record=health.endpoint_id,
                cause_key=f"broken:{health.endpoint_id.id}",
                owner=health.endpoint_id.owner_id,
            )
        broken.reported = True
        mended = self.search([("opened_at", "=", False), ("reported", "=", True)])
        for health in mended:
            health.endpoint_id._close_broken_exception()
        mended.reported = False


class OpsEndpoint(models.Model):
    """The circuit breaker as the endpoint's state."""

    _inherit = "ops.endpoint"

    def _break(self, error):
        """Nothing but probes is sent until one of them is taken."""
        self.write({"state": "broken"})
        _logger.info("Endpoint %s is broken: %s", self.id, error)
        self.message_post(
            body=self.env._(
                "Broken: %(count)s attempts in a row failed, the last one with “%(error)s” "
                "Deliveries are held; one is tried now and then.",
                count=circuit.FAILURES_TO_OPEN,
                error=error,
            )
        )

    def _recover(self):
        self.write({"state": "active"})
        self.message_post(body=self.env._("A delivery was taken: working again."))
        events = self.env["ops.event"]
        events._wake(events._lane_crons().values())

    def _ops_place(self):
        """An endpoint for every company is watched over by the company of who runs the engine."""
        return [(each.company_id or self.env.company, self.env["ops.site"]) for each in self]

    def _close_broken_exception(self):
        """What told that the endpoint is broken has resolved itself, if nobody closed it."""
        told = [("cause_key", "=", f"broken:{self.id}"), ("state", "in", OPEN_STATES)]
        self.env["ops.exception"].search(told).write(
            {"state": "resolved", "resolution": self.env._("The endpoint works again.")}
        )

    def _reset_circuit(self):
        """Forget failures and breaks: the next delivery is tried at once."""
        # sudo: nobody writes health; changing the endpoint's state was allowed
        healths = self.env["ops.endpoint.health"].sudo().search([("endpoint_id", "in", self.ids)])
        healths.write(
            {
                "failure_count": 0,
                "failing_since": False,
                "opened_at": False,
                "probe_at": False,
                "trip_count": 0,
                "hold_until": False,
            }
        )
