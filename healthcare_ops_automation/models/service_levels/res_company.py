from odoo import models
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            # sudo: as in ops.site
            clocks = self.env["ops.sla.clock"].sudo()._ops_engine()
            clocks._other_calendar(SQL("site_id IS NULL AND company_id = ANY(%s)", list(self.ids)))
        return result
