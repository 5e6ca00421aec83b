from odoo import fields, models


class StockLocation(models.Model):
    _inherit = "stock.location"

    ops_quarantine = fields.Boolean(
        string="Quarantine",
        help="Stock in this location, and in those within it, does not count as usable.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"ops_quarantine", "location_id"}:
            # sudo: only the products are looked at, to have their levels checked
            quants = self.env["stock.quant"].sudo().search([("location_id", "child_of", self.ids)])
            self.env["ops.supply.item"]._check_before_commit(quants.product_id)
        return result
