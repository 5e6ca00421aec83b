from datetime import timedelta

from odoo import api, fields, models

# Days for which runs are kept; the findings are exceptions and stay.
KEEP_DAYS = 90
BATCH = 5000


class OpsControlRun(models.Model):
    """One look of a control: how much it looked at, and what it found."""

    _name = "ops.control.run"
    _description = "Control Run"
    _order = "id desc"
    _rec_name = "control_id"
    _log_access = False

    control_id = fields.Many2one(
        "ops.control", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", index=True, readonly=True, help="The control's at the time."
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True, index=True)
    finished_at = fields.Datetime(string="Finished", readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("failed", "Failed")], string="Status", required=True, readonly=True
    )
    checked = fields.Integer(readonly=True, help="Records in the state.")
    findings = fields.Integer(readonly=True, help="Of these, in it for too long.")
    opened = fields.Integer(readonly=True, help="New exceptions.")
    closed = fields.Integer(readonly=True, help="Exceptions that it found no more, and closed.")
    error = fields.Text(string="Problem", readonly=True)
    result = fields.Char(compute="_compute_result")

    @api.depends("state", "checked", "findings", "opened", "closed", "error")
    def _compute_result(self):
        for run in self:
            if run.state == "failed":
                run.result = self.env._("It failed: %s", run.error)
                continue
            if not run.findings:
                words = [self.env._("%s looked at, nothing found", run.checked)]
            else:
                words = [
                    self.env._(
                        "%(checked)s looked at, %(findings)s found (%(opened)s new)",
                        checked=run.checked,
                        findings=run.findings,
                        opened=run.opened,
                    )
                ]
            if run.closed:
                words.append(self.env._("%s settled and closed", run.closed))
            run.result = ", ".join(words) + "." + (f" {run.error}" if run.error else "")

    @api.autovacuum
    def _gc_runs(self):
        """Remove old runs, in one batch, but none that is its control's last.

        :return: how many were removed, and how many are left at least
        """
        before = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        latest = self.env["ops.control"].with_context(active_test=False)
        kept = latest.search([("last_run_id", "!=", False)]).last_run_id
        old = self.search([("started_at", "<", before), ("id", "not in", kept.ids)], limit=BATCH)
        old.unlink()
        return len(old), int(len(old) == BATCH)
