from odoo import api, models

REQUEST = "ops.approval.request"


class OpsEscalationPolicy(models.Model):
    """Policies about approval requests stop when the request is decided."""

    _inherit = "ops.escalation.policy"

    @api.depends("model_id")
    def _compute_stop_domain(self):
        about_requests = self.filtered(lambda each: each.model_name == REQUEST)
        about_requests.stop_domain = "[('state', '!=', 'pending')]"
        return super(OpsEscalationPolicy, self - about_requests)._compute_stop_domain()
