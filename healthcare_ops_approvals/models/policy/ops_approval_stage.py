from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_automation.models.authoring import check_field

from ...core.route import MODE_ALL, MODE_ANY, MODE_N_OF_M

USERS, GROUP, SITE_ROLE = "users", "group", "site_role"
DEPARTMENT_HEAD, REQUESTER_MANAGER = "department_head", "requester_manager"
RECORD_FIELD = "record_field"
KINDS = [
    (USERS, "Named people"),
    (GROUP, "Members of a group"),
    (SITE_ROLE, "Role at the site"),
    (DEPARTMENT_HEAD, "Head of the department"),
    (REQUESTER_MANAGER, "Manager of the requester"),
    (RECORD_FIELD, "Person named on the document"),
]
SITE_MANAGER, SITE_APPROVERS, SITE_MANAGERS = "manager", "approvers", "managers"
SITE_ROLES = [
    (SITE_MANAGER, "Manager of the site"),
    (SITE_APPROVERS, "Approvers of the site"),
    (SITE_MANAGERS, "Operations managers of the site"),
]
MODES = [
    (MODE_ANY, "One of them"),
    (MODE_ALL, "All of them"),
    (MODE_N_OF_M, "A number of them"),
]
OPENED, DUE = "opened", "due"
ESCALATES_FROM = [(OPENED, "When it is asked"), (DUE, "When it is due")]
# One person at a time; when it may not be that one, whoever is next above is asked.
CLIMBING = (DEPARTMENT_HEAD, REQUESTER_MANAGER)


