from odoo import api, fields, models

from .parameters import CASE_YEARS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_case_years = fields.Integer(
        string="Cases kept (years)",
        help="Years after which closed cases are removed with their steps; their events stay. "
        "At least 1.",
    )

    @api.model
    def _ops_parameters(self):
        return {**super()._ops_parameters(), "ops_case_years": CASE_YEARS}
