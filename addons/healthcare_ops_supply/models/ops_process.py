from odoo import api, models

from odoo.addons.healthcare_ops_monitoring.core.cases import END, REWORK, START


class OpsProcess(models.Model):
    _inherit = "ops.process"

    @api.model
    def _milestone_roles(self):
        return {
            **super()._milestone_roles(),
            ("replenishment", "below_critical"): START,
            ("replenishment", "recovered"): END,
            ("purchase", "created"): START,
            ("purchase", "received"): END,
            ("purchase", "cancelled"): END,
            ("purchase", "reopened"): REWORK,
        }
