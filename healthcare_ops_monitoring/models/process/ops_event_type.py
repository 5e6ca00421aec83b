from odoo import api, models

CATALOGUE_FIELDS = {"process_code", "milestone_code"}


class OpsEventType(models.Model):
    """Keep the catalogue of processes in step with the event types that packs declare."""

    _inherit = "ops.event.type"

    @api.model_create_multi
    def create(self, vals_list):
        types = super().create(vals_list)
        if any(types.mapped("process_code")):
            self.env["ops.process"]._sync_catalogue()
        return types

    def write(self, vals):
        result = super().write(vals)
        if CATALOGUE_FIELDS & set(vals):
            self.env["ops.process"]._sync_catalogue()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["ops.process"]._sync_catalogue()
        return result
