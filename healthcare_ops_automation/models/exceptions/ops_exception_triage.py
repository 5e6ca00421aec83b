from odoo import models


class OpsException(models.Model):
    """The buttons that open the triage dialog, with what they are about chosen already."""

    _inherit = "ops.exception"

    def action_open_triage(self):
        return self.env["ops.exception.triage"]._open(self, "triage")

    def action_open_wait(self):
        return self.env["ops.exception.triage"]._open(self, "waiting")

    def action_open_resolve(self):
        return self.env["ops.exception.triage"]._open(self, "resolved")

    def action_open_accept(self):
        return self.env["ops.exception.triage"]._open(self, "accepted")

    def action_open_group(self):
        return self.env["ops.exception.triage"]._open(self, "group")
