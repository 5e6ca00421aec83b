from odoo import models


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "ops.approval.line.mixin"]

    _approval_parent_field = "order_id"
