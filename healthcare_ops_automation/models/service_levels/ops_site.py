from odoo import models
from odoo.tools import SQL


class OpsSite(models.Model):
    _inherit = "ops.site"

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            # sudo: the engine's own bookkeeping; who writes the site was allowed to
            clocks = self.env["ops.sla.clock"].sudo()._ops_engine()
            clocks._other_calendar(SQL("site_id = ANY(%s)", list(self.ids)))
        return result
