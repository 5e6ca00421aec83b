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
        if not CATALOGUE_FIELDS & set(vals):
            return super().write(vals)
        before = self._catalogue_places()
        result = super().write(vals)
        processes = self.env["ops.process"]
        processes._sync_catalogue()
        moved = before.symmetric_difference(self._catalogue_places())
        codes = {process_code for _id, process_code, _milestone_code in moved if process_code}
        # sudo: cases follow from the types, whoever may change these
        processes.sudo().search([("code", "in", list(codes))])._rebuild()
        return result

    def _catalogue_places(self):
        return {(each.id, each.process_code, each.milestone_code) for each in self}

    def unlink(self):
        result = super().unlink()
        self.env["ops.process"]._sync_catalogue()
        return result
