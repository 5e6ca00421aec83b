from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .part import DRAFT, PUBLISHED, is_engine

MIXIN = "ops.approval.mixin"
# What says where the policy is in force: settled by the first publication.
SCOPE_FIELDS = ("model_id", "company_id")


class OpsApprovalPolicy(models.Model):
    """Who has to approve which documents of one kind, in one company or in all of them.

    How it works: rows and stages are edited in a draft version. Publishing it, by somebody else
    than its last editor, puts it in force and makes it unchangeable. From the first publication
    on the gate is armed: documents of this kind do not pass without approval. Taking a policy
    out of force takes two people as well.
    """

    _name = "ops.approval.policy"
    _description = "Approval Policy"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Documents",
        required=True,
        ondelete="cascade",
        tracking=True,
        domain="[('id', 'in', available_model_ids)]",
        help="The kind of document that has to be approved.",
    )
    model_name = fields.Char(related="model_id.model", string="Model", store=True, index=True)
    # In words for those who read no models: everybody but administrators.
    model_label = fields.Char(related="model_id.name", string="Kind of document")
    available_model_ids = fields.Many2many("ir.model", compute="_compute_available_model_ids")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.company,
        help="Its branches follow it. Empty: every company without a policy of its own.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.company.currency_id,
        help="Amounts of documents are converted into this currency, at the rate of the "
        "document's company and date. A published version keeps the currency it has.",
    )
    owner_id = fields.Many2one(
        "res.users",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Answers for what the policy says, and is asked when it has to change.",
    )
    description = fields.Text(translate=True, help="What was decided, by whom, and where.")
    version_ids = fields.One2many("ops.approval.policy.version", "policy_id", string="Versions")
    published_version_id = fields.Many2one(
        "ops.approval.policy.version", string="In force", compute="_compute_versions"
    )
    draft_version_id = fields.Many2one(
        "ops.approval.policy.version", string="Draft", compute="_compute_versions"
    )
    is_armed = fields.Boolean(
        string="Armed",
        compute="_compute_versions",
        search="_search_is_armed",
        help="Documents of this kind do not pass without approval.",
    )
    standing = fields.Selection(
        [
            ("in_force", "In force"),
            ("in_force_draft", "In force, with a draft"),
            ("retiring", "In force, to be retired"),
            ("unarmed", "Not in force: documents pass"),
            ("archived", "Retired"),
        ],
        compute="_compute_standing",
    )
    version_count = fields.Integer(string="Number of versions", compute="_compute_standing")
    retirement_asked_by_id = fields.Many2one(
        "res.users", string="To be retired, says", readonly=True, copy=False, ondelete="set null"
    )

    _one_in_company = models.UniqueIndex(
        "(COALESCE(company_id, 0), model_id) WHERE active",
        "There is a policy for these documents in this company already. Change that one: a new "
        "version of it can say something else.",
    )

    @api.depends("version_ids.state", "active")
    def _compute_versions(self):
        for policy in self:
            versions = policy.version_ids.sorted("number", reverse=True)
            policy.draft_version_id = versions.filtered(lambda each: each.state == DRAFT)[:1]
            policy.published_version_id = versions.filtered(lambda each: each.state == PUBLISHED)[
                :1
            ]
            policy.is_armed = policy.active and bool(policy.published_version_id)

    @api.depends("version_ids.state", "active", "retirement_asked_by_id")
    def _compute_standing(self):
        for policy in self:
            policy.version_count = len(policy.version_ids)
            if not policy.active:
                policy.standing = "archived"
            elif not policy.published_version_id:
                policy.standing = "unarmed"
            elif policy.retirement_asked_by_id:
                policy.standing = "retiring"
            else:
                policy.standing = "in_force_draft" if policy.draft_version_id else "in_force"

    def _search_is_armed(self, operator, value):
        if operator != "in":
            return NotImplemented
        armed = [("active", "=", True), ("version_ids.state", "=", PUBLISHED)]
        if set(value) == {True}:
            return armed
        return ["!", "&", *armed] if set(value) == {False} else []

    @api.depends_context("uid")
    def _compute_available_model_ids(self):
        allowed = self.env["ir.model.access"]._get_allowed_models()
        gated = [name for name in allowed if self._may_be_gated(name)]
        # sudo: the names of models which the user may read
        self.available_model_ids = self.env["ir.model"].sudo().search([("model", "in", gated)])

    @api.model
    def _may_be_gated(self, model_name):
        """Whether an adapter declared how documents of this model are approved."""
        model = self.env.get(model_name)
        if model is None or model._abstract or not model._auto:
            return False
        return MIXIN in model.pool and isinstance(model, self.env.registry[MIXIN])

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("model_id")
    def _check_may_be_gated(self):
        for policy in self:
            if not self._may_be_gated(policy.model_name):
                raise ValidationError(
                    self.env._(
                        "Documents: nothing is known about how “%s” is approved. Choose another "
                        "kind of document, or install the pack that guards it.",
                        policy.model_id.name or "",
                    )
                )

    def _check_author(self):
        """Who sets up a policy must be allowed to read the documents, and to enter the
        companies it is for.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.
        """
        if self.env.su:
            return
        for policy in self:
            self.env[policy.model_name].check_access("read")
        self._check_may_enter()

    def _check_may_enter(self):
        """What is for every company is for somebody who may enter all of them to decide."""
        # sudo: which companies there are, to compare with those the user may enter
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        if not all(each.company_id for each in self) and companies - self.env.user.company_ids:
            raise UserError(
                self.env._(
                    "Company: a policy without company is for the documents of every company. "
                    "Only somebody allowed in all of them can set it up and publish it; choose a "
                    "company."
                )
            )

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._check_author()
        for policy in policies:
            if not policy.version_ids:
                policy.version_ids.create({"policy_id": policy.id})
        return policies

    def write(self, vals):
        if not is_engine(self.env):
            self._check_settled(vals)
        result = super().write(vals)
        if vals.keys() & {*SCOPE_FIELDS, "active"}:
            self._check_author()
            self.flush_recordset()  # before another policy for the same documents is made
            self._forget_in_force()
        if "currency_id" in vals:
            # The draft follows; what is published keeps its own.
            self.draft_version_id.currency_id = vals["currency_id"]
        if vals.get("active") and not is_engine(self.env):
            self.env["ops.audit.entry"]._record("approval_policy.restored", self)
        return result

    def _check_settled(self, vals):
        """Refuse what would change in one step what two people put in force."""
        if "retirement_asked_by_id" in vals:
            raise UserError(self.env._("To be retired: ask for it with the button."))
        for policy in self:
            # sudo: a version counts, whoever may read it
            if policy.sudo().version_ids.filtered(lambda each: each.state != DRAFT):
                moved = any(
                    name in vals and policy[name].id != (vals[name] or False)
                    for name in SCOPE_FIELDS
                )
                if moved:
                    raise UserError(
                        self.env._(
                            "“%s” was published for these documents and this company, and stays "
                            "theirs. Make another policy for others.",
                            policy.name,
                        )
                    )
                if policy.active and vals.get("active") is False:
                    raise UserError(
                        self.env._(
                            "“%s” is in force: archiving it would let documents pass without "
                            "approval. Ask to retire it; somebody else confirms.",
                            policy.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never_published(self):
        for policy in self:
            # sudo: as in _check_settled
            if policy.sudo().version_ids.filtered(lambda each: each.state != DRAFT):
                raise UserError(
                    self.env._(
                        "“%s” was published: what was decided by it must stay explainable. "
                        "Retire it instead.",
                        policy.name,
                    )
                )

    def copy_data(self, default=None):
        """A copy starts archived, with a draft: two for the same company cannot be."""
        default = {"active": False, **(default or {})}
        return [
            {**values, "name": self.env._("%s (copy)", policy.name)}
            for policy, values in zip(self, super().copy_data(default), strict=True)
        ]

    def _check_admin(self):
        """Only an administrator, and never the superuser on somebody's behalf."""
        if not self.env.user.has_group("healthcare_ops_automation.group_ops_admin"):
            raise UserError(
                self.env._("Only operations administrators put policies in or out of force.")
            )
        self.check_access("write")

    def action_open_versions(self):
        """Open what the policy says and said."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_policy_version_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)], "context": {}}

    def _ops_place(self):
        """A policy for every company is watched over by the company of who works with it."""
        return [(each.company_id or self.env.company, self.env["ops.site"]) for each in self]
