from odoo import models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def write(self, vals):
        result = super().write(vals)
        if "expiration_date" in vals:
            self.env["ops.supply.item"]._check_before_commit(self.product_id)
        return result
