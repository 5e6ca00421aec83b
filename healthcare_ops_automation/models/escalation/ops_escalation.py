from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

STATES = [
    ("running", "Running"),
    ("stopped", "Stopped"),
    ("finished", "Finished"),
    ("failed", "Ended with failures"),
]
EXECUTE_CRON = "healthcare_ops_automation.cron_execute_escalations"


class OpsEscalation(models.Model):
    """One run of a policy on one record, from its start until the record is settled, the steps
    are done or somebody stops it.

    How it works: the run follows the version of the policy that it began with. Its log says what
    each step did; when the next one is due follows from the two (``core/escalation.py``). A
    scheduled action executes what is due (``ops_escalation_execute.py``). People only read runs
    and stop them.
    """

    _name = "ops.escalation"
    _description = "Escalation"
    _inherit = ["ops.worker"]
    _order = "started_at desc, id desc"
    _rec_name = "res_name"
    _log_access = False

    policy_id = fields.Many2one(
        "ops.escalation.policy", required=True, index=True, ondelete="restrict", readonly=True
    )
    version_id = fields.Many2one(
        "ops.escalation.policy.version", required=True, ondelete="restrict", readonly=True
    )
    plan_summary = fields.Text(related="version_id.summary", string="Steps of this version")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char(string="Concerns", readonly=True, help="Its name at the start.")
    cause_key = fields.Char(
        required=True,
        readonly=True,
        default="",
        help="One record can be escalated for several causes at once, once for each.",
    )
    reason = fields.Text(readonly=True, help="Why it was started.")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, group_expand=True
    )
    stop_domain = fields.Char(string="Stops when", readonly=True)
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
    base_at = fields.Datetime(
        string="Counted from", required=True, readonly=True, help="From when delays count."
    )
    ended_at = fields.Datetime(string="Ended", readonly=True)
    end_reason = fields.Char(string="Why it ended", readonly=True)
    next_step_at = fields.Datetime(string="Next step", readonly=True)
    next_step = fields.Char(string="What comes next", readonly=True)
    step_count = fields.Integer(
        string="Steps taken", readonly=True, help="Steps that were done, repetitions included."
    )
    responsible_id = fields.Many2one(
        "res.users",
        string="Responsible person",
        ondelete="set null",
        readonly=True,
        help="Who was responsible for the record when the latest step was taken.",
    )
    holder_id = fields.Many2one(
        "res.users",
        string="Now with",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="Who has it in hand: the responsible person, or how far it went up the line.",
    )
    went_through = fields.Json(readonly=True, help="Who had it in hand on the way up.")
    tries = fields.Integer(readonly=True, help="Failed attempts at the present step.")
    last_error = fields.Text(string="Last problem", readonly=True)
    reported = fields.Boolean(readonly=True, help="An exception tells of the failed start.")
    actor_id = fields.Many2one("res.users", string="By", ondelete="set null", readonly=True)
    correlation_id = fields.Char(
        readonly=True, help="The same for all events of the chain it belongs to."
    )
    causation_id = fields.Char(string="Caused by", readonly=True)
    depth = fields.Integer(readonly=True, help="How many events led to it.")
    log_ids = fields.One2many("ops.escalation.log", "escalation_id")

    _running_uniq = models.UniqueIndex(
        "(policy_id, res_model, res_id, cause_key) WHERE state = 'running'",
        "This record is being escalated for the same cause already.",
    )
    _due_idx = models.Index("(next_step_at) WHERE state = 'running'")
    _record_idx = models.Index("(res_model, res_id)")
    _unreported_idx = models.Index("(id) WHERE state = 'failed' AND reported IS NOT TRUE")

    def _compute_display_name(self):
        for run in self:
            # sudo: who may see the escalation may know what it is called
            run.display_name = f"{run.policy_id.sudo().name}: {run.res_name or run.res_id}"

    # -- stopping -------------------------------------------------------------------------

    @api.model
    def _stop(self, records, policy, reason, cause_key=None):
        """End running escalations.

        :param records: of which records; None for those of every record
        :param policy: of which policies; None for all
        :param str reason: why, for the people who read the log
        :param str cause_key: only those started with it
        :return: the runs that were stopped
        """
        domain = [("state", "=", "running")]
        if records is not None:
            domain += [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        if policy is not None:
            domain.append(("policy_id", "in", policy.ids))
        if cause_key is not None:
            domain.append(("cause_key", "=", cause_key))
        # sudo: the caller is private to RPC and has decided that they are to stop
        runs = self.sudo()._ops_engine().search(domain)
        runs._end("stopped", reason)
        return runs.with_env(self.env)

    def _end(self, state, reason):
        self.write(
            {
                "state": state,
                "end_reason": reason,
                "ended_at": fields.Datetime.now(),
                "next_step_at": False,
                "next_step": False,
                "tries": 0,
            }
        )

    def action_stop(self):
        """A manager or an administrator ends escalations by hand."""
        roles = ("manager", "admin")
        if not any(
            self.env.user.has_group(f"healthcare_ops_automation.group_ops_{role}") for role in roles
        ):
            raise AccessError(
                self.env._("Only operations managers and administrators stop an escalation.")
            )
        self.check_access("read")
        running = self.filtered(lambda run: run.state == "running")
        if not running:
            raise UserError(self.env._("“%s” has ended already.", self[:1].display_name))
        # sudo: nobody writes runs; role and sight of the runs were checked just now
        running.sudo()._end("stopped", self.env._("Stopped by %s.", self.env.user.name))
        self.env["ops.audit.entry"]._record("escalation.stopped", running)

    # -- reading --------------------------------------------------------------------------

    def _record(self):
        """The record that is escalated, as the engine reads it; empty when it is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return None
        records = self.env[self.res_model]._ops_engine(allowed_company_ids=self.company_id.ids)
        # sudo: the run was started by who had decided that it concerns the record
        return records.sudo().browse(self.res_id).exists()

    def action_open_record(self):
        """Open the record, if it still exists and may be read."""
        self.ensure_one()
        if self.res_model not in self.env:
            raise UserError(self.env._("What it is about is not installed any more."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))
        record.check_access("read")
        return record._get_records_action()

    @api.model
    def _progress(self, run_ids):
        """What was settled of each run, from the log: {run id: [(number, repetition, at,
        is_last)]}."""
        rows = self.env.execute_query(
            SQL(
                """SELECT escalation_id, step_number, repetition, happened_at, is_last
                     FROM ops_escalation_log
                    WHERE escalation_id = ANY(%s) AND outcome <> 'retry'""",
                list(run_ids),
            )
        )
        progress = {run_id: [] for run_id in run_ids}
        for run_id, *settled in rows:
            progress[run_id].append(settled)
        return progress
