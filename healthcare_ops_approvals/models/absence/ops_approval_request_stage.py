from odoo import models

from .ops_approval_stage import LINE


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _if_absent(self):
        """What the policy says for when people are away; it does not change once published."""
        # sudo: the rules of the policy hold, whoever works
        stage = self.env["ops.approval.stage"].sudo().browse(self.policy_stage_id).exists()
        return stage.if_absent or LINE

    def _tell_opened(self):
        """Before anybody is told, seats of people who are not there go to others."""
        self.request_id._mend()
        return super()._tell_opened()
