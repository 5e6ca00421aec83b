from odoo import fields, models


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    overdue_told = fields.Datetime(
        readonly=True, help="The due time of which was told that it has passed."
    )

    _overdue_idx = models.Index("(due_at) WHERE state = 'open'")
