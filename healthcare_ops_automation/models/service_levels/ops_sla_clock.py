from odoo import fields, models
from odoo.exceptions import UserError

from .ops_sla_target import HOURS

STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("breached", "Breached"),
    ("cancelled", "Cancelled"),
]


class OpsSlaClock(models.Model):
    """One measurement: a record under a policy, from its start to its end.

    Nobody edits clocks; the engine moves them in bulk by SQL (``_rows``, ``_timer``), so
    that their times are those at which things happened. A clock that was breached and still
    runs has ``breached_at``; its state becomes *Breached* when it is stopped.
    """

    _name = "ops.sla.clock"
    _description = "Service-Level Clock"
    _inherit = ["ops.worker"]
    _order = "due_at, id"
    _rec_name = "res_name"
    _log_access = False

    policy_id = fields.Many2one(
        "ops.sla.policy", required=True, ondelete="cascade", readonly=True, index=True
    )
    version_id = fields.Many2one(
        "ops.sla.policy.version",
        string="Policy version",
        required=True,
        ondelete="cascade",
        readonly=True,
        index=True,
    )
    target_id = fields.Many2one(
        "ops.sla.target", ondelete="set null", readonly=True, index="btree_not_null"
    )
    measure = fields.Selection(related="policy_id.measure", string="Measures")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char(string="Record", readonly=True, help="Its name when it started.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", readonly=True
    )
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="Whom the record names as responsible.",
    )
    hours_kind = fields.Selection(HOURS, string="Hours that count", required=True, readonly=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        ondelete="restrict",
        readonly=True,
        help="Empty: around the clock.",
    )
    # Which state of the calendar the times below were worked out with; -1: none of today's.
    hours_version = fields.Integer(readonly=True, aggregator=None)
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, index=True, group_expand=True
    )
    cycle = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="The how-manieth clock of this policy for the record: from 2 on it was opened again.",
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
    paused_since = fields.Datetime(readonly=True)
    at_risk_at = fields.Datetime(string="At risk from", readonly=True)
    due_at = fields.Datetime(string="Due", readonly=True)
    stopped_at = fields.Datetime(string="Stopped", readonly=True)
    breached_at = fields.Datetime(string="Breached", readonly=True)
    is_at_risk = fields.Boolean(string="At risk", readonly=True)
    budget_seconds = fields.Integer(string="Budget (seconds)", required=True, readonly=True)
    warn_seconds = fields.Integer(required=True, readonly=True, aggregator=None)
    used_seconds = fields.Integer(
        string="Used (seconds)",
        readonly=True,
        help="Seconds of the hours that count, up to the last change.",
    )
    counted_at = fields.Datetime(string="Counted up to", readonly=True)
    # Transitions that could not be told yet, see _tell.
    untold = fields.Char(readonly=True)

    _open_uniq = models.UniqueIndex("(policy_id, res_id) WHERE state IN ('running', 'paused')")
    _at_risk_idx = models.Index("(at_risk_at) WHERE state = 'running' AND is_at_risk IS NOT TRUE")
    _due_idx = models.Index("(due_at) WHERE state = 'running' AND breached_at IS NULL")
    _hours_idx = models.Index(
        "(calendar_id, hours_version) WHERE state = 'running' AND breached_at IS NULL"
    )
    _record_idx = models.Index("(res_model, res_id, policy_id, cycle)")
    _version_idx = models.Index("(version_id, state) WHERE state IN ('running', 'paused')")
    _untold_idx = models.Index("(id) WHERE untold IS NOT NULL")

    def _compute_display_name(self):
        for clock in self:
            # sudo: the names of policies; who reads the clock may know what it measures
            measure = clock.sudo().policy_id._measure_label() if clock.policy_id else ""
            clock.display_name = f"{measure}: {clock.res_name or clock.res_id}"

    def _ops_place(self):
        return [(clock.company_id, clock.site_id) for clock in self]

    def _source_record(self):
        """The record that is measured, or None when it or its model is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def action_open_record(self):
        """Open the record that is measured, if it still exists and may be read."""
        self.ensure_one()
        record = self._source_record()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))
        record.check_access("read")
        return record._get_records_action()
