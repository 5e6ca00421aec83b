from odoo import api, fields, models
from odoo.exceptions import UserError

OUTCOMES = [
    ("done", "Done"),
    ("skipped", "Left out"),
    ("retry", "Failed, will be tried again"),
    ("failed", "Failed"),
]


class OpsEscalationLog(models.Model):
    """What each step did: one row for each time it was settled, in the transaction of its effect.

    The unique key is what keeps a step from being done twice, whoever executes it and whenever
    the server dies.
    """

    _name = "ops.escalation.log"
    _description = "Escalation Log"
    _order = "id desc"
    _rec_name = "step_name"
    _log_access = False

    escalation_id = fields.Many2one(
        "ops.escalation", required=True, ondelete="cascade", readonly=True
    )
    policy_id = fields.Many2one("ops.escalation.policy", ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    res_name = fields.Char(string="Concerns", readonly=True)
    step_number = fields.Integer(string="Step", required=True, readonly=True, aggregator=None)
    step_name = fields.Char(string="What", readonly=True)
    kind = fields.Char(readonly=True)
    repetition = fields.Integer(
        required=True, readonly=True, aggregator=None, help="0 is the first time."
    )
    happened_at = fields.Datetime(string="Time", required=True, readonly=True, index=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    whom = fields.Char(readonly=True, help="The names of those whom the step reached.")
    result = fields.Text(readonly=True, help="What came of it, or why it was left out.")
    is_last = fields.Boolean(readonly=True, help="The step is not repeated after this.")

    # Also what finds the log of a run.
    _settled_uniq = models.UniqueIndex(
        "(escalation_id, step_number, repetition) WHERE outcome <> 'retry'",
        "This step was taken already.",
    )
    _escalation_idx = models.Index("(escalation_id)")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of escalations cannot be deleted."))

    def action_open_escalation(self):
        """Open the escalation that the step belongs to."""
        self.ensure_one()
        return self.escalation_id._get_records_action()
