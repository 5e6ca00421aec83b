from odoo import fields, models


class OpsEvent(models.Model):
    """What followed from what: the events that share a correlation."""

    _inherit = "ops.event"

    chain_count = fields.Integer(
        compute="_compute_chain_count",
        string="In its chain",
        help="Events that led to this one or follow from it, as far as you may see them.",
    )

    def _compute_chain_count(self):
        chains = [("correlation_id", "in", self.mapped("correlation_id"))]
        counts = dict(self._read_group(chains, ["correlation_id"], ["__count"]))
        for event in self:
            event.chain_count = counts.get(event.correlation_id, 1)

    def action_open_chain(self):
        """Open the events of the same chain, the first one first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_event_action"
        )
        return {
            **action,
            "name": self.env._("Chain of “%s”", self.display_name),
            "domain": [("correlation_id", "=", self.correlation_id)],
            "context": {},
        }
