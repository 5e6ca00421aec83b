from odoo import fields, models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_metrics_on = fields.Boolean("Metrics are served", compute="_compute_ops_metrics_on")

    def _compute_ops_metrics_on(self):
        self.ops_metrics_on = bool(self.env["ops.metrics"]._token_hash())

    def action_ops_new_metrics_token(self):
        """Make a token for scrapers and show it once."""
        self._ops_check_system()
        token = self.env["ops.metrics"]._new_token()
        self.env["ops.audit.entry"]._record("metrics.token_changed", self.env.company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New token for metrics"),
            "res_model": "ops.metrics.token",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_token": token},
        }

    def action_ops_forget_metrics_token(self):
        """Serve no metrics any more."""
        self._ops_check_system()
        self.env["ops.metrics"]._forget_token()
        self.env["ops.audit.entry"]._record("metrics.token_removed", self.env.company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _ops_check_system(self):
        if not self.env.is_system():
            raise AccessError(self.env._("Only system administrators change the metrics' token."))
