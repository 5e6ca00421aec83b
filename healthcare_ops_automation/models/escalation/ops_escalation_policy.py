import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..authoring import (
    available_models,
    check_companies,
    check_domain,
    check_domain_readable,
    check_field,
    default_company,
    may_be_subject,
)
from ..one_change import one_change, within_one_change

HOURS = [("site", "Working hours of the site"), ("clock", "Around the clock")]
# What an administrator decides: each change is audited.
TUNED_FIELDS = ("active", "stop_domain", "hours", "company_id")


class OpsEscalationPolicy(models.Model):
    """What happens step by step while something is late or has failed, until it is settled.

    How it works: whoever notices (a rule, an exception, a service level) starts the policy on a
    record. The run keeps the version of the policy that it began with. Each change of the policy
    or its steps makes a new version.
    """

    _name = "ops.escalation.policy"
    _description = "Escalation Policy"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(
        default=True,
        tracking=True,
        help="Switched off, the policy starts nothing, and what is running stops.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        default=lambda self: default_company(self.env),
        help="Empty: for records of every company.",
    )
    model_id = fields.Many2one(
        "ir.model",
        string="About",
        required=True,
        ondelete="cascade",
        tracking=True,
        domain="[('id', 'in', available_model_ids)]",
        help="The kind of record that is escalated.",
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    # In words for those who read no models: everybody but administrators.
    model_label = fields.Char(related="model_id.name", string="Kind of record")
    responsible_label = fields.Char(
        related="responsible_field_id.field_description", string="Responsible person is"
    )
    available_model_ids = fields.Many2many("ir.model", compute="_compute_available_model_ids")
    stop_domain = fields.Char(
        string="Stops when",
        compute="_compute_stop_domain",
        store=True,
        readonly=False,
        tracking=True,
        help="Asked before each step: a record that matches needs no escalation any more. It also "
        "stops when the record is deleted or archived.",
    )
    hours = fields.Selection(
        HOURS,
        string="Delays count in",
        required=True,
        default="site",
        tracking=True,
        help="Working hours are those of the record's site, with its holidays and time zone; "
        "without a site, those of its company.",
    )
    responsible_field_id = fields.Many2one(
        "ir.model.fields",
        string="Responsible person",
        compute="_compute_responsible_field_id",
        store=True,
        readonly=False,
        ondelete="set null",
        domain="[('model_id', '=', model_id), ('ttype', '=', 'many2one'), "
        "('relation', '=', 'res.users')]",
        help="The field that says who has the record in hand. Steps tell this person, go up the "
        "line from here, and reassign here.",
    )
    description = fields.Text(translate=True, help="When it starts, and what it is for.")
    step_ids = fields.One2many("ops.escalation.step", "policy_id", string="Steps", copy=True)
    version = fields.Integer(readonly=True, copy=False, default=0)
    version_ids = fields.One2many("ops.escalation.policy.version", "policy_id", string="Versions")
    running_count = fields.Integer(compute="_compute_run_counts", string="Running")
    run_count = fields.Integer(compute="_compute_run_counts", string="Escalations")

    @api.depends_context("uid")
    def _compute_available_model_ids(self):
        self.available_model_ids = available_models(self.env)

    # One method a field: who gives one of them when creating still gets the other suggested.

    @api.depends("model_id")
    def _compute_stop_domain(self):
        for policy in self:
            is_exception = policy.model_id.sudo().model == "ops.exception"  # sudo: only the name
            policy.stop_domain = "[('is_open', '=', False)]" if is_exception else False

    @api.depends("model_id")
    def _compute_responsible_field_id(self):
        # sudo: whoever may choose the model may be told which of its fields is meant
        model_fields = self.env["ir.model.fields"].sudo()
        for policy in self:
            model_name = policy.model_id.sudo().model
            model = self.env.get(model_name) if model_name else None
            has_user = model is not None and "user_id" in model._fields
            policy.responsible_field_id = has_user and model_fields._get(model_name, "user_id")

    def _compute_run_counts(self):
        groups = self.env["ops.escalation"]._read_group(
            [("policy_id", "in", self.ids)], ["policy_id", "state"], ["__count"]
        )
        counts = {(policy.id, state): count for policy, state, count in groups}
        for policy in self:
            policy.running_count = counts.get((policy.id, "running"), 0)
            policy.run_count = sum(n for (id_, _s), n in counts.items() if id_ == policy.id)

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("model_id", "stop_domain", "responsible_field_id")
    def _check_subject(self):
        for policy in self:
            if not may_be_subject(self.env, policy.model_name):
                raise ValidationError(
                    self.env._(
                        "About: “%s” cannot be escalated. Choose records that people work with.",
                        policy.model_id.name or "",
                    )
                )
            model = self.env[policy.model_name]
            check_domain(model, policy.stop_domain, self._label("stop_domain"))
            field = policy.responsible_field_id
            if field and (field.model_id, field.relation) != (policy.model_id, "res.users"):
                raise ValidationError(
                    self.env._(
                        "Responsible person: “%(field)s” is no field of “%(model)s” that names a "
                        "user.",
                        field=field.field_description,
                        model=policy.model_id.name,
                    )
                )
            policy.step_ids._check_fits()

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _check_author(self):
        """Who writes a policy must be allowed to read what it is about.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.

        :raise AccessError: naming the field
        """
        for policy in self:
            model = self.env[policy.model_name]
            if not model.has_access("read"):
                raise AccessError(
                    self.env._(
                        "About: you may not read “%s”, so you cannot have it escalated.",
                        policy.model_id.sudo().name,  # sudo: the name of what was chosen
                    )
                )
            check_domain_readable(model, policy.stop_domain, self._label("stop_domain"))
            responsible = policy.sudo().responsible_field_id.name  # sudo: only its name
            if responsible:
                label = self._label("responsible_field_id")
                check_field(model, model._fields[responsible], "read", label)
            policy.step_ids._check_author()

    @api.model_create_multi
    def create(self, vals_list):
        with one_change(self):
            policies = super().create(vals_list)
        check_companies(policies)
        policies._check_author()
        policies._take_version()
        return policies

    def write(self, vals):
        with one_change(self):
            result = super().write(vals)
        check_companies(self)
        if vals.keys() & {"model_id", "stop_domain", "responsible_field_id"}:
            self._check_author()
        if vals.keys() & {"model_id", "hours", "responsible_field_id", "step_ids"}:
            self._take_version()
        if vals.get("active") is False:
            # sudo: who switches a policy off ends what it does, wherever that is
            self.env["ops.escalation"].sudo()._stop(
                None, self, self.env._("The policy was switched off.")
            )
        tuned = {name: vals[name] for name in TUNED_FIELDS if name in vals}
        if tuned:
            self.env["ops.audit.entry"]._record("escalation_policy.changed", self, tuned)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for policy in self:
            # sudo: counts across companies, and actions that the user need not see
            runs = self.env["ops.escalation"].sudo()
            if runs.search_count([("policy_id", "=", policy.id)], limit=1):
                raise UserError(
                    self.env._(
                        "“%s” has escalations on record. Archive it instead: then no more start.",
                        policy.name,
                    )
                )
            actions = self.env["ir.actions.server"].sudo()
            used = actions.search([("ops_escalation_policy_id", "=", policy.id)])
            if used:
                raise UserError(
                    self.env._(
                        "“%(policy)s” is started by: %(actions)s. Archive it, or change those "
                        "actions first.",
                        policy=policy.name,
                        actions=", ".join(used.mapped("name")),
                    )
                )

    # -- versions -------------------------------------------------------------------------

    def _steps_changed(self):
        if not within_one_change(self):
            self._take_version()

    def _take_version(self):
        """Keep what the policy says now, when it is not what it said before."""
        # sudo: nobody writes versions; who changed the policy or its steps was allowed to
        for policy in self.sudo():
            plan = policy._plan()
            known = policy.version_ids[:1]
            if known and known.plan == plan:
                continue
            number = known.version + 1 if known else 1
            lines = [f"{step['number']}. {step['says']}" for step in plan["steps"]]
            policy.version_ids.create(
                {
                    "policy_id": policy.id,
                    "version": number,
                    "plan": plan,
                    "summary": "\n".join(lines),
                }
            )
            policy.invalidate_recordset(["version_ids"], flush=False)
            with one_change(policy):
                policy.version = number
            self.env["ops.audit.entry"]._record(
                "escalation_policy.version", policy, {"version": number, "steps": lines}
            )

    def _plan(self):
        """All that a run follows, as JSON: nothing of it changes while the run goes on."""
        self.ensure_one()
        steps = self.step_ids.sorted(lambda step: (step.sequence, step.id))
        plan = {
            "hours": self.hours,
            "responsible": self.responsible_field_id.name or None,
            "steps": [step._planned(number) for number, step in enumerate(steps, 1)],
        }
        return json.loads(json.dumps(plan))

    def action_open_runs(self):
        """Open the escalations of the policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_escalation_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)], "context": {}}
