from odoo import api, models


class StockQuant(models.Model):
    """Every change of stock ends in a quant: the one place where levels learn of it."""

    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        self.env["ops.supply.item"]._check_before_commit(quants.product_id)
        return quants

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"quantity", "location_id", "lot_id"}:
            self.env["ops.supply.item"]._check_before_commit(self.product_id)
        return result

    def unlink(self):
        products = self.product_id
        result = super().unlink()
        self.env["ops.supply.item"]._check_before_commit(products)
        return result
