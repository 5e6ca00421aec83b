from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..authoring import available_models
from ..one_change import one_change, within_one_change

MEASURES = [
    ("first_response", "First response"),
    ("resolution", "Resolution"),
    ("other", "Something else"),
]
# Of the engine's own tables, those that people work with.
MEASURABLE_OF_ENGINE = ("ops.exception",)


class OpsSlaPolicy(models.Model):
    """Within what time something has to happen to which records.

    How it works: filters on the records say when a clock starts, pauses and stops; the first
    target that fits gives the budget and the hours that count. A clock keeps the version of
    the policy it started with. What records do reaches the policy through an automation rule
    that is kept beside it (``_rule``), time through a scheduled action (``ops.sla.clock``),
    and what bypassed both through a slower one (``_sweep``).
    """

    _name = "ops.sla.policy"
    _description = "Service-Level Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(
        default=True, tracking=True, help="Switched off, its clocks are cancelled and none start."
    )
    sequence = fields.Integer(default=10)
    description = fields.Text(translate=True, help="What was agreed, with whom, and why.")
    model_id = fields.Many2one(
        "ir.model",
        string="Records",
        required=True,
        ondelete="cascade",
        tracking=True,
        domain="[('id', 'in', available_model_ids)]",
        help="The kind of record that is measured.",
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    # For readers, who may not look into the list of models.
    model_label = fields.Char(related="model_id.name", string="Kind of record")
    available_model_ids = fields.Many2many(
        "ir.model",
        compute="_compute_available_model_ids",
        groups="healthcare_ops_automation.group_ops_admin",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        default=lambda self: self.env.company,
        help="Empty: the records of every company.",
    )
    site_ids = fields.Many2many(
        "ops.site",
        string="Sites",
        help="Records at these sites and at those that are part of them. Empty: at every site.",
    )
    measure = fields.Selection(
        MEASURES, string="Measures", required=True, default="first_response", tracking=True
    )
    measure_name = fields.Char(string="Called", translate=True)
    start_on = fields.Selection(
        [
            ("match", "As soon as a record matches"),
            ("action", "When a server action starts it"),
        ],
        string="Clock starts",
        required=True,
        default="match",
        tracking=True,
        help="The server action “Start Service-Level Clock” starts a clock in either case.",
    )
    domain = fields.Char(
        string="Which records",
        default="[]",
        tracking=True,
        help="A record that does not match any more has its clock cancelled.",
    )
    start_domain = fields.Char(
        string="Starts when",
        default="[]",
        tracking=True,
        help="Empty: at once. A record that matches again after its clock was stopped gets a new "
        "clock, unless it still matches what stops it.",
    )
    stop_domain = fields.Char(
        string="Stops when",
        tracking=True,
        help="What is waited for. A record that matches this has no running clock.",
    )
    pause_domain = fields.Char(
        string="Pauses while", tracking=True, help="Such as: waiting for the requester."
    )
    cancel_domain = fields.Char(
        string="Cancelled when", tracking=True, help="Such as: the request was withdrawn."
    )
    target_ids = fields.One2many(
        "ops.sla.target",
        "policy_id",
        string="Targets",
        copy=True,
        help="The first that fits a record applies. A record that none fits has no clock.",
    )
    existing_records = fields.Boolean(
        string="Also records that match already",
        default=True,
        help="Their clocks start when the policy is switched on. Else only when they change.",
    )
    existing_up_to = fields.Integer(readonly=True, copy=False)
    clock_ids = fields.One2many("ops.sla.clock", "policy_id", string="Clocks")
    running_count = fields.Integer(compute="_compute_clock_counts", string="Running")
    at_risk_count = fields.Integer(compute="_compute_clock_counts", string="At risk")
    breached_count = fields.Integer(compute="_compute_clock_counts", string="Running late")

    _measure_named = models.Constraint(
        "CHECK (measure <> 'other' OR measure_name IS NOT NULL)",
        "Called: say in a word or two what is measured, such as Approval.",
    )

    def _compute_available_model_ids(self):
        self.available_model_ids = available_models(self.env, MEASURABLE_OF_ENGINE)

    def _compute_clock_counts(self):
        clocks = self.env["ops.sla.clock"]
        ours = [("policy_id", "in", self.ids), ("state", "=", "running")]

        def count(*more):
            return dict(clocks._read_group([*ours, *more], ["policy_id"], ["__count"]))

        running = count()
        at_risk = count(("is_at_risk", "=", True), ("breached_at", "=", False))
        late = count(("breached_at", "!=", False))
        for policy in self:
            policy.running_count = running.get(policy, 0)
            policy.at_risk_count = at_risk.get(policy, 0)
            policy.breached_count = late.get(policy, 0)

    def _measure_label(self):
        """What is measured, in words."""
        self.ensure_one()
        if self.measure == "other":
            return self.measure_name or self.name
        return dict(self._fields["measure"]._description_selection(self.env))[self.measure]

    def _ops_place(self):
        """A policy for every company is watched over by the company of who runs the engine."""
        return [(each.company_id or self.env.company, self.env["ops.site"]) for each in self]

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        with one_change(self):
            policies = super().create(vals_list)
        policies._check_rights()
        policies._changed()
        policies._note_existing()
        return policies

    def write(self, vals):
        switched_on = (
            self.filtered(lambda each: not each.active) if vals.get("active") else self[:0]
        )
        self._check_stays_of_one_kind(vals)
        with one_change(self):
            result = super().write(vals)
        self._check_rights()
        self._changed()
        if "existing_records" in vals or "model_id" in vals:
            self._note_existing()
        else:
            switched_on._note_existing()
        return result

    def _changed(self):
        """After any change, also of targets: keep version, rule and caches as they must be."""
        if within_one_change(self):
            return
        self.env["ops.sla.policy.version"]._take(self)
        self._keep_rule()
        self.env.registry.clear_cache()
        self._wake_sweep()

    def _note_existing(self):
        """Remember which records were there before, when those are to be left alone."""
        for policy in self:
            last = 0
            if not policy.existing_records:
                # sudo: only the number of the newest record is taken
                newest = self.env[policy.model_name].sudo().with_context(active_test=False)
                last = newest.search([], order="id desc", limit=1).id or 0
            if policy.existing_up_to != last:
                policy._remember_existing(last)

    def _remember_existing(self, last):
        # By SQL: it is the engine's note, and no change of the policy.
        self.env.cr.execute(
            SQL("UPDATE ops_sla_policy SET existing_up_to = %s WHERE id = %s", last, self.id)
        )
        self.invalidate_recordset(["existing_up_to"], flush=False)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for policy in self:
            if policy._is_used():
                raise UserError(
                    self.env._(
                        "“%s” has clocks on record. Archive it instead: then none start any more.",
                        policy.name,
                    )
                )

    def unlink(self):
        self._drop_rule()
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _measured_models(self):
        """Names of the models with a policy that is switched on."""
        # sudo: whoever works with a record need not read the policies
        return frozenset(
            self.sudo()._ops_engine().search([("active", "=", True)]).mapped("model_name")
        )

    def _open_clocks(self, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_sla_clock_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)], "context": context}

    def action_open_clocks(self):
        return self._open_clocks(search_default_open=1)

    def action_open_late_clocks(self):
        return self._open_clocks(search_default_late=1)