class OpsApprovalStage(models.Model):
    """Who has to approve the documents of a row, and how many of them.

    Stages with the same step are asked side by side, those with a higher one after that.
    """

    _name = "ops.approval.stage"
    _description = "Approval Policy Stage"
    _inherit = ["ops.approval.policy.part"]
    _order = "row_id, step, id"

    row_id = fields.Many2one("ops.approval.row", required=True, index=True, ondelete="cascade")
    version_id = fields.Many2one(related="row_id.version_id")
    version_state = fields.Selection(related="row_id.version_id.state")
    model_name = fields.Char(related="row_id.model_name")
    step = fields.Integer(
        required=True,
        default=1,
        aggregator=None,
        help="Stages with the same step are asked side by side.",
    )
    name = fields.Char(required=True, translate=True, help="In a word or two, such as Finance.")
    approver_kind = fields.Selection(
        KINDS,
        string="Who",
        required=True,
        default=SITE_ROLE,
        help="Of these, whoever holds the role Approver or Operations manager and may act at "
        "the document's company and site. Never who submitted, made or last changed it.",
    )
    user_ids = fields.Many2many(
        "res.users",
        "ops_approval_stage_res_users_rel",
        "stage_id",
        "user_id",
        string="People",
        ondelete="restrict",
        domain="[('share', '=', False)]",
        context={"active_test": False},
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    site_role = fields.Selection(SITE_ROLES, string="Role", default=SITE_MANAGER)
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Named in",
        ondelete="set null",
        domain="[('model', '=', model_name), ('relation', '=', 'res.users')]",
        help="The field of the document that names the person.",
    )
    field_name = fields.Char(compute="_compute_field_name", store=True)
    mode = fields.Selection(MODES, string="How many", required=True, default=MODE_ANY)
    quorum = fields.Integer(
        string="At least", default=2, aggregator=None, help="So many of them have to approve."
    )
    due_hours = fields.Float(
        string="Due in (hours)",
        help="Working hours of the document's site, from when the stage is asked. 0: no limit.",
    )
    ask_pauses = fields.Boolean(
        string="Questions pause the clock",
        help="While somebody's question waits for its answer, the stage is not due and nothing "
        "escalates. The answer moves the due time by the working hours that were waited.",
    )
    escalation_policy_id = fields.Many2one(
        "ops.escalation.policy",
        string="Escalation",
        ondelete="restrict",
        domain="[('model_name', '=', 'ops.approval.request')]",
        help="What happens while the stage waits for a decision.",
    )
    escalates_from = fields.Selection(
        ESCALATES_FROM,
        string="Escalation counts from",
        required=True,
        default=OPENED,
        help="From when the delays of its steps count. A stage without due time escalates from "
        "when it is asked.",
    )
    distinct = fields.Boolean(
        string="Other people than in other stages",
        default=True,
        help="Nobody decides here who decides in another stage of the same request.",
    )
    excluded_field_ids = fields.Many2many(
        "ir.model.fields",
        "ops_approval_stage_excluded_field_rel",
        "stage_id",
        "field_id",
        string="Not who is",
        domain="[('model', '=', model_name), ('relation', '=', 'res.users')]",
        help="People named in these fields of the document are not asked. Who submitted, made "
        "or last changed the document never is.",
    )
    # What fields are meant stays known when one of them is removed: the stage then refuses.
    excluded_names = fields.Char(compute="_compute_excluded_names", store=True)
    who = fields.Char(string="Asks", compute="_compute_who")

    _quorum_positive = models.Constraint(
        "CHECK (mode <> 'n_of_m' OR quorum > 0)", "At least: give a number of people from 1 on."
    )
    _due_positive = models.Constraint(
        "CHECK (due_hours >= 0)", "Due in: give a number of hours, or 0 for no limit."
    )

    # Not dependent on the names: removing a field must not change what a published stage says.
    @api.depends("field_id")
    def _compute_field_name(self):
        for stage in self:
            stage.field_name = stage.sudo().field_id.name  # sudo: only the name

    @api.depends("excluded_field_ids")
    def _compute_excluded_names(self):
        for stage in self:
            names = stage.sudo().excluded_field_ids.mapped("name")  # sudo: only the names
            stage.excluded_names = ",".join(sorted(names))

    @api.depends("approver_kind", "user_ids", "group_id", "site_role", "field_id")
    @api.depends_context("lang")
    def _compute_who(self):
        for stage in self:
            stage.who = stage._who_in_words()

    def _who_in_words(self):
        """Who is asked, said of documents in general."""
        self.ensure_one()
        stage = self.sudo()  # sudo: names of people and groups, which the reader need not open
        kind = stage.approver_kind
        if kind == USERS:
            return ", ".join(stage.user_ids.mapped("name"))
        if kind == GROUP:
            return self.env._("Members of “%s”", stage.group_id.name) if stage.group_id else ""
        if kind == SITE_ROLE:
            return self._choice("site_role")
        if kind == RECORD_FIELD:
            return self._field_label(stage.field_name) if stage.field_name else ""
        return self._choice("approver_kind")

    def _choice(self, name):
        """What was chosen in a selection field, in words."""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

    def _field_label(self, name):
        """What a field of the document is called."""
        model = self.env.get(self.sudo().model_name)
        field = model._fields.get(name) if model is not None else None
        return field._description_string(self.env) if field else name

    def _excluded(self):
        """Names of the fields whose people are not asked."""
        return self.excluded_names.split(",") if self.excluded_names else []

    def _missing_field(self):
        """Says that a field which the stage asks for is gone, or None: the stage then refuses
        rather than ask the wrong people."""
        self.ensure_one()
        names = self._excluded()
        if self.approver_kind == RECORD_FIELD:
            names = [*names, self.field_name]
        model = self.env.get(self.sudo().model_name)
        for name in names:
            if model is None or name not in model._fields:
                return self.env._(
                    "Stage “%(stage)s”: the field “%(field)s”, by which people are found, does "
                    "not exist any more.",
                    stage=self.name,
                    field=name or "",
                )
        return None

    def _version(self):
        return self.row_id.version_id

    def _parent_field(self):
        return "row_id"

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("approver_kind", "user_ids", "group_id", "site_role", "field_id")
    def _check_someone(self):
        asked = {
            USERS: "user_ids",
            GROUP: "group_id",
            SITE_ROLE: "site_role",
            RECORD_FIELD: "field_id",
        }
        for stage in self:
            name = asked.get(stage.approver_kind)
            if name and not stage[name]:
                raise ValidationError(
                    self.env._(
                        "%(label)s: say who is asked in “%(stage)s”.",
                        label=self._fields[name]._description_string(self.env),
                        stage=stage.name,
                    )
                )

    @api.constrains("field_id", "excluded_field_ids", "row_id")
    def _check_fields(self):
        for stage in self:
            for field in stage.field_id | stage.excluded_field_ids:
                if (field.model, field.relation) != (stage.model_name, "res.users"):
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” of “%(stage)s” is no field of the document that names "
                            "people.",
                            field=field.field_description,
                            stage=stage.name,
                        )
                    )

    @api.constrains("escalation_policy_id")
    def _check_escalation(self):
        for stage in self:
            policy = stage.escalation_policy_id
            if policy and policy.model_name != "ops.approval.request":
                raise ValidationError(
                    self.env._(
                        "Escalation: “%s” is not about approval requests. Choose one that is.",
                        policy.name,
                    )
                )

    def _check_author(self):
        if self.env.su:
            return
        for stage in self:
            model = self.env[stage.model_name]
            names = filter(None, [stage.field_name, *stage._excluded()])
            for name in names:
                label = self._fields["field_id"]._description_string(self.env)
                check_field(model, model._fields[name], "read", label)
