from odoo import api, fields, models

PROJECT_CRON = "healthcare_ops_monitoring.cron_project"


class OpsEvent(models.Model):
    """Events are followed into the process log after their transaction, never within it."""

    _inherit = "ops.event"

    projected = fields.Boolean(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Followed into the process log. Empty: not yet; no: to be followed anew.",
    )

    # What is left to do, whenever it was committed: ids are no order of commits. What is new
    # comes before what a rebuild put back.
    _unprojected_idx = models.Index(
        "(projected NULLS FIRST, id) WHERE state = 'sealed' AND projected IS NOT TRUE"
    )

    @api.model
    def _sealed_crons(self):
        crons = super()._sealed_crons()
        # A scheduled action that somebody deleted must not keep documents from going through.
        known = self.env["ir.model.data"]._xmlid_to_res_id(PROJECT_CRON, raise_if_not_found=False)
        return crons | {PROJECT_CRON} if known else crons
