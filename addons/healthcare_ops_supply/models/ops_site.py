from odoo import fields, models


class OpsSite(models.Model):
    _inherit = "ops.site"

    warehouse_ids = fields.One2many("stock.warehouse", "ops_site_id", string="Warehouses")
    below_critical_count = fields.Integer(compute="_compute_below_critical_count")

    def _compute_below_critical_count(self):
        Items = self.env["ops.supply.item"]
        counts = {}
        if Items.has_access("read"):
            domain = [("site_id", "in", self.ids), ("below_critical", "=", True)]
            counts = dict(Items._read_group(domain, ["site_id"], ["__count"]))
        for site in self:
            site.below_critical_count = counts.get(site, 0)

    def action_open_items_below_critical(self):
        return self._open_of_site(
            "healthcare_ops_supply.ops_supply_item_action", search_default_below_critical=1
        )
