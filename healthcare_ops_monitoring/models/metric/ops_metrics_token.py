from odoo import fields, models


class OpsMetricsToken(models.TransientModel):
    """The dialog that shows a new token: never saved, so that the database keeps its hash alone."""

    _name = "ops.metrics.token"
    _description = "Token for Metrics"

    token = fields.Char(readonly=True, store=False)
