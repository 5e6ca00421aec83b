from odoo import api, models, tools

from ..policy.part import PUBLISHED


class OpsApprovalPolicy(models.Model):
    _inherit = "ops.approval.policy"

    @api.model
    @tools.ormcache("model_name")
    def _is_armed_anywhere(self, model_name):
        """Whether documents of this model need an approval in any company."""
        # sudo: a gate is armed, whoever passes
        versions = self.env["ops.approval.policy.version"].sudo()._ops_engine()
        return bool(
            versions.search_count(
                [
                    ("state", "=", PUBLISHED),
                    ("policy_id.active", "=", True),
                    ("policy_id.model_name", "=", model_name),
                ],
                limit=1,
            )
        )
