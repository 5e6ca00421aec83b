from odoo import models


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "ops.approval.line.mixin"]

    _approval_parent_field = "order_id"

    def write(self, vals):
        # What is no goods is received by writing so; of what was lowered nothing more may come.
        if not vals.keys() & {"qty_received", "qty_received_manual", "product_qty"}:
            return super().write(vals)
        with self.order_id._ops_receiving():
            return super().write(vals)

    def _approval_computed_fields(self):
        return ("price_subtotal", "price_total", "price_tax")
