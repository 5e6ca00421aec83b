from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.delivery.ops_delivery import UNSETTLED
from .ops_automation_switch import REASON_LENGTH


class OpsFallbackEnd(models.TransientModel):
    """End a manual fallback: what becomes of the events that were held."""

    _name = "ops.fallback.end"
    _description = "End a Manual Fallback"

    fallback_id = fields.Many2one("ops.fallback", required=True, readonly=True)
    is_endpoint = fields.Boolean(compute="_compute_held")
    held_count = fields.Integer(compute="_compute_held", string="Held")
    settled_count = fields.Integer(compute="_compute_held", string="Settled by hand")
    resume_with = fields.Selection(
        [
            ("deliver", "Deliver what was held"),
            ("skip", "Skip what was held: it was done by hand"),
        ],
        string="What was held",
        required=True,
        default="deliver",
    )
    reason = fields.Char(help="Why it ends, or why what was held is not sent.")

    @api.depends("fallback_id")
    def _compute_held(self):
        for dialog in self:
            fallback = dialog.fallback_id
            # sudo: how many the endpoint holds in all, for who may end the fallback
            endpoint = fallback.sudo().endpoint_id
            held = [("endpoint_id", "=", endpoint.id), ("state", "in", UNSETTLED)]
            dialog.is_endpoint = bool(endpoint)
            dialog.held_count = endpoint and self.env["ops.delivery"].sudo().search_count(held)
            dialog.settled_count = endpoint and self.env["ops.fallback.item"].sudo().search_count(
                [
                    ("fallback_id", "=", fallback.id),
                    ("state", "in", ("done", "not_needed")),
                    ("delivery_id.state", "in", UNSETTLED),
                ]
            )

    @api.model
    def _open(self, fallback):
        """The action that shows the dialog.

        :raise AccessError: for who may not end it
        """
        fallback.ensure_one()
        self._check_may_end(fallback)
        dialog = self.create({"fallback_id": fallback.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End the fallback: %s", fallback.name),
            "res_model": self._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _check_may_end(self, fallback):
        fallback.check_access("read")
        problem = fallback._why_not_operate()
        if problem:
            raise AccessError(problem)

    def action_confirm(self):
        """End it, and show the list of what there is to catch up on.

        :raise AccessError: for who may not end it
        :raise UserError: without a reason, or when it has ended already
        """
        self.ensure_one()
        fallback = self.fallback_id
        self._check_may_end(fallback)
        reason = (self.reason or "").strip()[:REASON_LENGTH]
        if not reason:
            raise UserError(self.env._("Reason: say why, for whoever looks at it later."))
        fallback._end(self.resume_with, reason)
        return fallback._get_records_action(name=self.env._("Manual fallback"))
