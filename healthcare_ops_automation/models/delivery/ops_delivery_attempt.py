from odoo import fields, models

from ..roles import NEED_GROUPS
from .failure_causes import FAILURE_CAUSES


class OpsDeliveryAttempt(models.Model):
    """One try to hand an event over, and what was answered."""

    _name = "ops.delivery.attempt"
    _description = "Delivery Attempt"
    _order = "delivery_id, number"
    _rec_name = "number"
    _log_access = False

    delivery_id = fields.Many2one(
        "ops.delivery", required=True, index=True, ondelete="cascade", readonly=True
    )
    endpoint_id = fields.Many2one(related="delivery_id.endpoint_id", store=True)
    company_id = fields.Many2one(related="delivery_id.company_id", store=True, index=True)
    site_id = fields.Many2one(related="delivery_id.site_id", store=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
    duration_ms = fields.Integer(
        string="Duration (ms)", readonly=True, aggregator="avg", help="In milliseconds."
    )
    http_status = fields.Integer(string="HTTP status", readonly=True, aggregator=None)
    outcome = fields.Selection(
        [
            ("delivered", "Delivered"),
            ("retry", "To be retried"),
            ("give_up", "Refused for good"),
            ("gone", "Receiver gone"),
        ],
        required=True,
        readonly=True,
    )
    error = fields.Char(string="Problem", readonly=True)
    failure_cause = fields.Selection(FAILURE_CAUSES, string="Cause", readonly=True)
    # What a receiver answers may repeat what it was sent.
    response = fields.Text(
        string="Answer", readonly=True, groups=NEED_GROUPS, help="The first 16 KB of it."
    )

    _endpoint_idx = models.Index("(endpoint_id, started_at)")
    _number_uniq = models.UniqueIndex("(delivery_id, number)")
    _started_idx = models.Index("(started_at)")
