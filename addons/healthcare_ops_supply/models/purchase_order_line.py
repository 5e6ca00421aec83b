from odoo import models


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "ops.approval.line.mixin"]

    _approval_parent_field = "order_id"

    def _approval_computed_fields(self):
        return ("price_subtotal", "price_total", "price_tax")
