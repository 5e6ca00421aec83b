from odoo import api, fields, models

from ..big_integer import BigInteger
from ..events.ops_event_type import EVENT_LANES
from .failure_causes import FAILURE_CAUSES, advice

# Deliveries that are still to be settled, in the order of their life.
UNSETTLED = ("waiting", "retrying", "sending", "parked")


class OpsDelivery(models.Model):
    """One event on its way to one endpoint: exactly one row for each pair."""

    _name = "ops.delivery"
    _description = "Event Delivery"
    _order = "id desc"
    _rec_name = "event_id"
    _log_access = False

    event_id = fields.Many2one(
        "ops.event", required=True, index=True, ondelete="cascade", readonly=True
    )
    endpoint_id = fields.Many2one("ops.endpoint", required=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, readonly=True)
    type_id = fields.Many2one(related="event_id.type_id")
    record_name = fields.Char(related="event_id.record_name")
    lane = fields.Selection(EVENT_LANES, required=True, readonly=True)
    record_key = fields.Char(string="Record key", required=True, readonly=True)
    sequence = BigInteger(required=True, readonly=True, aggregator=None)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Being sent"),
            ("retrying", "Will be retried"),
            ("parked", "Waiting its turn"),
            ("delivered", "Delivered"),
            ("dead", "Given up"),
            ("skipped", "Skipped"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
        help="Waiting its turn: behind an earlier event of the same record, so that they arrive "
        "in order. Given up: a dead letter, an exception tells of it. Skipped: the endpoint was "
        "disabled, or somebody decided so.",
    )
    created_at = fields.Datetime(string="Created", required=True, readonly=True)
    attempt_count = fields.Integer(string="Attempts", required=True, readonly=True)
    uncounted = fields.Integer(
        string="Attempts that do not count",
        required=True,
        default=0,
        readonly=True,
        help="Probes of a broken endpoint, and attempts that were not begun in time: they do "
        "not bring the delivery closer to being given up.",
    )
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)
    lease_until = fields.Datetime(
        string="In hand until",
        readonly=True,
        help="Until then one process has it in hand; after that another may take it.",
    )
    last_status = fields.Integer(string="HTTP status", readonly=True, aggregator=None)
    last_error = fields.Char(string="Problem", readonly=True)
    failure_cause = fields.Selection(
        FAILURE_CAUSES,
        string="Cause",
        readonly=True,
        help="Why the last attempt failed, or why it was given up.",
    )
    advice = fields.Char(compute="_compute_advice", string="What to do next")
    reported = fields.Boolean(
        readonly=True, help="An exception tells that this delivery was given up."
    )
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    attempt_ids = fields.One2many("ops.delivery.attempt", "delivery_id", string="Attempts made")

    _endpoint_event_uniq = models.UniqueIndex("(endpoint_id, event_id)")
    # The date of a delivery in hand is the end of its lease, so "due" is one range.
    _due_idx = models.Index(
        "(endpoint_id, lane, next_attempt_at, sequence)"
        " WHERE state IN ('waiting', 'retrying', 'sending')"
    )
    _sending_idx = models.Index("(endpoint_id) WHERE state = 'sending'")
    _parked_idx = models.Index("(endpoint_id, record_key) WHERE state = 'parked'")
    _unreported_idx = models.Index("(id) WHERE state = 'dead' AND reported IS NOT TRUE")
    _dead_idx = models.Index("(company_id) WHERE state = 'dead'")
    _dead_cause_idx = models.Index("(endpoint_id, company_id, failure_cause) WHERE state = 'dead'")
    _order_idx = models.Index(
        "(endpoint_id, record_key, sequence)"
        " WHERE state IN ('waiting', 'retrying', 'sending', 'parked')"
    )

    @api.depends("failure_cause", "state")
    @api.depends_context("lang")
    def _compute_advice(self):
        for delivery in self:
            is_dead = delivery.state == "dead"
            delivery.advice = is_dead and advice(self.env, delivery.failure_cause)

    def _compute_display_name(self):
        for delivery in self:
            # sudo: who may read a delivery may know the name of where it goes
            endpoint = delivery.endpoint_id.sudo()
            delivery.display_name = f"{delivery.event_id.display_name} → {endpoint.name}"
