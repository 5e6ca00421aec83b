from odoo import models


class OpsException(models.Model):
    """Exceptions can be under a service level, as any record that people work with."""

    _name = "ops.exception"
    _inherit = ["ops.exception", "ops.sla.mixin"]
