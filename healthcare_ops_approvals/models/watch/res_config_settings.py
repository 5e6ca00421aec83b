from odoo import api, fields, models

from .parameters import REWORK_FROM, STUCK_HOURS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_stuck_hours = fields.Integer(
        string="Stuck after (working hours)",
        help="A request about which nothing has happened for so long is shown as stuck, and told "
        "to other systems. 0: never.",
    )
    ops_rework_from = fields.Integer(
        string="Asked again and again from (times)",
        help="A request that is submitted for the how-manieth time, or in the how-manieth "
        "version, is told to other systems.",
    )

    @api.model
    def _ops_parameters(self):
        return {
            **super()._ops_parameters(),
            "ops_stuck_hours": STUCK_HOURS,
            "ops_rework_from": REWORK_FROM,
        }

    def set_values(self):
        before = STUCK_HOURS.value(self.env)
        result = super().set_values()
        if STUCK_HOURS.value(self.env) != before:
            # sudo: only who may open Settings gets here
            self.env["ops.approval.request"].sudo()._ops_engine()._forget_stuck()
        return result
