from odoo import fields, models


class OpsApprovalReason(models.Model):
    """Why something is rejected: a short list to choose from, so that rejections can be counted."""

    _name = "ops.approval.reason"
    _description = "Reason for Rejection"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="What decisions and other systems know the reason by. It stays when the name changes.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    comment_required = fields.Boolean(
        string="Needs a comment", help="Whoever chooses this reason has to say more."
    )

    _code_uniq = models.UniqueIndex("(code)", "Another reason has this code. Choose another code.")
