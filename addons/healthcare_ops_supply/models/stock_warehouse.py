from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    ops_site_id = fields.Many2one(
        "ops.site",
        string="Site",
        index="btree_not_null",
        check_company=True,
        help="The facility whose stock this warehouse holds.",
    )

    def write(self, vals):
        sites = self.ops_site_id
        result = super().write(vals)
        if "ops_site_id" in vals:
            sites |= self.ops_site_id
            # sudo: who may re-assign a warehouse may let the items follow
            items = self.env["ops.supply.item"].sudo()
            items.search([("site_id", "in", sites.ids)])._ops_recompute()
        return result
