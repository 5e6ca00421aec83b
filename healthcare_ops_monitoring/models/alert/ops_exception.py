from odoo import fields, models


class OpsException(models.Model):
    """An alert's exception: opened and closed by it."""

    _inherit = "ops.exception"

    alert_id = fields.Many2one(
        "ops.alert",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="The alert closes the exception by itself when its figure is back. Dashboards count "
        "the exception as any other; alerts do not, or one would keep itself alive.",
    )
