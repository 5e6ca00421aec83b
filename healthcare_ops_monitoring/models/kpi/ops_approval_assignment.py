from odoo import api, fields, models
from odoo.tools import SQL

ASKED = ("waiting", "open")


class OpsApprovalAssignment(models.Model):
    """Seats note when they were settled, so that it can be said how long people took."""

    _inherit = "ops.approval.assignment"

    closed_at = fields.Datetime(
        string="Settled", readonly=True, help="Decided, or no longer asked, since then."
    )

    _closed_idx = models.Index("(closed_at) WHERE closed_at IS NOT NULL")

    def _keep(self, vals):
        if "state" in vals:
            asked = vals["state"] in ASKED
            vals = {**vals, "closed_at": False if asked else fields.Datetime.now()}
        return super()._keep(vals)

    @api.model
    def _fill_closed_at(self):
        """Seats decided before this module was there: by their decision. Idempotent."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_approval_assignment seat SET closed_at = decided.at
                     FROM (SELECT assignment_id, max(at) AS at FROM ops_approval_decision
                            WHERE assignment_id > 0 GROUP BY assignment_id) decided
                    WHERE decided.assignment_id = seat.id AND seat.closed_at IS NULL
                      AND seat.state IN ('approved', 'rejected', 'returned', 'abstained')"""
            )
        )
        self.invalidate_model(["closed_at"])
