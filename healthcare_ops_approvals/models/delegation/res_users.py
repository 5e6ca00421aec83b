from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def action_ops_delegations(self):
        """The page of one's own absences and delegations, from the preferences."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_delegation_action"
        )
