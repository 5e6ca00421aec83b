from odoo import fields, models


class OpsException(models.Model):
    """A finding of a control: closed by it when it is found no more."""

    _inherit = "ops.exception"

    control_id = fields.Many2one(
        "ops.control",
        string="Found by",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The control closes the exception by itself when it does not find it any more.",
    )
